import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "@fairlead/base";
import fc from "fast-check";
import {
  fieldSelectorFault,
  formatFieldSelector,
  formatLabelSelector,
  isEmptySelector,
  type KubeObject,
  labelKeyFaults,
  labelSelectorFromMap,
  labelSelectorFromObject,
  labelValueFaults,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from "@fairlead/apimachinery";

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0]?.message ?? "";
    throw error;
  }
  return "accepted";
}

const web = { app: "web", tier: "front", revision: "7" };

test("label selectors match as the server's do", () => {
  const cases: ReadonlyArray<readonly [selector: string, matches: boolean]> = [
    ["", true],
    ["app=web", true],
    ["app==web,tier!=back", true],
    ["app in (web,api)", true],
    ["app notin (web)", false],
    ["missing notin (x)", true],
    ["missing!=x", true],
    ["!missing", true],
    ["!app", false],
    ["app", true],
    ["revision>6", true],
    ["revision<7", false],
    ["app>1", false],
    ["in in (in)", false],
    ["app=", false],
    ["app in ()", false],
  ];
  for (const [selector, matches] of cases)
    assert.equal(matchesLabels(parseLabelSelector(selector), web), matches, selector);
});

test("a label selector that cannot be read is refused in the server's words", () => {
  const rule =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  const cases: ReadonlyArray<readonly [selector: string, fault: string]> = [
    [",", "found ',', expected: !, identifier, or 'end of string'"],
    ["a,", "found '', expected: identifier after ','"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a=b=c", "found '=', expected: ',' or 'end of string'"],
    ["-a", `unable to parse requirement: <nil>: Invalid value: "-a": ${rule}`],
    [
      "a>b",
      `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
  ];
  for (const [selector, fault] of cases)
    assert.equal(
      faultOf(() => parseLabelSelector(selector)),
      fault,
      selector,
    );
});

test("the object form: absent matches nothing, empty everything, expressions and labels together", () => {
  assert.equal(matchesLabels(labelSelectorFromObject(undefined), web), false);
  assert.equal(isEmptySelector(labelSelectorFromObject({})), true);
  assert.equal(isEmptySelector(labelSelectorFromObject(undefined)), false);
  const selector = labelSelectorFromObject({
    matchLabels: { app: "web" },
    matchExpressions: [
      { key: "tier", operator: "In", values: ["front", "back"] },
      { key: "legacy", operator: "DoesNotExist" },
    ],
  });
  assert.equal(matchesLabels(selector, web), true);
  assert.equal(formatLabelSelector(selector), "app=web,!legacy,tier in (back,front)");
  assert.equal(formatLabelSelector(labelSelectorFromMap({ b: "2", a: "1" })), "a=1,b=2");
});

test("a faulty object form is refused in the server's words", () => {
  const expression = (operator: string, values?: string[]): (() => unknown) => {
    return () => labelSelectorFromObject({ matchExpressions: [{ key: "a", operator, ...(values ? { values } : {}) }] });
  };
  assert.equal(faultOf(expression("Foo")), '"Foo" is not a valid label selector operator');
  assert.equal(
    faultOf(expression("In")),
    "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
  );
  assert.equal(
    faultOf(expression("Exists", ["x", "y"])),
    'values: Invalid value: ["x","y"]: values set must be empty for exists and does not exist',
  );
  assert.match(
    faultOf(() => labelSelectorFromObject("x")),
    /is an object/,
  );
  assert.match(
    faultOf(() => labelSelectorFromObject({ matchLabels: { a: 1 } })),
    /must be a string/,
  );
});

test("hostile keys are keys like any other", () => {
  const labels = JSON.parse('{"a":"1"}') as Record<string, string>;
  assert.equal(matchesLabels(parseLabelSelector("constructor"), labels), false);
  assert.equal(matchesLabels(parseLabelSelector("!toString"), labels), true);
  assert.match(
    faultOf(() => labelSelectorFromObject({ matchExpressions: [{ key: "a", operator: "toString" }] })),
    /not a valid/,
  );
});

test("label keys and values follow the server's syntax", () => {
  assert.deepEqual(labelKeyFaults("example.com/name"), []);
  assert.deepEqual(labelKeyFaults("a/"), [
    "name part must be non-empty",
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
      "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ]);
  assert.equal(labelKeyFaults("/a")[0], "prefix part must be non-empty");
  assert.equal(labelValueFaults("x".repeat(64))[0], "must be no more than 63 bytes");
  assert.deepEqual(labelValueFaults(""), []);
});

const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const requirement = fc.oneof(
  word,
  word.map((key) => `!${key}`),
  fc.tuple(word, fc.constantFrom("=", "==", "!="), word).map((parts) => parts.join("")),
  fc
    .tuple(word, fc.constantFrom("in", "notin"), fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([key, operator, values]) => `${key} ${operator} (${values.join(",")})`),
);

test("a label selector reads back from its own text", () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 5 }), (requirements) => {
      const selector = parseLabelSelector(requirements.join(","));
      assert.deepEqual(parseLabelSelector(formatLabelSelector(selector)), selector);
    }),
  );
});

const pod: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop" },
  spec: { nodeName: "node-1" },
  status: { phase: "Running", podIPs: [{ ip: "10.0.0.7" }] },
};
const podKind = { group: "", version: "v1", kind: "Pod" };

test("field selectors match what the kind offers", () => {
  const cases: ReadonlyArray<readonly [selector: string, matches: boolean]> = [
    ["", true],
    ["metadata.name=web,spec.nodeName==node-1", true],
    ["spec.host=node-1", true],
    ["status.phase!=Running", false],
    ["spec.hostNetwork=false", true],
    ["status.podIP=10.0.0.7", true],
    ["spec.nodeName=", false],
  ];
  for (const [selector, matches] of cases) {
    const parsed = parseFieldSelector(selector);
    assert.equal(fieldSelectorFault(parsed, podKind), undefined, selector);
    assert.equal(matchesFields(parsed, pod, podKind), matches, selector);
  }
});

test("an event is found by its source, whichever field says it", () => {
  const kind = { group: "", version: "v1", kind: "Event" };
  const event: KubeObject = { apiVersion: "v1", kind: "Event", metadata: {}, reportingComponent: "kubelet" };
  assert.equal(matchesFields(parseFieldSelector("source=kubelet"), event, kind), true);
});

test("fields a kind does not offer are refused in the server's words", () => {
  const fault = (field: string, group: string, kind: string): string | undefined =>
    fieldSelectorFault(parseFieldSelector(`${field}=x`), { group, version: "v1", kind });
  assert.equal(fault("spec.image", "", "Pod"), "field label not supported: spec.image");
  assert.equal(fault("metadata.namespace", "", "Node"), "field label not supported: metadata.namespace");
  assert.equal(fault("spec.x", "batch", "Job"), 'field label "spec.x" not supported for Job');
  assert.equal(
    fault("spec.replicas", "apps", "Deployment"),
    '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
  );
  const custom = { fields: ["spec.colour"], namespaced: false };
  const kind = { group: "example.com", version: "v1", kind: "Paint" };
  assert.equal(fieldSelectorFault(parseFieldSelector("spec.colour=red"), kind, custom), undefined);
  assert.equal(
    fieldSelectorFault(parseFieldSelector("spec.size=1"), kind, custom),
    "field label not supported: spec.size",
  );
});

test("a field selector that cannot be read is refused in the server's words", () => {
  assert.equal(
    faultOf(() => parseFieldSelector("a")),
    "invalid selector: 'a'; can't understand 'a'",
  );
  assert.equal(
    faultOf(() => parseFieldSelector("a=b\\x")),
    "invalid field selector: invalid escape sequence: \\x",
  );
  assert.equal(
    faultOf(() => parseFieldSelector("a=b=c")),
    "invalid field selector: unescaped character in value: 61",
  );
});

test("a field selector reads back from its own text", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.string({ maxLength: 6 })), { maxLength: 4 }), (pairs) => {
      const selector = { requirements: pairs.map(([field, value]) => ({ field, operator: "=" as const, value })) };
      const byField = (a: { field: string; value: string }, b: { field: string; value: string }): number =>
        `${a.field}\0${a.value}` < `${b.field}\0${b.value}` ? -1 : 1;
      const read = parseFieldSelector(formatFieldSelector(selector)).requirements;
      assert.deepEqual([...read].sort(byField), [...selector.requirements].sort(byField));
    }),
  );
});
