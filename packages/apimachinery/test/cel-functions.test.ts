import assert from "node:assert/strict";
import { test } from "node:test";
import { crdSchema, validateBuiltin, validateCustom, type KubeObject } from "@fairlead/apimachinery";
import type { Json, JsonObject } from "@fairlead/base";

/** Each holds of a resource whose spec is `{l: [5, 6], m: {a: 1}}`; a real kube-apiserver admits all of them. */
const TRUE = [
  "self.l.all(i, x, i < 3)",
  "self.m.all(k, v, k == 'a' && v == 1)",
  "!self.l.exists(i, x, x == 7)",
  "self.l.existsOne(i, x, x == 5)",
  "self.l.transformList(i, x, i > 0, x) == [6]",
  "self.m.transformMap(k, v, v + 1)['a'] == 2",
  "self.l.transformMapEntry(i, x, {string(i): x})['0'] == 5",
  "self.l.sortBy(x, -x)[0] == 6",
  "self.l.first().value() == 5",
  "lists.range(3).size() == 3",
  "optional.of(1).optMap(x, x + 1).value() == 2",
  "self.?l.orValue([]).size() == 2",
  "semver('1.2.3-a.1').isLessThan(semver('1.2.3'))",
  "semver('1.0.0-alpha.2').isLessThan(semver('1.0.0-alpha.10'))",
  "semver('v1.2', true).minor() == 2",
  "!isSemver('v1.2')",
  "!format.dns1123Label().validate('ok').hasValue()",
  "format.dns1123Label().validate('Not Ok').value().size() == 1",
  "!format.named('nothing').hasValue()",
  "format.named('labelValue').value().validate('a b').hasValue()",
  "ip('fe80::1').isLinkLocalUnicast() && ip('224.0.0.1').isLinkLocalMulticast()",
  "ip('10.0.0.1').isGlobalUnicast() && !ip('127.0.0.1').isGlobalUnicast()",
  "ip.isCanonical('::1') && !ip.isCanonical('0:0::1')",
  "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
  "string(cidr('2001:db8:ffff::/33').masked()) == '2001:db8:8000::/33'",
  "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.0.0.0/16').containsCIDR('10.0.0.0/8')",
  "url('https://a:80/p?q=1').getQuery()['q'][0] == '1'",
  "quantity('1Gi').asInteger() == 1073741824",
  "'%d items of %s'.format([2, ['a', 'b']]) == '2 items of [a, b]'",
  "sets.intersects([1], [1, 2])",
];

function definition(rules: readonly JsonObject[], spec: JsonObject = {}): KubeObject {
  const schema: JsonObject = {
    type: "object",
    "x-kubernetes-validations": rules as Json[],
    properties: {
      n: { type: "integer" },
      l: { type: "array", maxItems: 4, items: { type: "integer" } },
      m: { type: "object", maxProperties: 4, additionalProperties: { type: "integer" } },
      ...spec,
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.play.dev" },
    spec: {
      group: "play.dev",
      scope: "Namespaced",
      names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
      conversion: { strategy: "None" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: schema } } },
        },
      ],
    },
  };
}

function faultsOf(rule: JsonObject | string, spec?: JsonObject): string[] {
  const crd = definition([typeof rule === "string" ? { rule } : rule], spec);
  return validateBuiltin(crd).map(({ detail }) => detail);
}

function run(rules: readonly JsonObject[], spec: JsonObject, old?: JsonObject): string[] {
  const schema = crdSchema(definition(rules), "v1");
  assert.ok(schema);
  const thing = (value: JsonObject): KubeObject => ({
    apiVersion: "play.dev/v1",
    kind: "Thing",
    metadata: { name: "x", namespace: "y", resourceVersion: "1" },
    spec: value,
  });
  const before = old && thing(old);
  return validateCustom(thing(spec), { schema, isNamespaced: true, before }).map(
    ({ field, detail }) => `${field}: ${detail}`,
  );
}

for (const rule of TRUE) {
  test(`admitted and true: ${rule}`, () => {
    assert.deepEqual(faultsOf(rule), []);
    assert.deepEqual(run([{ rule }], { l: [5, 6], m: { a: 1 } }), []);
  });
}

/** What the compiler says of each, as kube-apiserver 1.35 answers. */
const REFUSED: ReadonlyArray<readonly [rule: JsonObject | string, fault: string]> = [
  ["self.nope > 0", "compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n | self.nope > 0\n | ....^"],
  [
    "self.n > 'a'",
    "compilation failed: ERROR: <input>:1:8: found no matching overload for '_>_' applied to '(int, string)'\n | self.n > 'a'\n | .......^",
  ],
  ["self.n", "cel expression must evaluate to a bool"],
  [
    "self.l.all(x, x == 'a')",
    "compilation failed: ERROR: <input>:1:17: found no matching overload for '_==_' applied to '(int, string)'\n | self.l.all(x, x == 'a')\n | ................^",
  ],
  [
    "self.l.all(x, y)",
    "compilation failed: ERROR: <input>:1:15: undeclared reference to 'y' (in container '')\n | self.l.all(x, y)\n | ..............^",
  ],
  [
    "'a'.matches('(')",
    "compilation failed: ERROR: <input>:1:13: invalid matches argument\n | 'a'.matches('(')\n | ............^",
  ],
  [{ rule: "true", fieldPath: ".l[0]" }, "must be a valid path"],
  [{ rule: "true", messageExpression: "self.n" }, "messageExpression must evaluate to a string"],
  [{ rule: "true", optionalOldSelf: true }, "may not be set if oldSelf is not used in rule"],
];

const TRY =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
const OPEN: JsonObject = { open: { type: "array", items: { type: "string" } } };

/** Estimates are the server's to the digit: these are its answers. */
const DEAR: ReadonlyArray<readonly [rule: string, factor: string]> = [
  ["self.open.map(x, x)[0] == 'a'", "1.363149x"],
  ["self.open.filter(x, x == 'a').size() > 0", "1.6x"],
  ["self.open.transformList(i, x, i)[0] == 1", "1.363149x"],
];

for (const [rule, factor] of DEAR) {
  test(`too dear: ${rule}`, () => {
    assert.deepEqual(faultsOf(rule, OPEN), [`estimated rule cost exceeds budget by factor of ${factor} ${TRY}`]);
  });
}

test("a rule that goes through a list for each of its items is too dear for the whole schema, unless the list is bounded", () => {
  const rule = "self.open.all(x, self.open.all(y, x == y))";
  const more = `exceeds budget by factor of more than 100x ${TRY}`;
  assert.deepEqual(faultsOf(rule, OPEN), [
    `estimated rule cost ${more}`,
    "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
    `x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema ${more}`,
  ]);
  const bounded: JsonObject = { open: { type: "array", maxItems: 20, items: { type: "string", maxLength: 50 } } };
  assert.deepEqual(faultsOf(rule, bounded), []);
});

test("items of plain lists have no old selves", () => {
  const rules: Json = [{ rule: "self == oldSelf" }];
  const spec: JsonObject = {
    names: { type: "array", maxItems: 3, items: { type: "string", maxLength: 9, "x-kubernetes-validations": rules } },
  };
  const path = "spec.validation.openAPIV3Schema.properties[spec].properties[names]";
  assert.deepEqual(faultsOf("true", spec), [
    `oldSelf cannot be used on the uncorrelatable portion of the schema within ${path}`,
  ]);
});

for (const [rule, fault] of REFUSED) {
  test(`refused: ${typeof rule === "string" ? rule : JSON.stringify(rule)}`, () => {
    assert.deepEqual(faultsOf(rule), [fault]);
  });
}

test("a rule with an optional oldSelf runs at creation too", () => {
  const rule = {
    rule: "!oldSelf.hasValue() && self.n == 1 || oldSelf.hasValue() && self.n > oldSelf.value().n",
    optionalOldSelf: true,
    message: "starts at 1 and grows",
  };
  assert.deepEqual(faultsOf(rule), []);
  assert.deepEqual(run([rule], { n: 1 }), []);
  assert.deepEqual(run([rule], { n: 2 }), ["spec: starts at 1 and grows"]);
  assert.deepEqual(run([rule], { n: 2 }, { n: 1 }), []);
  assert.deepEqual(run([rule], { n: 1 }, { n: 2 }), ["spec: starts at 1 and grows"]);
});

test("a fault is placed where fieldPath points", () => {
  const rule = { rule: "self.n > 5", fieldPath: ".m['a.b']", message: "no", reason: "FieldValueForbidden" };
  assert.deepEqual(run([rule], { n: 1 }), ["spec.m.a.b: no"]);
});
