import assert from "node:assert/strict";
import { after, test } from "node:test";
import { systemClock } from "@fairlead/base";
import { JqWorker } from "../src/compare/jq.ts";
import { compilePlainPath } from "../src/compare/plain-path.ts";
import { application, configMap, World } from "./support/world.ts";

const OBJECT = {
  spec: {
    template: {
      spec: {
        containers: [
          { name: "app", image: "a", env: [{ name: "X", value: "1" }] },
          { name: "proxy", image: "p" },
        ],
      },
    },
  },
  webhooks: [{ clientConfig: { caBundle: "x" } }, { clientConfig: {} }],
  metadata: { annotations: { "example.com/a": "1", other: "2" } },
};

const JQ: readonly (readonly [expression: string, paths: readonly string[]])[] = [
  [".spec.replicas", ["spec/replicas"]],
  [".webhooks[]?.clientConfig.caBundle", ["webhooks/0/clientConfig/caBundle", "webhooks/1/clientConfig/caBundle"]],
  [".spec.template.spec.containers[0].image", ["spec/template/spec/containers/0/image"]],
  ['.spec.template.spec.containers[] | select(.name == "proxy")', ["spec/template/spec/containers/1"]],
  [
    '.spec.template.spec.containers[] | select(.name == "app").env[] | select(.name == "X").value',
    ["spec/template/spec/containers/0/env/0/value"],
  ],
  ['.metadata.annotations["example.com/a"]', ["metadata/annotations/example.com/a"]],
  ['.metadata.annotations."example.com/a"', ["metadata/annotations/example.com/a"]],
  ['.spec.template.spec.containers[] | select(.image | test("^a$"))', ["spec/template/spec/containers/0"]],
  ['.spec.template.spec.containers[] | select(.name | startswith("pro") | not)', ["spec/template/spec/containers/0"]],
  [".metadata.annotations.other, .webhooks[1]", ["metadata/annotations/other", "webhooks/1"]],
];

const jq = new JqWorker(systemClock);
after(() => jq.close());

async function pathsOf(expression: string, object: object): Promise<string[] | string> {
  assert.equal(await jq.learn([expression], [object]), undefined);
  const known = jq.paths(expression, object);
  assert.ok(known);
  return "paths" in known ? known.paths.map((path) => path.join("/")) : known.fault;
}

test("jq expressions select what jq selects", async () => {
  for (const [expression, paths] of JQ) {
    assert.deepEqual(await pathsOf(expression, OBJECT), paths, expression);
  }
});

test("a plain path is read without jq, and selects the same", async () => {
  const plain = JQ.map(([expression]) => expression).filter((expression) => compilePlainPath(expression));
  assert.ok(plain.length >= 4);
  for (const expression of plain) {
    const own = compilePlainPath(expression)?.(OBJECT).map((path) => path.join("/"));
    const all = (await pathsOf(expression, OBJECT)) as string[];
    // jq names the place where a field would be; there is nothing to ignore.
    assert.deepEqual(
      own,
      all.filter((path) => path !== "spec/replicas" && !path.startsWith("webhooks/1/")),
      expression,
    );
  }
});

for (const expression of ["..", ".a | .b", ".[0]", "", ".a[", ".a..b", ".a.", "recurse", '.a["\\u0041"]', ".a[1:2]"]) {
  test(`${JSON.stringify(expression)} is not taken for a plain path`, () => {
    assert.equal(compilePlainPath(expression), undefined);
  });
}

test("a slice is the items it covers", async () => {
  assert.deepEqual(await pathsOf(".a[1:3]", { a: [1, 2, 3, 4] }), ["a/1", "a/2"]);
});

test("what cannot be compiled is refused in jq's words", async () => {
  for (const [expression, words] of [
    [".a | .b +", /syntax error/],
    [".a[", /syntax error/],
    ["map(.x", /syntax error/],
    [".a | $nope", /\$nope is not defined/],
    [".a | nope", /nope\/0 is not defined/],
    ["x".repeat(20_000), /longer than/],
  ] as const) {
    assert.match((await jq.check(expression)) ?? "accepted", words, expression.slice(0, 20));
  }
});

test("an expression without end is stopped, told, and not tried again at once", async () => {
  const started = performance.now();
  assert.match((await jq.check("def f: f; f")) ?? "", /takes longer than 1000 ms|too much/);
  assert.match((await jq.learn(["def f: f; f | .a"], [{ a: 1 }])) ?? "", /takes longer than|too much/);
  assert.match((await jq.check("def f: f; f | .a")) ?? "", /takes longer than|too much/);
  assert.ok(performance.now() - started < 8_000);
  assert.deepEqual(await pathsOf(".a", { a: 1 }), ["a"]);
});

test("memory and output are bounded", async () => {
  assert.match((await jq.learn(["[range(1e9)] | .a"], [{}])) ?? "accepted", /takes|too much|memory/i);
  assert.deepEqual(await pathsOf(".a", { a: 2 }), ["a"]);
});

test("what fails on one object is told with its reason, and the others are not affected", async () => {
  const bad = { a: "text" };
  const good = { a: { b: 1 } };
  assert.equal(await jq.learn([".a.b"], [bad, good]), undefined);
  assert.match(JSON.stringify(jq.paths(".a.b", bad)), /Cannot index string/);
  assert.deepEqual(jq.paths(".a.b", good), { paths: [["a", "b"]] });
  assert.deepEqual(await pathsOf(".list[].x", {}), []);
});

test("fields that jq selects may drift, without a call", async () => {
  const rule = `  ignoreDifferences: [{ kind: ConfigMap, jqPathExpressions: ['.data | to_entries[] | select(.key == "x") | .value', '.data | select(has("key")) | .key'] }]`;
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a", { key: "value", other: "x" }) });
  await world.apply(
    application("one", { extra: rule.replace("'.data | to_entries[] | select(.key == \"x\") | .value', ", "") }),
  );
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  world.hub.calls.length = 0;
  await world.edit("ConfigMap", "a", { data: { key: "tuned" } });
  await world.settle();
  assert.deepEqual(world.hub.calls, []);
  await world.edit("ConfigMap", "a", { data: { other: "changed" } });
  await world.settle();
  assert.deepEqual(world.data("a"), { key: "value", other: "x" });
  await world.stopEngine();
});

test("a rule that jq cannot apply to an object is a warning, and the comparison goes on", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  const rule = `  ignoreDifferences: [{ kind: ConfigMap, jqPathExpressions: ['.data.key | tonumber | .x'] }]`;
  await world.apply(application("one", { extra: rule }));
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.match(
    world.conditions("one").join(),
    /IgnoreDifferencesWarning: .*jqPathExpressions\[0\].*on ConfigMap default\/a|IgnoreDifferencesWarning/,
  );
  await world.stopEngine();
});

test("a rule that never ends leaves the application unknown, says so, and delays no other", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(
    application("one", { extra: "  ignoreDifferences: [{ kind: ConfigMap, jqPathExpressions: ['def f: f; f'] }]" }),
  );
  await world.apply(application("two"));
  await world.settle();
  assert.equal(world.summary("one"), "Unknown/Unknown");
  assert.match(world.conditions("one").join(), /ComparisonError: .*takes/);
  assert.equal(world.summary("two"), "Synced/Healthy");
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await world.stopEngine();
});
