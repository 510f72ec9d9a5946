import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { Redactor } from "@fairlead/render";
import { Mask } from "../src/secrecy/mask.ts";
import { redactorOf } from "../src/secrecy/redactor.ts";

const secret = (value: string, field: "data" | "stringData") => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: "a",
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ stringData: { k: value } }),
      own: "note",
    },
  },
  [field]: { k: field === "data" ? Buffer.from(value).toString("base64") : value, same: "c2FtZQ==" },
});

test("in place of a Secret's values stand fingerprints: equal for equal values, however they are written", () => {
  const [one, other, plain] = [
    new Mask().of(secret("planted", "data")),
    new Mask().of(secret("changed", "data")),
    new Mask().of(secret("planted", "stringData")),
  ];
  const values = (object: KubeObject): Record<string, string> => object["data"] as Record<string, string>;
  assert.match(values(one)["k"] ?? "", /^\(not shown, fingerprint [0-9a-f]{12}\)$/);
  assert.notEqual(values(one)["k"], values(other)["k"]);
  assert.equal(values(one)["same"], values(other)["same"]);
  assert.equal(values(one)["k"], values(plain)["k"]);
  assert.equal(one.metadata.annotations?.["own"], "note");
  for (const object of [one, other, plain]) {
    const text = JSON.stringify(object);
    for (const value of ["planted", "changed"])
      assert.equal(text.includes(value) || text.includes(Buffer.from(value).toString("base64")), false, text);
  }
});

const FINGERPRINT = /^\(not shown, fingerprint [0-9a-f]{12}\)$/;

function knowing(...texts: string[]): Mask {
  const redactor = new Redactor();
  redactor.add(texts);
  return new Mask(redactor);
}

function deployment(password: string, more: { name: string; value: string }[] = []): KubeObject {
  const env = [...more, { name: "PASSWORD", value: password }, { name: "LEVEL", value: "info" }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", annotations: { note: `uses ${password}`, other: "plain" } },
    spec: { replicas: 2, template: { spec: { containers: [{ name: "web", image: "web:1", env }] } } },
  };
}

const envOf = (object: KubeObject): Record<string, string> =>
  Object.fromEntries(
    (
      object["spec"] as {
        template: { spec: { containers: { env: { name: string; value: string }[] }[] } };
      }
    ).template.spec.containers.flatMap(({ env }) => env.map(({ name, value }) => [name, value])),
  );

test("what came out of an encrypted file is a fingerprint wherever it stands, and everything else as it is", () => {
  const shown = knowing("planted-one").of(deployment("planted-one"));
  assert.match(envOf(shown)["PASSWORD"] ?? "", FINGERPRINT);
  assert.equal(envOf(shown)["LEVEL"], "info");
  assert.match(shown.metadata.annotations?.["note"] ?? "", FINGERPRINT);
  assert.equal(shown.metadata.annotations?.["other"], "plain");
  assert.equal((shown["spec"] as { replicas: number }).replicas, 2);
  assert.equal(JSON.stringify(shown).includes("planted"), false);
  const same = deployment("x");
  assert.equal(knowing("planted-one").of(same), same);
});

test("what stands in the place of a secret in the other state of an object is hidden, also when the list has moved", () => {
  const mask = knowing("planted-new");
  const [from, to] = mask.pair(deployment("planted-old"), deployment("planted-new", [{ name: "FIRST", value: "1" }]));
  for (const one of [from, to]) {
    assert.match(envOf(one)["PASSWORD"] ?? "", FINGERPRINT);
    assert.equal(JSON.stringify(one).includes("planted"), false, JSON.stringify(one));
  }
  assert.notEqual(envOf(from)["PASSWORD"], envOf(to)["PASSWORD"]);
  assert.equal(envOf(to)["FIRST"], "1");
  assert.equal(envOf(from)["LEVEL"], "info");
});

test("copies of what was applied are hidden in an object that holds a secret, in both states", () => {
  const copy = (password: string): KubeObject => {
    const object = deployment(password);
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(object) };
    return { ...object, metadata: { ...object.metadata, annotations } };
  };
  const [from, to] = knowing("planted-new").pair(copy("planted-old"), deployment("planted-new"));
  assert.equal(JSON.stringify([from, to]).includes("planted"), false);
});

test("numbers that were encrypted are hidden, and base64 and JSON of a value", () => {
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "c" },
    data: {
      port: 54_321,
      encoded: Buffer.from('pla"nted').toString("base64"),
      json: JSON.stringify({ a: 'pla"nted' }),
    },
  };
  const shown = knowing("54321", 'pla"nted').of(object);
  for (const value of Object.values(shown["data"] as Record<string, string>)) assert.match(value, FINGERPRINT);
});

test("an object that External Secrets wrote shows who wrote it and nothing of its content, in either state", () => {
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "written",
      namespace: "shop",
      labels: { "reconcile.external-secrets.io/managed": "true", team: "planted-label" },
      annotations: { "reconcile.external-secrets.io/data-hash": "abc", note: "planted-note" },
    },
    data: { a: "planted-value" },
  };
  const unmarked: KubeObject = {
    ...object,
    metadata: { name: "written", namespace: "shop" },
    data: { a: "planted-git" },
  };
  const [from, to] = new Mask().pair(object, unmarked);
  assert.equal(JSON.stringify([from, to]).includes("planted"), false, JSON.stringify([from, to]));
  assert.equal(from.metadata.name, "written");
  assert.equal(from.metadata.labels?.["reconcile.external-secrets.io/managed"], "true");
  assert.equal(from.metadata.annotations?.["reconcile.external-secrets.io/data-hash"], "abc");
});

test("names and kinds of objects stay readable when the whole file they come from was encrypted", () => {
  const objects = [{ object: deployment("planted-one") }];
  const redactor = redactorOf(["apps/v1", "Deployment", "web", "planted-one"], objects);
  assert.equal(
    redactor.text('Deployment web is invalid: value "planted-one"'),
    'Deployment web is invalid: value "(redacted)"',
  );
});
