import assert from "node:assert/strict";
import { test } from "node:test";
import { healthCommand } from "@fairlead/apimachinery";

async function run(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<{ exit: number; out: string[]; err: string }> {
  const out: string[] = [];
  let err = "";
  const exit = await healthCommand(args, {
    read: (path) =>
      files[path] === undefined ? Promise.reject(new Error(`${path}: no such file`)) : Promise.resolve(files[path]),
    stdout: (text) => void out.push(...text.trimEnd().split("\n")),
    stderr: (text) => void (err += text),
  });
  return { exit, out, err };
}

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, generation: 1}
  spec: {replicas: 2, paused: true}
`;

test("one JSON line for each object, those in Lists too", async () => {
  const { exit, out, err } = await run(["-"], { "-": MANIFESTS });
  assert.deepEqual(out, [
    '{"kind":"Service","name":"web","status":"Progressing","message":""}',
    '{"kind":"ConfigMap","name":"settings","status":null,"message":""}',
    '{"kind":"Deployment","name":"web","status":"Suspended","message":"Deployment is paused"}',
  ]);
  assert.deepEqual([exit, err], [0, ""]);
});

test("what is no object is named with its line, and the rest is still told", async () => {
  const { exit, out, err } = await run(["f.yaml"], {
    "f.yaml": "a: 1\n---\nkind: Service\napiVersion: v1\nmetadata: {name: x}\n---\n- [\n",
  });
  assert.equal(out.length, 1);
  assert.equal(exit, 1);
  assert.match(err, /^f\.yaml:1: this is no Kubernetes object/);
  assert.equal(err.trimEnd().split("\n").length, 2);
});

test("users' checks are asked first", async () => {
  const settings = `
data:
  resource.customizations.health.ConfigMap: |
    return {status = "Degraded", message = obj.metadata.name}
  resource.customizations: |
    Service:
      health.lua: return {status = "Suspended"}
`;
  const { exit, out } = await run(["m.yaml", "--customizations", "cm.yaml"], {
    "m.yaml": MANIFESTS,
    "cm.yaml": settings,
  });
  assert.equal(exit, 0);
  assert.deepEqual(out.slice(0, 2), [
    '{"kind":"Service","name":"web","status":"Suspended","message":""}',
    '{"kind":"ConfigMap","name":"settings","status":"Degraded","message":"settings"}',
  ]);
});

test("a wrong call shows how it is called; a missing file is an error", async () => {
  assert.deepEqual((await run([], {})).exit, 2);
  assert.deepEqual((await run(["a", "b"], {})).exit, 2);
  assert.match((await run(["--help"], {})).out[0] ?? "", /^usage: fairlead health/);
  const missing = await run(["nowhere"], {});
  assert.deepEqual([missing.exit, missing.err], [1, "nowhere: no such file\n"]);
});
