import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProviderBusy } from "../src/external/providers/http.ts";
import type { PushValue } from "../src/external/providers/types.ts";
import { Google } from "./support/google.ts";
import { failsWith, findOf, NOW_MS, refTo, SIGNAL, textsOf, valueAt, valueOfText } from "./support/provider.ts";

const google = Google.forTests();

const pushed = (text: string): PushValue => valueOfText(text);

describe("GCP Secret Manager", () => {
  test("versions, properties and what does not exist", async () => {
    google.keep("db", "one", `{"user":"ann","a.b":"dot"}`);
    const client = google.open();
    assert.equal(await valueAt(client, refTo("db", { version: "1" })), "one");
    assert.equal(await valueAt(client, refTo("db", { property: "user" })), "ann");
    assert.equal(await valueAt(client, refTo("db", { property: "a.b" })), "dot");
    assert.equal(await valueAt(client, refTo("absent")), undefined);
    await assert.rejects(valueAt(client, refTo("db", { property: "x" })), /key x does not exist in secret db/);
    client.close();
  });

  test("a regional store asks its location", async () => {
    google.keep("db", "v");
    const client = google.open({ location: "europe-west3" });
    assert.equal(await valueAt(client, refTo("db")), "v");
    assert.equal(google.values[0]?.url, "/v1/projects/p/locations/europe-west3/secrets/db/versions/latest:access");
    client.close();
  });

  test("a latest version that is disabled fails, or the newest enabled one stands in", async () => {
    google.keep("db", "one", "two", "three").versions[2] = { data: "", state: "DISABLED", createTime: "" };
    const strict = google.open();
    await assert.rejects(valueAt(strict, refTo("db")), /DISABLED state/);
    const fetching = google.open({ secretVersionSelectionPolicy: "LatestOrFetch" });
    assert.equal(await valueAt(fetching, refTo("db")), "two");
    strict.close();
    fetching.close();
  });

  test("labels and annotations by metadataPolicy", async () => {
    Object.assign(google.keep("db", "v"), { labels: { team: "red" }, annotations: { note: "x" } });
    const client = google.open();
    const of = (property: string): Promise<string | undefined> =>
      valueAt(client, refTo("db", { metadata: true, property }));
    assert.equal(await of("labels.team"), "red");
    assert.equal(await of("annotations"), `{"note":"x"}`);
    assert.equal(await of(""), `{"annotations":{"note":"x"},"labels":{"team":"red"}}`);
    await assert.rejects(of("other"), /metadata property should start with/);
    client.close();
  });

  test("find goes through all pages, by name, by path and by labels", async () => {
    for (const name of ["app-a", "app-b", "zeta"]) google.keep(name, `of ${name}`);
    const client = google.open();
    assert.deepEqual(textsOf(await client.find(findOf({ name: "b$|^z", path: "app" }), SIGNAL)), {
      "app-b": "of app-b",
    });
    await client.find(findOf({ tags: { team: "red" } }), SIGNAL);
    assert.ok(google.asked.some(({ url }) => url.includes("filter=labels.team%3Dred")));
    client.close();
  });

  test("pushing creates, adds a version when the value changes, sets labels, and leaves others' secrets alone", async () => {
    const client = google.open();
    const target = { key: "new", property: "", metadata: undefined };
    await client.writes?.push(pushed("1"), target, SIGNAL);
    await client.writes?.push(pushed("1"), target, SIGNAL);
    await client.writes?.push(
      pushed("2"),
      {
        ...target,
        metadata: {
          apiVersion: "kubernetes.external-secrets.io/v1alpha1",
          kind: "PushSecretMetadata",
          spec: { labels: { a: "b" } },
        },
      },
      SIGNAL,
    );
    assert.equal(google.secrets.get("new")?.versions.length, 2);
    assert.deepEqual(google.secrets.get("new")?.labels, { a: "b", "managed-by": "external-secrets" });
    google.keep("theirs", "x").labels = {};
    await assert.rejects(
      client.writes?.push(pushed("2"), { ...target, key: "theirs" }, SIGNAL) ?? Promise.resolve(),
      /not managed/,
    );
    await client.writes?.remove({ ...target, key: "theirs" }, SIGNAL);
    await client.writes?.remove(target, SIGNAL);
    assert.deepEqual([...google.secrets.keys()], ["theirs"]);
    client.close();
  });
});

describe("Google that does not answer well", () => {
  for (const [name, answer, code, text] of [
    ["HTML", { body: "<html>sign in</html>" }, "InvalidRemoteValue", /answered HTML/],
    [
      "permission denied",
      { status: 403, body: { error: { status: "PERMISSION_DENIED", message: "no" } } },
      "ProviderRefused",
      /PERMISSION_DENIED no/,
    ],
    ["out of order", { status: 503, body: "<html></html>" }, "ProviderFailed", /503 with HTML/],
  ] as const)
    test(`${name} is ${code}`, async () => {
      google.first = ({ url }) => (url.endsWith("/token") ? undefined : answer);
      const client = google.open();
      await failsWith(valueAt(client, refTo("k")), code, text);
      client.close();
    });

  test("429 says for how long to leave it alone, by a time too", async () => {
    const date = new Date(NOW_MS).toUTCString();
    const later = new Date(NOW_MS + 9000).toUTCString();
    google.first = ({ url }) =>
      url.endsWith("/token") ? undefined : { status: 429, headers: { date, "retry-after": later } };
    const client = google.open();
    await assert.rejects(
      valueAt(client, refTo("k")),
      (error) => error instanceof ProviderBusy && error.retryAfterMs === 9000,
    );
    client.close();
  });

  test("credentials that Google no longer takes are told as such", async () => {
    google.first = () => ({
      status: 400,
      body: { error: "invalid_grant", error_description: "Invalid JWT Signature." },
    });
    const client = google.open();
    await assert.rejects(client.validate(SIGNAL), /sign-in answered 400: invalid_grant Invalid JWT Signature/);
    client.close();
  });
});
