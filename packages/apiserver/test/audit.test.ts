import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "@fairlead/base";
import { runApiServer } from "@fairlead/apiserver";
import { auditPolicyOf } from "../src/audit/policy.ts";
import type { AuditEvent } from "../src/audit/types.ts";
import { startForTest, temporaryFolder } from "./support.ts";

const POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  rules: [
    { level: "None", nonResourceURLs: ["/readyz*"] },
    { level: "Metadata", resources: [{ group: "", resources: ["secrets"] }] },
    { level: "RequestResponse", verbs: ["create"], resources: [{ group: "", resources: ["configmaps"] }] },
    { level: "Request", namespaces: ["default"], verbs: ["update"] },
  ],
};

test("a policy tells how much the audit log says of which request", async (context) => {
  const events: AuditEvent[] = [];
  const { ask } = await startForTest(context, {
    controllers: false,
    audit: (event) => events.push(event),
    auditPolicy: auditPolicyOf(POLICY, "policy.yaml"),
  });
  const items = "/api/v1/namespaces/default";
  await ask("GET /readyz/ping");
  await ask(`POST ${items}/secrets`, { metadata: { name: "s" }, stringData: { password: "hidden" } });
  await ask(`POST ${items}/configmaps`, { metadata: { name: "c" }, data: { a: "1" } });
  await ask(`PUT ${items}/configmaps/c`, { metadata: { name: "c" }, data: { a: "2" } });
  await ask(`DELETE ${items}/configmaps/c`);
  for (let tries = 0; events.length < 3 && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  const shown = events.map(({ level, verb, objectRef, requestObject, responseObject }) => [
    `${verb} ${objectRef?.resource ?? ""}`,
    level,
    (requestObject as { data?: { a: string } } | undefined)?.data?.a,
    (responseObject as { kind?: string } | undefined)?.kind,
  ]);
  assert.deepEqual(shown, [
    ["create secrets", "Metadata", undefined, undefined],
    ["create configmaps", "RequestResponse", "1", "ConfigMap"],
    ["update configmaps", "Request", "2", undefined],
  ]);
  assert(!JSON.stringify(events).includes("hidden"));
});

test("what is no policy is told by its file and rule", async (context) => {
  const folder = temporaryFolder(context);
  const file = join(folder, "policy.yaml");
  const said: string[] = [];
  const io = {
    logger: silentLogger,
    say: (line: string) => void said.push(line),
    complain: (line: string) => void said.push(line),
    signal: new AbortController().signal,
  };
  const args = ["--memory", "--audit-log", join(folder, "log"), "--audit-policy", file];
  for (const [text, pattern] of [
    ["kind: Nothing", /no audit policy/],
    ["{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Loud}]}", /rules\[0\]\.level: one of None, Metadata/],
  ] as const) {
    writeFileSync(file, text);
    assert.equal(await runApiServer(args, io), 1);
    assert.match(said.at(-1) ?? "", pattern);
    assert((said.at(-1) ?? "").includes(file));
  }
});

test("the kubeconfig is its owner's alone, also where a file was there before, and help is no failure", async (context) => {
  const file = join(temporaryFolder(context), "kubeconfig");
  writeFileSync(file, "old", { mode: 0o644 });
  const said: string[] = [];
  const end = new AbortController();
  const io = {
    logger: silentLogger,
    say: (line: string) => void said.push(line),
    complain: (line: string) => void said.push(line),
    signal: end.signal,
  };
  const ended = runApiServer(["--memory", "--kubeconfig", file], io);
  while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, "utf8"), /current-context: fairlead/);
  end.abort();
  assert.equal(await ended, 0);
  assert.equal(await runApiServer(["--help"], io), 0);
  assert.match(said.at(-1) ?? "", /^usage: fairlead apiserver[^]*--kubeconfig FILE {5}write/);
  assert.equal(await runApiServer(["--memory", "--kubeconfig", "/nowhere/at/all"], io), 1);
  assert.match(said.at(-1) ?? "", /the kubeconfig cannot be written/);
});
