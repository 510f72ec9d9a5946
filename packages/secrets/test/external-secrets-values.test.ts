import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import type { KubeObject } from "@fairlead/apimachinery";
import { parseExternalSecret } from "../src/external/model/parse.ts";
import { dataPath } from "../src/external/providers/vault-path.ts";
import { isRefreshAllowed } from "../src/external/sync/windows.ts";
import { fillText } from "../src/external/template/fill.ts";
import { decodeValue } from "../src/external/values/decode.ts";
import { dataHash } from "../src/external/values/hash.ts";
import { goJson, parseJsonText } from "../src/external/values/json-text.ts";
import { checkKeys, convertKeys, rewriteKeys, type Entries } from "../src/external/values/keys.ts";
import { propertyOf } from "../src/external/values/property.ts";
import type { Rewrite } from "../src/external/model/types.ts";

const entries = (map: Record<string, string>): Entries =>
  new Map(Object.entries(map).map(([key, value]) => [key, toBytes(value)]));
const plain = (map: Entries): Record<string, string> =>
  Object.fromEntries([...map].map(([key, value]) => [key, fromBytes(value)]));

const DOCUMENT = `{"a.b":"dot","a":{"b":[{"n":"x","v":1.0},{"n":"y","v":2}]},"big":12345678901234567890,"o":{ "k" : 1 }}`;

describe("properties are found as gjson finds them", () => {
  for (const [path, wanted] of [
    ["a.b.0.n", "x"],
    ["a\\.b", "dot"],
    ["a.b.#", "2"],
    ["a.b.#.n", `["x","y"]`],
    [`a.b.#(n=="y").v`, "2"],
    ["a.b.0.v", "1.0"],
    ["big", "12345678901234567890"],
    ["o", `{ "k" : 1 }`],
    ["b*", "12345678901234567890"],
    ["absent.x", undefined],
  ] as const)
    test(`${path} gives ${wanted ?? "nothing"}`, () => assert.equal(propertyOf(DOCUMENT, path), wanted));
});

describe("keys are rewritten and converted", () => {
  const merge = { kind: "merge", strategy: "Extract", into: "", priority: [], ignoresMissing: false } as const;
  const cases: readonly (readonly [string, Rewrite, Record<string, string>, Record<string, string>])[] = [
    ["a prefix taken off", { kind: "regexp", source: "^team/(.*)$", target: "$1" }, { "team/x": "1" }, { x: "1" }],
    ["Go's names reach far", { kind: "regexp", source: "(a)", target: "$1x" }, { ab: "1" }, { b: "1" }],
    ["a template", { kind: "transform", template: "{{ .value | upper }}" }, { ab: "1" }, { AB: "1" }],
    ["objects merged", { ...merge, ignoresConflicts: true }, { a: `{"k":1}`, b: `{"k":"2"}` }, { k: "2" }],
  ];
  for (const [name, rewrite, before, after] of cases)
    test(name, () => assert.deepEqual(plain(rewriteKeys([rewrite], entries(before))), after));

  test("a conflict of merged objects is an error that names the key alone", () => {
    const rewrite = { ...merge, ignoresConflicts: false };
    assert.throws(() => rewriteKeys([rewrite], entries({ a: `{"k":"s1"}`, b: `{"k":"s2"}` })), /conflicts: k$/);
  });

  test("conversion, and a collision", () => {
    assert.deepEqual(plain(convertKeys("Default", entries({ "a/b": "1" }))), { a_b: "1" });
    assert.deepEqual(plain(convertKeys("Unicode", entries({ "a/b": "1" }))), { a_U002f_b: "1" });
    assert.throws(() => convertKeys("Default", entries({ "a/b": "1", a_b: "2" })), /collision/);
    assert.throws(() => checkKeys(entries({ "a/b": "1" })), /invalid character \//);
  });
});

describe("values", () => {
  test("are decoded strictly, by themselves, or not at all", () => {
    const decoded = (strategy: "Base64" | "Base64URL" | "Auto", text: string): string =>
      fromBytes(decodeValue(strategy, toBytes(text), "x"));
    assert.equal(decoded("Base64", "aGk="), "hi");
    assert.equal(decoded("Auto", "_-8="), fromBytes(new Uint8Array([0xff, 0xef])));
    assert.equal(decoded("Auto", "not base64!"), "not base64!");
    assert.throws(
      () => decoded("Base64", "hidden!"),
      (error) => error instanceof Error && !error.message.includes("hidden"),
    );
  });

  test("bytes that are not UTF-8 pass through a template", () => {
    const bytes = new Uint8Array([0xff, 0x00, 0x41]);
    assert.deepEqual([...toBytes(fillText("k", "{{ .v }}", { v: fromBytes(bytes) }))], [...bytes]);
  });

  test("JSON is written as Go writes maps", () => {
    const node = parseJsonText(`{"b": [1.50, null], "a": "<&>"}`);
    assert.equal(node && goJson(node), String.raw`{"a":"\u003c\u0026\u003e","b":[1.50,null]}`);
  });

  for (const text of ["<html></html>", `{"a":1,}`, `{"a" 1}`, "[".repeat(100_000), `"\u0001"`, ""])
    test(`${JSON.stringify(text.slice(0, 20))} is not JSON`, () => assert.equal(parseJsonText(text), undefined));

  test("a hostile key changes no prototype", () => {
    assert.deepEqual(
      [...rewriteKeys([], entries(JSON.parse(`{"__proto__":"x"}`) as Record<string, string>)).keys()],
      ["__proto__"],
    );
  });

  test("the data's hash does not depend on the order of keys", () => {
    assert.equal(dataHash({ a: "eA==", b: "eQ==" }), dataHash({ b: "eQ==", a: "eA==" }));
  });
});

describe("templates", () => {
  for (const name of ["env", "expandenv", "getHostByName"])
    test(`${name} is not a function (CVE-2026-34984)`, () =>
      assert.throws(() => fillText("k", `{{ ${name} "x" }}`, {}), /not defined/));

  test("an error tells the place and never the value", () => {
    const fill = (): string => fillText("k", "{{ .v | jwkPublicKeyPem }}", { v: "hidden" });
    assert.throws(
      fill,
      (error) => error instanceof Error && /key k/.test(error.message) && !error.message.includes("hidden"),
    );
  });
});

describe("Vault's paths", () => {
  for (const [mount, version, key, wanted] of [
    ["secret", "v2", "foo", "secret/data/foo"],
    ["secret", "v2", "secret/data/foo", "secret/data/foo"],
    ["secret", "v1", "secret/foo", "secret/foo"],
    [undefined, "v2", "secret/path/foo", "secret/data/path/foo"],
    [undefined, "v2", "secret/path/data/foo", "secret/path/data/foo"],
  ] as const)
    test(`${key} below ${mount ?? "no mount"}, ${version}`, () =>
      assert.equal(dataPath({ mount, version }, key), wanted));
});

test("what is wrong or not supported is refused by name", () => {
  const object = {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: "x", namespace: "n" },
    spec: {
      secretStoreRef: { name: "s" },
      syncWindows: { kind: "sometimes", windows: [{ schedule: "99 * * * *", duration: "x" }] },
      target: { manifest: {} },
      data: [{ secretKey: "a", remoteRef: { key: "k" } }],
    },
  } as unknown as KubeObject;
  const messages = parseExternalSecret(object).problems.map(({ message }) => message);
  assert.deepEqual(messages.sort(), [
    "spec.syncWindows.kind: must be one of allow, deny",
    "spec.syncWindows.windows[0].duration: must be a duration such as 30s, 5m or 1h",
    "spec.syncWindows.windows[0].schedule: is not a cron schedule",
    "spec.target.manifest.apiVersion: is required",
    "spec.target.manifest.kind: is required",
  ]);
});

describe("refreshes by time keep to their windows", () => {
  const night = { schedule: "0 22 * * *", durationMs: 8 * 3_600_000 };
  const at = (time: string): number => Date.parse(`2026-01-02T${time}Z`);
  for (const [kind, time, isAllowed] of [
    ["allow", "21:59:59", false],
    ["allow", "22:00:00", true],
    ["allow", "05:59:00", true],
    ["allow", "06:00:01", false],
    ["deny", "23:00:00", false],
    ["deny", "12:00:00", true],
  ] as const)
    test(`${kind} at ${time}: ${isAllowed ? "yes" : "no"}`, () =>
      assert.equal(isRefreshAllowed({ kind, windows: [night] }, at(time)), isAllowed));

  test("no windows are no limit", () =>
    assert.ok(isRefreshAllowed(undefined, 0) && isRefreshAllowed({ kind: "allow", windows: [] }, 0)));
});
