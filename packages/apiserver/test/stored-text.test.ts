import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { parseStored, storedText, takeApart, type Body } from "../src/storage/body-text.ts";
import { Entry } from "../src/storage/entry.ts";

const name = fc.constantFrom("f:spec", "f:metadata", 'k:{"name":"web"}', 'v:"a]}"', ".", "f:fieldsV1", "managedFields");
const fields: fc.Arbitrary<JsonObject> = fc.letrec((tie) => ({
  set: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, fc.constant({}), tie("set")), { maxKeys: 4 }),
})).set as fc.Arbitrary<JsonObject>;
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(',"managedFields":[', '"fieldsV1":{', "]}", '\\"managedFields\\":[', "{", '"'),
);
const entry = fc.record({ manager: text, operation: fc.constant("Update"), fieldsV1: fields }, { requiredKeys: [] });
const rest = fc.dictionary(
  fc.oneof(fc.constantFrom("managedFields", "fieldsV1", "spec"), fc.string({ maxLength: 3 })),
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
    fc.array(entry as fc.Arbitrary<Json>, { maxLength: 2 }),
  ),
  { maxKeys: 4 },
);
const body = fc
  .record(
    { labels: fc.dictionary(text, text, { maxKeys: 3 }), managedFields: fc.array(entry, { maxLength: 3 }), rest },
    { requiredKeys: ["rest"] },
  )
  .map(({ rest, ...given }) => ({ ...rest, metadata: { uid: "u", ...given } }) as unknown as Body);

describe("stored objects are read as they were written", () => {
  test("whatever their managers and fields are called", () => {
    fc.assert(
      fc.property(body, (given) => {
        const { metadata, ...rest } = given;
        const tail = JSON.stringify(rest).slice(1);
        const expected = `{"metadata":${JSON.stringify(metadata)}${tail === "}" ? "" : ","}${tail}`;
        const bytes = bytesOf(given);
        assert.equal(bytes.toString("utf8"), expected);
        const text = storedText(given);
        assert.deepEqual(takeApart(bytes), text);
        assert.equal(JSON.stringify(sorted(parseStored(text))), JSON.stringify(sorted(JSON.parse(expected) as Json)));
      }),
      { numRuns: 500 },
    );
  });

  test("equal field sets are one, which nobody can change", () => {
    const object = (manager: string): Body =>
      ({
        metadata: { uid: "u", managedFields: [{ manager, fieldsV1: { "f:spec": { 'k:{"name":"a"}': {} } } }] },
      }) as never;
    const [one, other] = ["one", "other"].map(
      (manager) => parseStored(storedText(object(manager))).metadata.managedFields,
    );
    assert.equal(one?.[0]?.fieldsV1, other?.[0]?.fieldsV1);
    const shared = one?.[0]?.fieldsV1?.["f:spec"] as JsonObject;
    assert.throws(() => delete shared['k:{"name":"a"}'], TypeError);
    assert.notEqual(one?.[0], other?.[0]);
  });

  test("what is no field set stays as it is", () => {
    const given = { metadata: { uid: "u", managedFields: [{ manager: "m", fieldsV1: 0 }] } } as never;
    assert.equal(
      bytesOf(given).toString("utf8"),
      '{"metadata":{"uid":"u","managedFields":[{"manager":"m","fieldsV1":0}]}}',
    );
  });

  test("an object is served behind another beginning", () => {
    const given = {
      metadata: { uid: "ü", managedFields: [{ manager: "m", fieldsV1: { "f:ä": {} } }] },
      data: {},
    } as never;
    const head = Buffer.from('{"kind":"ConfigMap",');
    const served = entryOf(given).bytesAfter(head).toString("utf8");
    assert.equal(served, `${head.toString("utf8")}${bytesOf(given).toString("utf8").slice(1)}`);
  });
});

function entryOf(body: Body): Entry {
  const key = { resource: "/configmaps", namespace: "default", name: "one" };
  return new Entry({ ...key, revision: 1, version: "v1", text: storedText(body) });
}

function bytesOf(body: Body): Buffer {
  const entry = entryOf(body);
  const bytes = Buffer.alloc(entry.length);
  assert.equal(entry.writeTo(bytes, 0), entry.length);
  return bytes;
}

function sorted(value: Json | Body): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.keys(value)
    .sort()
    .map((key) => [key, sorted(value[key] as Json)]);
}
