import { configMap, deployment } from "../objects.ts";
import { JSON_PATCH, MERGE, STRATEGIC, TABLE, type Case, type Step } from "../types.ts";
import { get, inGroup, NS, post } from "./steps.ts";

const CMS = `${NS}/configmaps`;
const JSON_TYPE = { "content-type": "application/json" };
const YAML_TYPE = { "content-type": "application/yaml" };
const APPLY_YAML = { "content-type": "application/apply-patch+yaml" };

const raw = (text: string, code: number, headers: Readonly<Record<string, string>> = JSON_TYPE, query = ""): Step => ({
  do: `POST ${CMS}${query}`,
  raw: text,
  code,
  headers,
});
const patch = (text: string, code: number, headers: Readonly<Record<string, string>>, query = ""): Step => ({
  do: `PATCH ${CMS}/a${query}`,
  raw: text,
  code,
  headers,
});
const made = post(CMS, configMap("a"), 201, { ignoreBody: true });
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);
const deepMap = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const dry = "?dryRun=All";

/** Bodies, patches and queries that are not what they should be. */
export const BAD_BODIES: readonly Case[] = [
  {
    name: "texts that are no JSON",
    steps: [
      ...["", " ", "{", "}", "[]", "null", "1", '"x"', "true", "{}", "nonsense", '{"metadata"}', "{'metadata':{}}"].map(
        (text) => raw(text, text === "{}" || text === "null" ? 422 : 400),
      ),
      raw('{"metadata":{"name":"a"}', 400),
      raw('{"metadata":{"name":"a",}}', 400),
      raw('{"metadata":{"name":NaN}}', 400),
      raw('\ufeff{"metadata":{"name":"a"}}', 400),
    ],
  },
  {
    name: "a second object behind the first",
    steps: [raw('{"metadata":{"name":"a"}}{"metadata":{"name":"b"}}', 400), raw('{"metadata":{"name":"a"}} x', 400)],
  },
  {
    name: "strings with strange characters",
    steps: [
      raw('{"metadata":{"name":"a"},"data":{"x":"\\u0000\\ud800\\udc00"}}', 201),
      raw('{"metadata":{"name":"b"},"data":{"x":"\\ud800"}}', 201),
      raw('{"metadata":{"name":"c"},"data":{"x":"a\tb"}}', 400),
      raw('{"metadata":{"name":"d"},"data":{"x":"\\x"}}', 400),
      raw('{"metadata":{"name":"e\\u0000"}}', 422),
    ],
  },
  {
    name: "numbers that do not fit",
    steps: ["1.5", '"2"', "4294967296", "-1", "true", "[]", "{}", "01"].map((value): Step => ({
      do: `POST ${inGroup("apps/v1")}/deployments${dry}`,
      raw: JSON.stringify(deployment("d")).replace('"spec":{', `"spec":{"replicas":${value},`),
      code: value === "-1" ? 422 : 400,
      headers: JSON_TYPE,
    })),
  },
  {
    name: "values of other types",
    steps: [
      ...[
        '{"metadata":1}',
        '{"metadata":[]}',
        '{"metadata":"x"}',
        '{"metadata":{"name":1}}',
        '{"metadata":{"name":{}}}',
        '{"metadata":{"name":"a","labels":{"a":1}}}',
        '{"metadata":{"name":"a","labels":"x"}}',
        '{"metadata":{"name":"a","annotations":{"a":{}}}}',
        '{"metadata":{"name":"a","finalizers":"x"}}',
        '{"metadata":{"name":"a","ownerReferences":{}}}',
        '{"metadata":{"name":"a","creationTimestamp":"yesterday"}}',
        '{"metadata":{"name":"a","creationTimestamp":5}}',
        '{"metadata":{"name":"a","generation":"x"}}',
        '{"metadata":{"name":"a","deletionGracePeriodSeconds":"1"}}',
        '{"metadata":{"name":"a"},"data":[]}',
        '{"metadata":{"name":"a"},"data":"x"}',
        '{"metadata":{"name":"a"},"data":{"a":null,"b":2}}',
        '{"metadata":{"name":"a"},"binaryData":{"a":"%"}}',
        '{"metadata":{"name":"a"},"immutable":"yes"}',
        '{"apiVersion":1,"metadata":{"name":"a"}}',
        '{"kind":[],"metadata":{"name":"a"}}',
      ].map((text) => raw(text, 400)),
      raw(
        '{"metadata":{"name":"a","labels":null,"annotations":null,"finalizers":null},"data":null,"immutable":null}',
        201,
      ),
    ],
  },
  {
    name: "keys that are there twice, for each way to take them",
    steps: ["Strict", "Warn", "Ignore", ""].flatMap((validation, index) => {
      const query = validation === "" ? "" : `?fieldValidation=${validation}`;
      const code = validation === "Strict" ? 400 : 201;
      const name = (kind: string): string => `${kind}${index}`;
      return [
        raw(`{"metadata":{"name":"${name("j")}"},"data":{"a":"1","a":"2","b":"1","b":"2"}}`, code, JSON_TYPE, query),
        raw(`{"metadata":{"name":"${name("n")}","name":"${name("m")}"},"datum":1,"datum":2}`, code, JSON_TYPE, query),
        raw(`metadata: {name: ${name("y")}}\ndata:\n  a: "1"\n  a: "2"\n`, code, YAML_TYPE, query),
      ];
    }),
  },
  {
    name: "keys that are there twice in patches",
    steps: [
      made,
      ...["Strict", "Warn", "Ignore"].flatMap((validation) => {
        const query = `?fieldValidation=${validation}`;
        const strict = validation === "Strict";
        return [
          patch('{"data":{"a":"1","a":"2"}}', strict ? 422 : 200, MERGE, query),
          patch('{"data":{"b":"1","b":"2"},"nope":1}', strict ? 422 : 200, STRATEGIC, query),
          patch('[{"op":"add","path":"/data/c","value":"1","value":"2"}]', strict ? 422 : 200, JSON_PATCH, query),
          patch(
            '[{"op":"add","path":"/data/d","value":"1"},{"op":"add","path":"/nope","value":1}]',
            strict ? 422 : 200,
            JSON_PATCH,
            query,
          ),
          patch(
            'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  e: "1"\n  e: "2"\n',
            strict ? 400 : 200,
            APPLY_YAML,
            `${query}&fieldManager=x`,
          ),
        ];
      }),
    ],
  },
  {
    name: "YAML that is none, or more than one",
    steps: [
      raw("metadata: {name: a\n", 400, YAML_TYPE),
      raw("\tmetadata: {}\n", 400, YAML_TYPE),
      raw("a: *unknown\n", 400, YAML_TYPE),
      raw("- a\n- b\n", 400, YAML_TYPE),
      raw("just text\n", 400, YAML_TYPE),
      raw("", 422, YAML_TYPE),
      raw("metadata: {name: one}\n---\nmetadata: {name: two}\n", 201, YAML_TYPE),
      raw("metadata: {name: 5}\n", 400, YAML_TYPE),
      raw("metadata: {name: yes}\n", 400, YAML_TYPE),
      raw('metadata: &m {name: anchored}\ndata: {a: "1"}\n', 201, YAML_TYPE),
      raw("metadata: {name: merged}\ndata: {<<: {a: x}, b: z}\n", 201, YAML_TYPE),
      raw("metadata: {name: t}\ndata: {a: 2020-01-01}\n", 201, YAML_TYPE),
      raw("metadata: {name: u}\ndata: {1: x}\n", 201, YAML_TYPE),
    ],
  },
  {
    name: "media types",
    steps: [
      raw('{"metadata":{"name":"a"}}', 201, { "content-type": "application/json; charset=utf-8" }),
      raw('{"metadata":{"name":"b"}}', 201, { "content-type": "application/json;charset=iso-8859-1" }),
      raw('{"metadata":{"name":"c"}}', 415, { "content-type": "text/plain" }),
      raw('{"metadata":{"name":"d"}}', 415, { "content-type": "application/xml" }),
      raw('{"metadata":{"name":"e"}}', 415, { "content-type": "application/x-www-form-urlencoded" }),
      raw('{"metadata":{"name":"f"}}', 400, { "content-type": "application/vnd.kubernetes.protobuf" }),
      raw("metadata: {name: g}", 201, { "content-type": "application/yaml" }),
      raw('{"metadata":{"name":"h"}}', 415, { "content-type": "application/json/" }),
      patch("{}", 415, JSON_TYPE),
      patch("{}", 415, { "content-type": "application/yaml" }),
    ],
  },
  {
    name: "bodies that are too deep",
    steps: [
      raw(nested(10_001, "[", "]"), 400),
      raw(`{"metadata":{"name":"a"},"data":${deepMap(10_001)}}`, 400),
      raw(`{"metadata":{"name":"a"},"data":${deepMap(200)}}`, 400),
      made,
      patch(`{"data":${deepMap(10_001)}}`, 400, MERGE),
      patch(`[{"op":"add","path":"/data/x","value":${deepMap(10_001)}}]`, 400, JSON_PATCH),
    ].map((step) => ({ ...step, ignoreBody: true })),
  },
  {
    name: "bodies and patches that are too large",
    steps: [
      { ...raw(JSON.stringify(configMap("a", { x: "x".repeat(3 * 1024 * 1024) })), 413) },
      { ...raw(JSON.stringify(configMap("a", { x: "x".repeat(1024 * 1024 + 1) })), 422) },
      made,
      patch(JSON.stringify({ data: { x: "x".repeat(3 * 1024 * 1024) } }), 413, MERGE),
      patch(
        JSON.stringify(Array.from({ length: 10_001 }, () => ({ op: "test", path: "/kind", value: "ConfigMap" }))),
        413,
        JSON_PATCH,
      ),
      patch(
        JSON.stringify(Array.from({ length: 10_000 }, () => ({ op: "test", path: "/kind", value: "ConfigMap" }))),
        200,
        JSON_PATCH,
      ),
    ],
  },
  {
    name: "patches that cannot be read",
    steps: [
      made,
      ...["", "{", "[]", "1", "null", '"x"'].map((text) => patch(text, 400, MERGE)),
      ...["", "{", "[]", "1", '"x"'].map((text) => patch(text, 400, STRATEGIC)),
      ...["", "{}", "{", "1", '[{"op":"fly"}]', '[{"op":"add"}]', '[{"op":"add","path":"data"}]', "[1]", "[null]"].map(
        (text) => patch(text, 0, JSON_PATCH),
      ),
      patch('[{"op":"remove","path":"/data/nope"}]', 422, JSON_PATCH),
      patch('[{"op":"test","path":"/data/a","value":"2"}]', 422, JSON_PATCH),
      patch('[{"op":"replace","path":"/metadata/name","value":"b"}]', 400, JSON_PATCH),
      patch(
        '[{"op":"copy","from":"/data/a","path":"/data/b"},{"op":"move","from":"/data/b","path":"/data/c"}]',
        200,
        JSON_PATCH,
      ),
      patch('[{"op":"remove","path":""}]', 422, JSON_PATCH),
      patch('{"$patch":"replace","data":{"z":"1"}}', 400, STRATEGIC),
      patch('{"$patch":"fly"}', 500, STRATEGIC),
      patch('{"data":{"$patch":"delete"}}', 200, STRATEGIC),
    ],
  },
  {
    name: "queries that cannot be read",
    steps: [
      ...[
        "limit=x",
        "limit=-1",
        "limit=1.5",
        "limit=99999999999999999999",
        "continue=x",
        "continue=e30",
        "resourceVersion=x",
        "resourceVersion=-1",
        "resourceVersion=1.0",
        "resourceVersion=99999999999999999999",
        "labelSelector=a%3D%3D%3Db",
        "labelSelector=a+in",
        "labelSelector=a%3D!",
        "labelSelector=%2C",
        "labelSelector=-a",
        "labelSelector=a%3Db%2C%2Cc",
        "fieldSelector=a",
        "fieldSelector=a%3Db",
        "fieldSelector=metadata.name",
        "fieldSelector=metadata.uid%3Dx",
        "timeoutSeconds=x",
        "resourceVersionMatch=Exact",
        "resourceVersionMatch=Never&resourceVersion=1",
        "sendInitialEvents=true",
        "watch=true&resourceVersion=x",
        "watch=true&timeoutSeconds=x",
        "watch=true&labelSelector=a%3D%3D%3Db",
        "watch=true&fieldSelector=x%3Dy",
        "watch=true&sendInitialEvents=true&resourceVersionMatch=Exact",
      ].map((query): Step => ({ do: `GET ${CMS}?${query}`, code: 0 })),
      { do: `GET ${CMS}?includeObject=x`, code: 0, headers: TABLE },
      { do: `DELETE ${CMS}/a?gracePeriodSeconds=x`, code: 0 },
      { do: `DELETE ${CMS}/a?gracePeriodSeconds=-1`, code: 0 },
      { do: `DELETE ${CMS}/a?propagationPolicy=x`, code: 0 },
      { do: `DELETE ${CMS}/a?orphanDependents=x`, code: 0 },
      { do: `DELETE ${CMS}?labelSelector=a%3D%3D%3Db`, code: 0 },
      { do: `DELETE ${CMS}?fieldSelector=a%3Db`, code: 0 },
      { do: `POST ${CMS}?dryRun=x`, code: 0, body: configMap("a") },
      { do: `POST ${CMS}?fieldManager=${"x".repeat(129)}`, code: 0, body: configMap("a") },
    ],
  },
  {
    name: "bodies of deletions",
    steps: [
      made,
      ...[
        "[]",
        "1",
        "{",
        '{"gracePeriodSeconds":"x"}',
        '{"preconditions":1}',
        '{"propagationPolicy":"x"}',
        '{"kind":"Pod","apiVersion":"v1"}',
        '{"dryRun":"All"}',
        '{"preconditions":{"uid":"x"}}',
        '{"preconditions":{"resourceVersion":"1"}}',
      ].map((text): Step => ({ do: `DELETE ${CMS}/a`, raw: text, code: 0, headers: JSON_TYPE })),
      { do: `DELETE ${CMS}/a`, raw: "null", code: 0, headers: JSON_TYPE },
    ],
  },
  {
    name: "names in paths",
    steps: [
      "a%2Fb",
      "..",
      ".",
      "%2e%2e",
      "a%20b",
      "A",
      "%00",
      "a%25b",
      "x".repeat(300),
      "a;b",
      "a:b",
      "%E2%82%AC",
      "a//b",
      "a/",
      "a/b/c",
    ].map((name) => get(`${CMS}/${name}`, 0)),
  },
  {
    name: "methods that nobody knows",
    steps: ["HEAD", "OPTIONS", "TRACE", "PURGE"].flatMap((method): Step[] => [
      { do: `${method} ${CMS}/none`, code: 0 },
      { do: `${method} ${CMS}`, code: 0 },
      { do: `${method} /apis/none.example.com/v1/things`, code: 0 },
    ]),
  },
];
