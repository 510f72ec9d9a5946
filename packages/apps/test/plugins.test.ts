import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { memoryTree } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { runCommand, type CommandRun } from "../src/plugin/command.ts";
import { discovers } from "../src/plugin/discover.ts";
import { PluginRenderer } from "../src/plugin/render.ts";
import type { Plugin } from "../src/plugin/types.ts";
import { parseSettings } from "../src/settings/parse.ts";
import { LIMITS } from "../src/limits.ts";
import { application, configMap, World } from "./support/world.ts";

const shell = (script: string): Plugin["generate"] => ({ command: ["sh", "-c"], args: [script] });
const TREE = memoryTree({ "one/in.txt": "hello\n", "one/.keep": "", "lib/common.txt": "shared\n" });
const SOURCE = { repoURL: "https://git.example.com/config", path: "one" };
const ENVIRONMENT = { ARGOCD_APP_NAME: "one" };

function request(plugin: Record<string, unknown>, tree = TREE): Parameters<PluginRenderer["render"]>[1] {
  return { owner: "o", source: { ...SOURCE, plugin: plugin as never }, tree, environment: ENVIRONMENT };
}

const run = (script: string): CommandRun => ({
  command: shell(script),
  directory: "/",
  environment: {},
  what: "plugin test, generate",
});

test("a plugin runs in its directory of a checkout, is told what Argo CD tells it, and leaves nothing behind", async () => {
  const script = `cat <<EOF
apiVersion: v1
kind: ConfigMap
metadata: { name: $ARGOCD_APP_NAME }
data:
  in: "$(cat in.txt)"
  shared: "$(cat ../lib/common.txt)"
  env: "$ARGOCD_ENV_GREETING"
  param: "$PARAM_MY_NAME $PARAM_LIST_1 $PARAM_MAP_KEY"
  json: '$ARGOCD_APP_PARAMETERS'
  secret: "$FAIRLEAD_TEST_SECRET"
  made: "$(cat made.txt)"
  place: "$(pwd)"
EOF`;
  process.env["FAIRLEAD_TEST_SECRET"] = "not for plugins";
  const plugin: Plugin = { name: "kasane", init: shell("echo by init > made.txt"), generate: shell(script) };
  const parameters = [
    { name: "my-name", string: "x" },
    { name: "list", array: ["a", "b"] },
    { name: "map", map: { key: "v" } },
  ];
  const { objects, type } = await new PluginRenderer(() => [plugin]).render(
    plugin,
    request({ name: "kasane", env: [{ name: "GREETING", value: "hi $ARGOCD_APP_NAME" }], parameters }),
  );
  delete process.env["FAIRLEAD_TEST_SECRET"];
  const data = objects[0]?.object["data"] as Record<string, string>;
  const { place = "", ...rest } = data;
  assert.equal(type, "Plugin");
  assert.deepEqual(rest, {
    in: "hello",
    shared: "shared",
    env: "hi one",
    param: "x b v",
    json: JSON.stringify(parameters),
    secret: "",
    made: "by init",
  });
  assert.equal(existsSync(place), false);
});

test("the same repository, plugin and parameters are not run again", async () => {
  let runs = 0;
  const plugin: Plugin = { name: "p", generate: shell("") };
  const renderer = new PluginRenderer(
    () => [plugin],
    async () => {
      runs++;
      return configMap("a");
    },
  );
  const first = await renderer.render(plugin, request({ name: "p" }));
  const second = await renderer.render(plugin, request({ name: "p" }));
  assert.equal(runs, 1);
  assert.equal(first.why, "first render");
  assert.equal(second.why, undefined);
  await renderer.render(plugin, request({ name: "p", env: [{ name: "A", value: "2" }] }));
  await renderer.render(plugin, request({ name: "p" }, memoryTree({ "one/in.txt": "changed\n" })));
  assert.equal(runs, 3);
});

for (const { name, script, limits, expected } of [
  {
    name: "a failure with what it wrote to standard error",
    script: "echo oh no >&2; exit 3",
    limits: {},
    expected: /plugin test, generate ended with status 3: oh no/,
  },
  { name: "time", script: "sleep 30", limits: { pluginTimeMs: 200 }, expected: /took longer than 0\.2 s/ },
  { name: "output", script: "yes", limits: { pluginOutputBytes: 1_000 }, expected: /printed more than 1000 bytes/ },
  {
    name: "memory",
    script: 'exec "$0" -e "new Uint8Array(9e9).fill(1)"',
    limits: { pluginMemoryBytes: 1e9 },
    expected: /ended/,
  },
]) {
  test(`a plugin that runs into its limits is told apart: ${name}`, async () => {
    const command = { ...run(script), command: { command: ["sh", "-c", script, process.execPath], args: [] } };
    await assert.rejects(runCommand(command, { ...LIMITS, ...limits }), expected);
  });
}

const DISCOVERY: readonly (readonly [discover: NonNullable<Plugin["discover"]>, expected: boolean | undefined])[] = [
  [{ fileName: "in.txt" }, true],
  [{ fileName: "*.txt" }, true],
  [{ fileName: "./in.*" }, true],
  [{ fileName: "common.txt" }, false],
  [{ findGlob: "**/in.txt" }, true],
  [{ findGlob: "**/*.jsonnet" }, false],
  [{ findCommand: shell("echo yes") }, undefined],
];

for (const [discover, expected] of DISCOVERY) {
  test(`discovery by ${JSON.stringify(discover)} says ${expected}`, () => {
    assert.equal(discovers({ name: "p", generate: shell(""), discover }, TREE, "one"), expected);
  });
}

test("a plugin is found by its rules, files first, then its command", async () => {
  const plugins: Plugin[] = [
    { name: "no", generate: shell(""), discover: { findCommand: shell("true") } },
    { name: "yes", generate: shell(""), discover: { findCommand: shell("ls in.txt") } },
  ];
  const renderer = new PluginRenderer(() => plugins);
  const ask = { source: SOURCE, tree: TREE, environment: {} };
  assert.equal((await renderer.pluginFor(ask))?.name, "yes");
  assert.equal(await renderer.pluginFor({ ...ask, source: { ...SOURCE, directory: { recurse: true } } }), undefined);
  assert.equal(await renderer.pluginFor({ ...ask, source: { ...SOURCE, path: "lib" } }), undefined);
  await assert.rejects(
    renderer.pluginFor({ ...ask, source: { ...SOURCE, plugin: { name: "none" } } }),
    /no plugin "none"/,
  );
});

const cm = (data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "argocd-cm" },
  data,
});
const DECLARED = `
- { name: old, generate: { command: [sh, -c], args: ["cat in.yaml"] } }
- apiVersion: argoproj.io/v1alpha1
  kind: ConfigManagementPlugin
  metadata: { name: new }
  spec: { version: v1.0, generate: { command: [cat, in.yaml] }, discover: { find: { command: [ls], args: [in.yaml] } } }
`;

test("plugins are declared in either of Argo CD's forms, and run only when they are switched on", () => {
  const data = { configManagementPlugins: DECLARED };
  assert.deepEqual(parseSettings(cm(data), undefined).settings.plugins, []);
  const { settings, problems } = parseSettings(cm(data), cm({ "plugins.enabled": "true" }));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    settings.plugins.map(({ name, version }) => [name, version]),
    [
      ["old", undefined],
      ["new", "v1.0"],
    ],
  );
  const broken = parseSettings(
    cm({ configManagementPlugins: "- { name: x }\n- { name: z, generate: {} }" }),
    undefined,
  );
  assert.equal(broken.problems.length, 2);
});

test("an application of a plugin is synced with what it prints, and says what to do when plugins are off", async () => {
  const { settings } = parseSettings(cm({ configManagementPlugins: DECLARED }), cm({ "plugins.enabled": "true" }));
  const outputs = [configMap("from-plugin")];
  const world = await World.start({ apps: { settings, runPlugin: async () => outputs[0] ?? "" } });
  world.commit({ "one/in.yaml": "x" });
  const source = `  source: { repoURL: "https://git.example.com/config", path: one, targetRevision: main, plugin: { name: old } }`;
  await world.apply(application("one").replace(/ {2}source: .*/, source));
  await world.settleReal(() => world.summary("one") === "Synced/Healthy");
  assert.ok(world.hub.get("ConfigMap", "from-plugin"));
  assert.equal(world.status("one").sourceType, "Plugin");
  await world.stopEngine();
  const off = await World.start();
  off.commit({ "one/in.yaml": "x" });
  await off.apply(application("one").replace(/ {2}source: .*/, source));
  await off.settle();
  assert.match(off.conditions("one").join(), /there is no plugin "old".*plugins\.enabled/);
  await off.stopEngine();
});
