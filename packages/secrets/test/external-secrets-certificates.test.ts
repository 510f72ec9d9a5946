import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { awsProvider } from "../src/external/providers/aws/index.ts";
import { selfSigned } from "./support/certificates.ts";
import {
  AWS_AUTH,
  depsOf,
  findOf,
  openProvider,
  refTo,
  SIGNAL,
  stubServer,
  valueAt,
  valueOfSecret,
  valueOfText,
  type Answer,
  type Stub,
} from "./support/provider.ts";

const [ONE, TWO] = [selfSigned("one.example"), selfSigned("two.example")];
const TARGET = { key: "web", property: "", metadata: undefined };
const metadata = (tags: Record<string, string>): JsonObject => ({
  apiVersion: "kubernetes.external-secrets.io/v1alpha1",
  kind: "PushSecretMetadata",
  spec: { tags },
});

interface Held {
  certificate: string;
  chain: string;
  key: string;
  readonly tags: Map<string, string>;
  isExportable: boolean;
}

/** ACM and the search by tags, as far as they are asked. */
class Acm {
  readonly held = new Map<string, Held>();
  #next = 1;

  answer(action: string, input: JsonObject): Answer {
    if (action === "GetResources") return this.#search(input["TagFilters"] as { Key: string; Values: string[] }[]);
    if (action === "ImportCertificate") return this.#import(input);
    const arn = String(input["CertificateArn"]);
    const held = this.held.get(arn);
    if (held === undefined)
      return { status: 400, body: { __type: "ResourceNotFoundException", message: `Could not find ${arn}` } };
    const tags = (input["Tags"] ?? []) as { Key: string; Value: string }[];
    switch (action) {
      case "GetCertificate":
        return { body: { Certificate: held.certificate, CertificateChain: held.chain || held.certificate } };
      case "DescribeCertificate":
        return { body: { Certificate: { Options: { Export: held.isExportable ? "ENABLED" : "DISABLED" } } } };
      case "ExportCertificate": {
        const passphrase = Buffer.from(String(input["Passphrase"]), "base64").toString();
        const locked = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase } as const;
        const key = String(createPrivateKey(held.key).export(locked));
        return { body: { Certificate: held.certificate, CertificateChain: held.chain, PrivateKey: key } };
      }
      case "ListTagsForCertificate":
        return { body: { Tags: [...held.tags].map(([Key, Value]) => ({ Key, Value })) } };
      case "AddTagsToCertificate":
        for (const { Key, Value } of tags) held.tags.set(Key, Value);
        return {};
      case "RemoveTagsFromCertificate":
        for (const { Key } of tags) held.tags.delete(Key);
        return {};
      default:
        this.held.delete(arn);
        return {};
    }
  }

  #import(input: JsonObject): Answer {
    const arn = String(input["CertificateArn"] ?? `arn:aws:acm:eu-west-1:1:certificate/${this.#next++}`);
    const text = (name: string): string => Buffer.from(String(input[name] ?? ""), "base64").toString();
    const tags = ((input["Tags"] ?? []) as { Key: string; Value: string }[]).map(
      ({ Key, Value }) => [Key, Value] as const,
    );
    const before = this.held.get(arn);
    this.held.set(arn, {
      certificate: text("Certificate"),
      chain: text("CertificateChain"),
      key: text("PrivateKey"),
      tags: before?.tags ?? new Map(tags),
      isExportable: false,
    });
    return { body: { CertificateArn: arn } };
  }

  #search(filters: { Key: string; Values: string[] }[]): Answer {
    const found = [...this.held].filter(([, { tags }]) =>
      filters.every(({ Key, Values }) => Values.includes(tags.get(Key) ?? "")),
    );
    return { body: { PaginationToken: "", ResourceTagMappingList: found.map(([ResourceARN]) => ({ ResourceARN })) } };
  }
}

describe("AWS Certificate Manager", () => {
  let acm: Acm;
  let stub: Stub;
  const actions: string[] = [];
  before(async () => {
    stub = await stubServer(({ headers, body }) => {
      const action = String(headers["x-amz-target"]).replace(/^.*\./, "");
      actions.push(action);
      return acm.answer(action, JSON.parse(body) as JsonObject);
    });
  });
  after(() => stub.close());
  beforeEach(() => {
    acm = new Acm();
    actions.length = 0;
  });

  const open = () => {
    const environment = { AWS_ACM_ENDPOINT: stub.url, AWS_RESOURCE_GROUPS_TAGGING_API_ENDPOINT: stub.url };
    const deps = depsOf({ texts: { "aws/id": "AKID", "aws/secret": "s" }, environment });
    const spec = { service: "CertificateManager", region: "eu-west-1", prefix: "p-", auth: AWS_AUTH };
    return openProvider(awsProvider, spec, deps);
  };
  const secretOf = ({ certificate, key }: { certificate: string; key: string }, chain = "") =>
    valueOfSecret({ "tls.crt": `${certificate}${chain}`, "tls.key": key });
  const hold = (arn: string, isExportable: boolean): void =>
    void acm.held.set(arn, { ...ONE, chain: TWO.certificate, tags: new Map(), isExportable });

  test("a certificate is read as one PEM text with its key, and exported once while it stays the same", async () => {
    const client = open();
    hold("arn:one", true);
    const wanted = [ONE.certificate, TWO.certificate, ONE.key].map((part) => `${part.trimEnd()}\n`).join("");
    assert.equal(await valueAt(client, refTo("arn:one")), wanted);
    assert.equal(await valueAt(client, refTo("arn:one")), wanted);
    assert.equal(actions.filter((action) => action === "ExportCertificate").length, 1);
    acm.held.set("arn:one", { ...TWO, chain: "", tags: new Map(), isExportable: true });
    const renewed = (await valueAt(client, refTo("arn:one"))) ?? "";
    assert.ok(renewed.includes(TWO.certificate.slice(40, 60)), renewed);
    assert.equal(await valueAt(client, refTo("arn:gone")), undefined);
    client.close();
  });

  test("what cannot be exported, and what Certificate Manager cannot do, is told", async () => {
    const client = open();
    hold("arn:one", false);
    await assert.rejects(valueAt(client, refTo("arn:one")), /certificate arn:one is not exportable/);
    await assert.rejects(client.find(findOf({ name: "x" }), SIGNAL), /not supported by AWS Certificate Manager/);
    assert.throws(() => client.mapOf(Buffer.from("x"), refTo("arn:one")), /not supported/);
    client.close();
  });

  test("a Secret of type tls is imported once, again when it changes, with its tags kept right, and deleted", async () => {
    const client = open();
    const { writes } = client;
    assert.ok(writes);
    assert.equal(await writes.exists(TARGET, SIGNAL), false);
    await writes.push(secretOf(ONE, TWO.certificate), { ...TARGET, metadata: metadata({ team: "red" }) }, SIGNAL);
    const [arn = ""] = acm.held.keys();
    const held = () => acm.held.get(arn);
    assert.equal(held()?.certificate.trimEnd(), ONE.certificate.trimEnd());
    assert.equal(held()?.chain.trimEnd(), TWO.certificate.trimEnd());
    const own = { "managed-by": "external-secrets", "external-secrets-remote-key": "p-web" };
    assert.deepEqual(Object.fromEntries(held()?.tags ?? []), { team: "red", ...own });
    assert.equal(await writes.exists(TARGET, SIGNAL), true);
    await writes.push(secretOf(ONE, TWO.certificate), { ...TARGET, metadata: metadata({ team: "blue" }) }, SIGNAL);
    assert.equal(actions.filter((action) => action === "ImportCertificate").length, 1);
    assert.deepEqual(Object.fromEntries(held()?.tags ?? []), { team: "blue", ...own });
    client.close();
    // Another process finds it by its tags.
    const other = open();
    await other.writes?.push(secretOf(TWO), TARGET, SIGNAL);
    assert.deepEqual([...acm.held.keys()], [arn]);
    assert.equal(held()?.key, TWO.key);
    assert.deepEqual(Object.fromEntries(held()?.tags ?? []), own);
    await other.writes?.push(secretOf(TWO), TARGET, SIGNAL);
    assert.equal(actions.filter((action) => action === "ImportCertificate").length, 2);
    await other.writes?.remove(TARGET, SIGNAL);
    assert.equal(acm.held.size, 0);
    await other.writes?.remove(TARGET, SIGNAL);
    other.close();
  });

  test("one that was deleted by hand is imported anew", async () => {
    const client = open();
    await client.writes?.push(secretOf(ONE), TARGET, SIGNAL);
    acm.held.clear();
    await client.writes?.push(secretOf(ONE), TARGET, SIGNAL);
    assert.equal(acm.held.size, 1);
    client.close();
  });

  for (const [name, value, wanted] of [
    ["a single entry", valueOfText("planted"), /secretKey must be empty/],
    ["a Secret without a key", valueOfSecret({ "tls.crt": ONE.certificate }), /"tls.key" not found or empty/],
    [
      "what is no certificate",
      valueOfSecret({ "tls.crt": "planted", "tls.key": "planted" }),
      /failed to parse tls.crt/,
    ],
  ] as const)
    test(`${name} cannot be pushed`, async () => {
      const client = open();
      await assert.rejects(client.writes?.push(value, TARGET, SIGNAL) ?? Promise.resolve(), (error: Error) => {
        assert.match(error.message, wanted);
        assert.equal(error.message.includes("planted"), false);
        return true;
      });
      assert.equal(acm.held.size, 0);
      client.close();
    });
});
