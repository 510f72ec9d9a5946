import assert from "node:assert/strict";
import { createVerify } from "node:crypto";
import { describe, test } from "node:test";
import { ProblemError, VirtualClock, type JsonObject } from "@fairlead/base";
import { gcpProvider } from "../src/external/providers/gcp/index.ts";
import { Google, GOOGLE_KEY } from "./support/google.ts";
import { faultsOf, NOW_MS, refTo, SIGNAL, valueAt } from "./support/provider.ts";

const google = Google.forTests();

describe("Google's ways in", () => {
  test("a service account's key signs a token request, once for many reads", async () => {
    google.keep("db", "v");
    const client = google.open();
    await Promise.all(["db", "db", "db"].map((key) => valueAt(client, refTo(key))));
    assert.equal(google.tokens.length, 1);
    const assertion = new URLSearchParams(google.tokens[0]?.body).get("assertion") ?? "";
    const [header = "", claims = "", signature = ""] = assertion.split(".");
    assert.ok(createVerify("sha256").update(`${header}.${claims}`).verify(GOOGLE_KEY, signature, "base64url"));
    const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as JsonObject;
    assert.deepEqual([said["iss"], said["aud"]], ["me@p", `${google.url}/token`]);
    assert.equal(google.values[0]?.headers.authorization, "Bearer t1");
    client.close();
  });

  test("a token that ends is got again, before its end and when it is refused", async () => {
    google.keep("db", "v");
    const clock = new VirtualClock(NOW_MS);
    const client = google.open({}, { clock });
    await valueAt(client, refTo("db"));
    await clock.advance(3_590_000);
    await valueAt(client, refTo("db"));
    assert.equal(google.tokens.length, 2);
    google.first = ({ headers }) => (headers.authorization === "Bearer t2" ? { status: 401, body: {} } : undefined);
    assert.equal(await valueAt(client, refTo("db")), "v");
    assert.equal(google.tokens.length, 3);
    client.close();
  });

  test("GKE: a ServiceAccount's token is bound to the cluster's pool, then stands in for a Google account", async () => {
    google.keep("db", "v");
    const identity = {
      serviceAccountRef: { name: "app" },
      clusterProjectID: "cp",
      clusterLocation: "l",
      clusterName: "c",
    };
    const annotations = { "iam.gke.io/gcp-service-account": "g@p.iam.gserviceaccount.com" };
    const client = google.open({ auth: { workloadIdentity: identity } }, { annotations });
    assert.equal(await valueAt(client, refTo("db")), "v");
    const bound = JSON.parse(google.asked[0]?.body ?? "") as JsonObject;
    assert.equal(
      bound["audience"],
      "identitynamespace:cp.svc.id.goog:https://container.googleapis.com/v1/projects/cp/locations/l/clusters/c",
    );
    assert.equal(bound["subject_token"], "token-of-app");
    assert.deepEqual(client.deps.audiences, [["cp.svc.id.goog"]]);
    assert.equal(google.values[0]?.headers.authorization, "Bearer stood-in");
    client.close();
  });

  test("federation by a ServiceAccount exchanges its token for the audience's", async () => {
    google.keep("db", "v");
    const federation = { serviceAccountRef: { name: "app" }, audience: "//iam.googleapis.com/pool" };
    const client = google.open({ auth: { workloadIdentityFederation: federation } });
    assert.equal(await valueAt(client, refTo("db")), "v");
    const form = new URLSearchParams(google.tokens[0]?.body);
    assert.deepEqual([form.get("audience"), form.get("subject_token")], ["//iam.googleapis.com/pool", "token-of-app"]);
    client.close();
  });

  test("federation by AWS' keys sends Google a signed request of who asks", async () => {
    google.keep("db", "v");
    const federation = {
      awsSecurityCredentials: { region: "eu-west-1", awsCredentialsSecretRef: { name: "aws" } },
      audience: "//pool",
    };
    const texts = { "aws/aws_access_key_id": "AKID", "aws/aws_secret_access_key": "planted" };
    const client = google.open({ auth: { workloadIdentityFederation: federation } }, { texts });
    assert.equal(await valueAt(client, refTo("db")), "v");
    const subject = new URLSearchParams(google.tokens[0]?.body).get("subject_token") ?? "";
    const request = JSON.parse(decodeURIComponent(subject)) as { headers: { key: string; value: string }[] };
    const header = (key: string): string => request.headers.find((one) => one.key === key)?.value ?? "";
    assert.match(header("authorization"), /AKID.*SignedHeaders=[^,]*x-goog-cloud-target-resource/);
    assert.equal(header("x-goog-cloud-target-resource"), "//pool");
    assert.doesNotMatch(subject, /planted/);
    client.close();
  });

  for (const [name, config, fault] of [
    ["runs a program", { credential_source: { executable: { command: "sh" } } }, /executable is not allowed/],
    [
      "reads the controller's token",
      { credential_source: { file: "/var/run/secrets/kubernetes.io/serviceaccount/token" } },
      /must be a token/,
    ],
    ["reads any file", { credential_source: { file: "/var/run/secrets/../../../etc/passwd" } }, /must be a token/],
    ["fetches from elsewhere", { credential_source: { url: "http://169.254.169.254/" } }, /externalTokenEndpoint/],
    ["sends the token elsewhere", { token_url: "https://evil.example/", credential_source: {} }, /token_url/],
    [
      "stands in elsewhere",
      { service_account_impersonation_url: "https://evil.example/", credential_source: {} },
      /impersonation/,
    ],
  ] as const)
    test(`a configuration that ${name} is refused`, async () => {
      const federation = { credConfig: { name: "cm", key: "json" } };
      const texts = { "cm/json": JSON.stringify({ type: "external_account", audience: "a", ...config }) };
      const client = google.open({ auth: { workloadIdentityFederation: federation } }, { texts });
      await assert.rejects(client.validate(SIGNAL), fault);
      assert.equal(google.asked.length, 0);
      client.close();
    });

  test("a key that is none is told without being quoted", async () => {
    const bad = { type: "service_account", client_email: "x", private_key: "planted" };
    const client = google.open({}, { texts: { "gcp/json": JSON.stringify(bad) } });
    await assert.rejects(
      client.validate(SIGNAL),
      (error) => error instanceof ProblemError && !error.message.includes("planted"),
    );
    client.close();
  });

  test("every fault of a store is told", () => {
    const faults = faultsOf(gcpProvider, {
      projectID: "p/../x",
      location: "a.b",
      auth: { workloadIdentityFederation: {} },
    });
    for (const path of ["projectID", "location", "workloadIdentityFederation", "audience"])
      assert.ok(
        faults.some((fault) => fault.includes(path)),
        path,
      );
  });
});
