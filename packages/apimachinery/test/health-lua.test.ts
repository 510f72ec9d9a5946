import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type Health,
  type HealthCheck,
  healthOf,
  type KubeObject,
  luaHealthCheck,
  luaSettings,
} from "@fairlead/apimachinery";

const SCRIPTS: Readonly<Record<string, string>> = {
  Old: `hs = {}
    if obj.status ~= nil and table.getn(obj.status.conditions) == 2 then
      hs.status = "Healthy"
      hs.message = obj.status.conditions[2].type .. " at " .. obj.metadata.generation
      return hs
    end
    hs.status = "Progressing"
    return hs`,
  Nothing: "return nil",
  Text: 'return "Healthy"',
  Great: 'return { status = "Great" }',
  Fails: "return obj.status.nothing.more",
  Broken: "if then",
  Endless: "while true do pcall(function() while true do end end) end",
  Hungry: 'local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end',
  Costly: 'return { status = ("a"):rep(30000):find((".-"):rep(9) .. "b") and "Healthy" or "Degraded" }',
  Curious: 'return { status = "Healthy", message = tostring(io or require or load or debug or dofile or os.execute) }',
  Lasting:
    'if left then return { status = "Degraded" } end left = true string.left = true return { status = "Healthy" }',
};

let check: HealthCheck & { close(): void };

before(async () => {
  const exact = Object.entries(SCRIPTS).map(([kind, script]) => ({ pattern: `x.io/${kind}`, script }));
  const globs = [{ pattern: "*.y.io/*", script: 'return { status = "Suspended", message = obj.kind }' }];
  check = await luaHealthCheck([...exact, ...globs], { runMs: 1_000, memoryBytes: 16 * 1024 * 1024 });
});

after(() => check.close());

function told(kind: string, apiVersion = "x.io/v1"): string | undefined {
  const conditions = [{ type: "A", message: null }, { type: "B" }];
  const object = { apiVersion, kind, metadata: { generation: 3 }, status: { conditions } } as unknown as KubeObject;
  const found: Health | undefined = check(object);
  return found && [found.status, found.message].filter((part) => part !== undefined).join(": ");
}

test("scripts written for Argo CD's Lua 5.1 run", () => {
  assert.equal(told("Old"), "Healthy: B at 3");
  assert.equal(told("Whatever", "deep.y.io/v1"), "Suspended: Whatever");
});

test("a script that returns nothing, or none for the kind, leaves the answer to the built-in check", () => {
  assert.equal(told("Nothing"), undefined);
  assert.equal(told("Other"), undefined);
  const service: KubeObject = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
  assert.equal(healthOf(service, { override: check })?.status, "Healthy");
});

test("a script that fails gives Unknown and says why", () => {
  assert.equal(told("Text"), "Unknown: expect table output from Lua script, not string");
  assert.equal(told("Great"), "Unknown: Lua returned an invalid health status");
  assert.match(told("Fails") ?? "", /^Unknown: health\.lua:1: attempt to index a nil value/);
  assert.match(told("Broken") ?? "", /^Unknown: health\.lua:1: unexpected symbol/);
});

test("a script has neither all the time nor all the memory, and cannot help itself out of it", () => {
  assert.match(told("Endless") ?? "", /^Unknown: thread timeout exceeded/);
  assert.match(told("Hungry") ?? "", /^Unknown: /);
  assert.match(told("Costly") ?? "", /^Unknown: health\.lua:1: pattern too costly/);
  assert.equal(told("Old"), "Healthy: B at 3", "and the next one is none the worse");
});

test("a script reaches nothing outside and leaves nothing behind", () => {
  assert.equal(told("Curious"), "Healthy: nil");
  assert.equal(told("Lasting"), "Healthy");
  assert.equal(told("Lasting"), "Healthy");
});

test("the settings of argocd-cm name kinds in both of its ways", () => {
  const data = {
    "resource.customizations.health.apps_Deployment": "a",
    "resource.customizations.health.ConfigMap": "b",
    "resource.customizations.health.too_many_parts": "c",
    "resource.customizations.ignoreDifferences.apps_Deployment": "not ours",
    "resource.customizations": "yaml",
  };
  const whole = { "x.io/Old": { "health.lua": "d", actions: "e" }, "y.io/NoHealth": { actions: "f" } };
  const { checks, problems } = luaSettings(data, () => whole);
  assert.deepEqual(checks, [
    { pattern: "apps/Deployment", script: "a" },
    { pattern: "ConfigMap", script: "b" },
    { pattern: "x.io/Old", script: "d" },
  ]);
  assert.deepEqual(
    problems.map(({ code, message }) => [code, message]),
    [["InvalidHealthCheck", "resource.customizations.health.too_many_parts names no kind"]],
  );
});
