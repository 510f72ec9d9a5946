import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError, type Json } from "@fairlead/base";
import { openWith, privateKeysIn, readSealedSecret, readSecret, sealSecret, unsealSecret } from "@fairlead/secrets";
import { rsaKeys } from "./support/keys.ts";

const { publicKey, privateKey } = rsaKeys();
const open = openWith([rsaKeys().privateKey, privateKey]);

const SECRET: Json = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: "db",
    namespace: "shop",
    uid: "gone",
    labels: { app: "db" },
    annotations: { note: true, "kubectl.kubernetes.io/last-applied-configuration": "planted" },
  },
  type: "Opaque",
  data: { user: "YWRtaW4=" },
  stringData: { password: "hunter2", port: 5432 },
};

function problemsOf(run: () => unknown): readonly { code: string; message: string }[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return error.problems;
  }
  return assert.fail("nothing was refused");
}

test("a Secret comes back whole, owned by its SealedSecret, whichever key is first", () => {
  const sealed = sealSecret(readSecret(SECRET), { publicKey });
  assert.equal(JSON.stringify(sealed).includes("planted"), false);
  const secret = unsealSecret(readSealedSecret(JSON.parse(JSON.stringify(sealed)) as Json), open);
  assert.deepEqual(secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "db",
      namespace: "shop",
      labels: { app: "db" },
      annotations: { note: "true" },
      ownerReferences: [
        { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", name: "db", uid: "", controller: true },
      ],
    },
    data: { password: "aHVudGVyMg==", port: "NTQzMg==", user: "YWRtaW4=" },
    type: "Opaque",
  });
});

test("a sealed value moved to another name, namespace or scope does not open (CVE-2026-22728)", () => {
  const sealed = sealSecret(readSecret(SECRET), { publicKey });
  const moved = [
    { ...sealed, metadata: { ...sealed.metadata, name: "other" } },
    { ...sealed, metadata: { ...sealed.metadata, namespace: "other" } },
    { ...sealed, metadata: { ...sealed.metadata, annotations: { "sealedsecrets.bitnami.com/cluster-wide": "true" } } },
  ];
  for (const each of moved) {
    const [problem] = problemsOf(() => unsealSecret(each, open));
    assert.equal(problem?.code, "NoKeyDecrypts");
    assert.equal(problem.message, "no key could decrypt secret (password, port, user)");
  }
  const template = { metadata: { annotations: { "sealedsecrets.bitnami.com/cluster-wide": "true" } } };
  const widened = { ...sealed, spec: { ...sealed.spec, template } };
  assert.equal(unsealSecret(widened, open).data?.["user"], "YWRtaW4=", "the template's annotations decide nothing");
});

test("templates fill in values, drop keys set to null, and tell every failure without a value", () => {
  const sealed = sealSecret(readSecret(SECRET), { publicKey });
  const filled = (data: Record<string, string | null>) =>
    unsealSecret({ ...sealed, spec: { ...sealed.spec, template: { data } } }, open).data;
  const url = filled({ url: "{{ .user }}:{{ .password | upper }}@{{ .nowhere }}", port: null });
  assert.equal(Buffer.from(url?.["url"] ?? "", "base64").toString(), "admin:HUNTER2@<no value>");
  assert.equal("port" in (url ?? {}), false);
  const problems = problemsOf(() => filled({ a: "{{ fail .password }}", b: '{{ env "HOME" }}', c: "{{" }));
  assert.equal(problems.length, 3);
  assert.match(problems[0]?.message ?? "", /^template: a:1:3: .*\(a\)$/);
  assert.match(problems[1]?.message ?? "", /function "env" not defined/);
  assert.equal(
    problems.some(({ message }) => message.includes("hunter2")),
    false,
  );
});

const REFUSED: readonly (readonly [Json, readonly string[]])[] = [
  [{ metadata: {}, data: { a: "not base64!" } }, ["data.a: illegal base64 data"]],
  [
    { metadata: { labels: [] }, data: { a: "%" }, stringData: { b: ["planted"] } },
    ["data.a: illegal base64 data", "stringData.b: is no text", "metadata.labels: a mapping of keys to text is wanted"],
  ],
  ["planted", ["a Secret is a mapping"]],
];

test("every fault of a Secret is told, and none holds a value", () => {
  for (const [value, messages] of REFUSED) {
    assert.deepEqual(
      problemsOf(() => readSecret(value)).map(({ message }) => message),
      messages,
    );
  }
});

test("keys are read from PKCS#1, PKCS#8 and backups of the controller's Secrets", () => {
  const pkcs1 = privateKey.export({ format: "pem", type: "pkcs1" }) as string;
  const pkcs8 = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  const secret = { apiVersion: "v1", kind: "Secret", data: { "tls.key": Buffer.from(pkcs1).toString("base64") } };
  const list = { apiVersion: "v1", kind: "List", items: [secret, secret] };
  const counts = [pkcs1, pkcs8, pkcs1 + pkcs8, JSON.stringify(secret), JSON.stringify(list)].map(
    (text) => privateKeysIn(text).length,
  );
  assert.deepEqual(counts, [1, 1, 2, 1, 2]);
  for (const text of ["", "kind: Secret", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", "a: ["]) {
    assert.equal(problemsOf(() => privateKeysIn(text))[0]?.code, "InvalidKey", text);
  }
});
