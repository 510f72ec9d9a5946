import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Json } from "@fairlead/base";
import { compareVersions } from "../src/discovery/documents.ts";
import { goSyntaxError } from "../src/http/go-json.ts";
import { countKeys, duplicateKeys, jsonShape } from "../src/http/json-scan.ts";
import { negotiate } from "../src/http/negotiate.ts";
import { parseRequest } from "../src/http/request-info.ts";
import { humanDuration } from "../src/table/cells.ts";
import { compileJsonPath } from "../src/table/json-path.ts";

const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe("JSON text is looked at without building it", () => {
  test("keys are counted as they are in the value", () => {
    fc.assert(fc.property(json, (value) => jsonShape(JSON.stringify(value)).keys === countKeys(value)));
  });

  test("text that JSON.parse takes has no syntax error, other text has one", () => {
    fc.assert(fc.property(json, (value) => goSyntaxError(JSON.stringify(value)) === undefined));
    fc.assert(
      fc.property(json, fc.nat(), (value, at) => {
        const text = JSON.stringify(value);
        const cut = text.slice(0, at % text.length);
        let isJson = true;
        try {
          JSON.parse(cut);
        } catch {
          isJson = false;
        }
        return (goSyntaxError(cut) === undefined) === isJson;
      }),
    );
  });

  test("duplicates are named by their path", () => {
    const text = '{"a":{"b":1,"b":2},"c":[{"d":1},{"e":{"f":1,"\\u0066":2}}],"a":3,"x":"\\"a\\":"}';
    assert.deepEqual(duplicateKeys(text), ["a.b", "c[1].e.f", "a"]);
  });
});

describe("paths say what a request is about", () => {
  const cases: readonly (readonly [string, string, Record<string, string | boolean>])[] = [
    ["GET", "/api/v1/namespaces", { verb: "list", resource: "namespaces", namespace: "", name: "" }],
    ["GET", "/api/v1/namespaces/x", { verb: "get", resource: "namespaces", namespace: "x", name: "x" }],
    [
      "PUT",
      "/api/v1/namespaces/x/finalize",
      { verb: "update", resource: "namespaces", name: "x", subresource: "finalize" },
    ],
    ["GET", "/api/v1/namespaces/x/pods?watch=1", { verb: "watch", resource: "pods", namespace: "x" }],
    ["GET", "/api/v1/watch/pods", { verb: "watch", resource: "pods" }],
    [
      "DELETE",
      "/apis/apps/v1/namespaces/x/deployments",
      { verb: "deletecollection", group: "apps", resource: "deployments" },
    ],
    ["PATCH", "/apis/apps/v1/namespaces/x/deployments/d/scale", { verb: "patch", name: "d", subresource: "scale" }],
    [
      "POST",
      "/api/v1/namespaces/x/services/http:s:80/proxy/a/b",
      { verb: "create", name: "http:s:80", subresource: "proxy", rest: "/a/b" },
    ],
    ["GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode", { name: "system:node" }],
    ["GET", "/healthz", { isResource: false, verb: "get", path: "/healthz" }],
    ["GET", "/apis/apps/v1", { isResource: false }],
  ];
  for (const [method, url, expected] of cases) {
    test(`${method} ${url}`, () => {
      const info = parseRequest(method, url) as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(expected)) assert.equal(info[key], value, key);
    });
  }

  test("no path makes the server fall", () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        try {
          parseRequest("GET", `/${path}`);
        } catch (error) {
          assert.match(String(error), /invalid URL escape/);
        }
      }),
    );
  });
});

describe("small readers", () => {
  test("the first acceptable form is chosen", () => {
    const table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    assert.equal(negotiate(table, { table: true }).as, "Table");
    assert.equal(negotiate(table, { table: false }).as, undefined);
    assert.equal(negotiate("application/vnd.kubernetes.protobuf", { table: true }).format, "json");
    assert.equal(negotiate("text/html;q=0.9,application/yaml;q=0.1", { table: true }).format, "yaml");
    assert.throws(() => negotiate("text/html", { table: true }), /Not Acceptable/);
  });

  test("versions are ordered as clients expect", () => {
    const versions = ["v1beta1", "v10", "foo", "v1", "v2alpha1", "v1beta2", "v2"];
    assert.deepEqual(versions.sort(compareVersions), ["v10", "v2", "v1", "v1beta2", "v1beta1", "v2alpha1", "foo"]);
  });

  const ages: readonly (readonly [number, string])[] = [
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [150, "2m30s"],
    [600, "10m"],
    [3 * 3600, "3h"],
    [3 * 3600 + 120, "3h2m"],
    [50 * 3600, "2d2h"],
    [8 * 86_400, "8d"],
    [730 * 86_400, "2y"],
    [-5, "<invalid>"],
  ];
  for (const [seconds, text] of ages)
    test(`${seconds} s are ${text}`, () => assert.equal(humanDuration(seconds * 1000), text));

  test("columns find their values", () => {
    const root = {
      a: {
        "b.c": [
          { t: "x", v: 1 },
          { t: "y", v: 2 },
        ],
      },
      n: null,
      deep: { list: [1, 2] },
    } as Json;
    const paths: readonly (readonly [string, Json[]])[] = [
      [".a['b.c'][0].v", [1]],
      [".a.b\\.c[*].v", [1, 2]],
      ['.a["b.c"][?(@.t=="y")].v', [2]],
      [".deep.list[-1]", [2]],
      ["..t", ["x", "y"]],
      [".nope.nothing", []],
    ];
    for (const [path, expected] of paths) assert.deepEqual(compileJsonPath(path)?.(root), expected, path);
    assert.equal(compileJsonPath(".a[?(broken"), undefined);
  });
});
