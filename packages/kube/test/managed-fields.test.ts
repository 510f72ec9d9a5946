import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { continueTokenOf } from "../src/client/answers.ts";
import { parseJson, parseJsonText } from "../src/http/json.ts";
import { readList } from "../src/http/list-items.ts";
import { ObjectSplitter } from "../src/http/managed-fields.ts";

const ENTRY = { manager: "m", fieldsV1: { 'f:a]}"{[': { 'k:{"name":"\\"}': {}, ".": {} } } };

function trimmedEvent(text: string): string {
  const bytes = Buffer.from(text);
  return new ObjectSplitter(bytes, "event").split(0, bytes.length).text;
}

function readItems(text: string, dropManagedFields = true): { list: unknown; items: unknown } | undefined {
  return readList(Buffer.from(text), {
    apiVersion: "v1",
    kind: "Own",
    managedFields: dropManagedFields ? "drop" : "share",
  });
}

const CASES: readonly (readonly [what: string, shape: "event" | "list", before: unknown, after: unknown])[] = [
  [
    "the only field, the first, the last, one in the middle",
    "list",
    {
      kind: "L",
      metadata: { resourceVersion: "1" },
      items: [
        { metadata: { managedFields: [ENTRY] } },
        { metadata: { managedFields: [], name: "a" } },
        { metadata: { name: "b", managedFields: [ENTRY, ENTRY] }, spec: { x: 1 } },
        { metadata: { name: "c", managedFields: [[[]]], uid: "u" } },
      ],
    },
    {
      kind: "L",
      metadata: { resourceVersion: "1" },
      items: [
        { metadata: {} },
        { metadata: { name: "a" } },
        { metadata: { name: "b" }, spec: { x: 1 } },
        { metadata: { name: "c", uid: "u" } },
      ],
    },
  ],
  [
    "an event's",
    "event",
    { type: "ADDED", object: { kind: "K", metadata: { name: "a", managedFields: [ENTRY] }, spec: {} } },
    { type: "ADDED", object: { kind: "K", metadata: { name: "a" }, spec: {} } },
  ],
];

for (const [what, shape, before, after] of CASES) {
  test(`managedFields are cut out: ${what}`, () => {
    const text = JSON.stringify(before);
    if (shape === "event") return assert.deepEqual(JSON.parse(trimmedEvent(text)), after);
    const { items, ...list } = after as { items: object[] };
    const typed = items.map((item) => ({ apiVersion: "v1", kind: "Own", ...item }));
    assert.deepEqual(readItems(text), { list: { ...list, items: [] }, items: typed });
  });
}

const KEPT: readonly unknown[] = [
  { type: "ADDED", object: { metadata: { name: "a" }, spec: { managedFields: [1] } } },
  { type: "ADDED", object: { metadata: { labels: { managedFields: [1] } } } },
  { type: "ADDED", object: { metadata: { managedFields: null, note: '"managedFields":[1]' } } },
  { type: "ADDED", old: { metadata: { managedFields: [1] } } },
  { type: "ADDED", object: { 'x"metadata': { managedFields: [1] } } },
  { type: "ADDED", object: [{ managedFields: [1] }] },
];

for (const value of KEPT) {
  test(`what is named alike elsewhere stays: ${JSON.stringify(value)}`, () => {
    assert.equal(trimmedEvent(JSON.stringify(value)), JSON.stringify(value));
  });
}

test("half an event stays half an event", () => {
  const text = JSON.stringify({ type: "ADDED", object: { metadata: { managedFields: [ENTRY] } } });
  for (let length = 0; length < text.length; length++) {
    assert.throws(() => JSON.parse(trimmedEvent(text.slice(0, length))), SyntaxError);
  }
});

const KEY = fc.constantFrom(
  "metadata",
  "managedFields",
  "fieldsV1",
  "object",
  "items",
  "a",
  '"',
  "\\",
  '"managedFields":[',
  "é",
);
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthIdentifier: "json" },
    fc.oneof(fc.string(), fc.integer(), fc.constant(null), KEY) as fc.Arbitrary<Json>,
    fc.array(tie("value"), { maxLength: 3, depthIdentifier: "json" }),
    fc.dictionary(KEY, tie("value"), { maxKeys: 4, depthIdentifier: "json" }) as fc.Arbitrary<Json>,
  ),
})).value;

function trimmed(value: Json | undefined): void {
  const metadata = isJsonObject(value) ? value["metadata"] : undefined;
  if (isJsonObject(metadata) && Array.isArray(metadata["managedFields"])) delete metadata["managedFields"];
}

test("of any event nothing else is lost", () => {
  fc.assert(
    fc.property(json, json, (first, second) => {
      const text = JSON.stringify({ type: "ADDED", object: { a: first, metadata: second, b: first } });
      // As the client reads: Node 26's own parser takes one key for another where both are a single escape (src/http/json.ts).
      const wanted = parseJsonText(text) as JsonObject;
      trimmed(wanted["object"]);
      assert.deepEqual(parseJsonText(trimmedEvent(text)), wanted);
    }),
    { numRuns: 500 },
  );
});

const item = fc.tuple(json, json, fc.boolean()).map(([first, second, isTyped]) => ({
  ...(isTyped && { kind: "Own", apiVersion: "v1" }),
  metadata: first,
  spec: second,
}));

test("any list is read item by item as it is read in one piece, whatever items hold", () => {
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.boolean(), (items, isLast, drop) => {
      const head = { kind: "OwnList", apiVersion: "v1", metadata: { resourceVersion: "7", continue: "a/b=" } };
      const text = JSON.stringify(isLast ? { items, ...head } : { ...head, items });
      const whole = parseJsonText(text) as { items: JsonObject[] };
      if (drop) for (const each of whole.items) trimmed(each);
      const typed = whole.items.map((each) => Object.assign({ apiVersion: "v1", kind: "Own" }, each));
      const read = readItems(text, drop);
      assert.deepEqual(read, { list: { ...whole, items: [] }, items: typed });
      assert.equal(continueTokenOf(Buffer.from(text)), "a/b=");
    }),
    { numRuns: 500 },
  );
});

const SET = { 'k:{"name":"a"}': { ".": {}, "f:image": {} } };
const shared = { manager: "m", time: "1", fieldsType: "FieldsV1", fieldsV1: SET, subresource: "status" };

function sharedLists(...lists: readonly unknown[]): unknown[] {
  const text = JSON.stringify({ kind: "L", items: lists.map((managedFields) => ({ metadata: { managedFields } })) });
  const { items } = readItems(text, false) as { items: { metadata: { managedFields: unknown } }[] };
  return items.map((each) => each.metadata.managedFields);
}

test("field sets that are written alike come as one value that nobody can change", () => {
  const [first, second] = sharedLists([shared], [shared, { ...shared, manager: "other" }]) as (typeof shared)[][];
  assert.deepEqual([first, second], [[shared], [shared, { ...shared, manager: "other" }]]);
  assert.equal(first?.[0]?.fieldsV1, second?.[1]?.fieldsV1);
  assert.throws(() => Object.assign(first?.[0]?.fieldsV1['k:{"name":"a"}'] ?? {}, { x: {} }), TypeError);
  assert.equal(Object.isFrozen(first?.[0]), false, "whatever else an entry says is its own");
});

for (const list of [
  [{ ...shared, fieldsV1: 0 }, shared],
  [{ ...shared, fieldsV1: null }],
  [{ manager: "m", other: { fieldsV1: SET } }, shared],
  [[{ fieldsV1: SET }], 0],
  [{ manager: '"fieldsV1":{}' }, { '"fieldsV1"': SET }],
]) {
  test(`entries that are not as the API writes them stay as they are: ${JSON.stringify(list)}`, () => {
    assert.deepEqual(sharedLists(list), [list]);
  });
}

test("half a list is no list", () => {
  const items = [
    { metadata: { name: "a", managedFields: [ENTRY] } },
    { metadata: { name: "b" }, spec: [{}, { metadata: {} }] },
  ];
  const text = JSON.stringify({ kind: "OwnList", apiVersion: "v1", metadata: {}, items });
  assert.notEqual(readItems(text), undefined);
  for (let length = text.indexOf("[{") + 2; length < text.length; length++) {
    assert.throws(() => readItems(text.slice(0, length)), SyntaxError);
  }
});

for (const text of [
  '{"items": []}',
  '{"items":null}',
  '{"items":[]}',
  '{"items":[1]}',
  '{"rest":[],"items":[{}]}',
  "[]",
  "",
]) {
  test(`what is not written as lists are is left to be read in one piece: ${text}`, () => {
    assert.equal(readItems(text), undefined);
  });
}

test("long numbers are found wherever they begin", () => {
  for (let before = 0; before < 20; before++) {
    const text = `{"${"a".repeat(before)}":[12345678901234567890,-9007199254740993]}`;
    assert.deepEqual(Object.values(parseJson(Buffer.from(text)) as object), [
      [12345678901234567890n, -9007199254740993n],
    ]);
  }
});
