import { deployment, pod, service } from "../objects.ts";
import { APPLY, STRATEGIC, type Case, type Step } from "../types.ts";
import { apply, get, inGroup, jsonPatch, merge, NS, post, put, strategic } from "./steps.ts";

/** No base64 to Go, each in another way. */
const NO_BASE64 = [
  "not-base64-1",
  "a",
  "ab",
  "abc",
  "abcd=",
  "YQ",
  "YQ=",
  "YQ===",
  "Y Q==",
  "=",
  "====",
  "YQ==YQ==",
  "é",
];
/** Base64 that Go writes otherwise than it reads it. */
const OTHERWISE = ["YQ=\n=", "Y\nQ==", "YR==", "YWJj\n", "YQ=\r\n=\r\n", ""];
const ODD_BYTES = [1, 1.5, true, {}, ["a"], [300], [-1]];

const secret = (data: unknown, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s" },
  data,
  ...more,
});
const binary = (binaryData: unknown): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "s" },
  binaryData,
});
const container = (more: object): object => pod("p", { containers: [{ name: "c", image: "i", ...more }] });
const refused = (path: string, body: object): Step => post(`${path}?dryRun=All`, body, 400);

const DEPLOYMENT = `${inGroup("apps/v1")}/deployments/d`;
/** A deployment with something in its text replaced, since JavaScript has no such numbers. */
const altered = (from: string, to: string): string => JSON.stringify(deployment("d")).replace(from, to);
const replicas = (text: string): string => altered('"spec":{', `"spec":{"replicas":${text},`);
const applied = (raw: string, code: number): Step => ({
  do: `PATCH ${DEPLOYMENT}?fieldManager=a`,
  raw,
  code,
  headers: APPLY,
});

export const TYPED_VALUES: readonly Case[] = [
  {
    name: "whole numbers beyond 32 bits lose their upper bits in applies and strategic patches, and nowhere else",
    steps: [
      applied(replicas("2147483648"), 422),
      applied(replicas("99999999999999999999"), 201),
      applied(replicas("4294967297"), 200),
      applied(replicas("1e3"), 200),
      applied(replicas("1.5"), 500),
      applied(replicas('"3"'), 500),
      applied(altered('"containerPort":80', '"containerPort":4294967296'), 422),
      { do: `PATCH ${DEPLOYMENT}`, raw: '{"spec":{"replicas":99999999999999999999}}', headers: STRATEGIC, code: 200 },
      strategic(DEPLOYMENT, { spec: { replicas: 2147483648 } }, 422),
      merge(DEPLOYMENT, { spec: { replicas: 2147483648 } }, 422),
      merge(DEPLOYMENT, { spec: { replicas: 4294967296000 } }, 422),
    ],
  },
  {
    name: "bytes that are no base64 are refused",
    steps: NO_BASE64.flatMap((text) => [
      refused(`${NS}/secrets`, secret({ k: text })),
      refused(`${NS}/configmaps`, binary({ k: text })),
    ]),
  },
  {
    name: "bytes are written as Go writes them",
    steps: OTHERWISE.flatMap((text) => [
      post(`${NS}/secrets?dryRun=All`, secret({ k: text })),
      post(`${NS}/configmaps?dryRun=All`, binary({ k: text })),
      apply(`${NS}/secrets/s`, secret({ k: text }), 201, "a", "&dryRun=All"),
    ]),
  },
  {
    name: "bytes of other types are refused, lists of numbers are bytes",
    steps: [
      ...ODD_BYTES.flatMap((value) => [
        refused(`${NS}/secrets`, secret({ k: value })),
        refused(`${NS}/configmaps`, binary({ k: value })),
      ]),
      ...[1, true, [], "x"].map((value) => refused(`${NS}/secrets`, secret(value))),
      ...[1, true, []].map((value) => refused(`${NS}/secrets`, secret({}, { stringData: { k: value } }))),
      post(`${NS}/secrets?dryRun=All`, secret({ k: [] }), 201, { expect: { "data.k": "" } }),
      post(`${NS}/secrets?dryRun=All`, secret({ k: [97, 98] }), 201, { expect: { "data.k": "YWI=" } }),
      post(`${NS}/secrets?dryRun=All`, secret({ k: null }), 201),
    ],
  },
  {
    name: "no write of any kind brings bytes that are no base64",
    steps: [
      post(`${NS}/secrets`, secret({ a: "YQ==" })),
      post(`${NS}/configmaps`, binary({ a: "YQ==" })),
      ...["not-base64-1", "YQ=", true, 1].flatMap((value) => [
        put(`${NS}/secrets/s`, secret({ k: value }), 400),
        merge(`${NS}/secrets/s`, { data: { k: value } }, 422),
        strategic(`${NS}/secrets/s`, { data: { k: value } }, 422),
        strategic(`${NS}/configmaps/s`, { binaryData: { k: value } }, 422),
        jsonPatch(`${NS}/secrets/s`, [{ op: "add", path: "/data/k", value }], 422),
        apply(`${NS}/secrets/s`, secret({ k: value }), 500),
        apply(`${NS}/secrets/new`, { ...secret({ k: value }), metadata: { name: "new" } }, 500),
      ]),
      get(`${NS}/secrets/s`, 200, { expect: { data: { a: "YQ==" } } }),
      get(`${NS}/secrets/new`, 404),
    ],
  },
  {
    name: "values of other types are refused with the names of Go's types",
    steps: [
      refused(`${NS}/secrets`, secret({}, { type: 1 })),
      ...[
        { restartPolicy: 1 },
        { dnsPolicy: true },
        { preemptionPolicy: [] },
        { tolerations: [{ operator: 1 }] },
        { tolerations: [{ effect: {} }] },
        { os: { name: 1 } },
        { topologySpreadConstraints: [{ whenUnsatisfiable: 1 }] },
        { volumes: [{ name: "v", emptyDir: { medium: 1 } }] },
        { volumes: [{ name: "v", hostPath: { path: "a", type: 1 } }] },
        { volumes: [{ name: 1 }] },
      ].map((spec) => refused(`${NS}/pods`, pod("p", spec))),
      ...[
        { imagePullPolicy: 1 },
        { terminationMessagePolicy: 1 },
        { ports: [{ containerPort: 1, protocol: 1 }] },
        { livenessProbe: { httpGet: { scheme: 1, port: 1 } } },
        { livenessProbe: { httpGet: { port: true } } },
        { livenessProbe: { httpGet: { port: 1.5 } } },
        { livenessProbe: { periodSeconds: "1" } },
      ].map((more) => refused(`${NS}/pods`, container(more))),
      ...[
        { type: 1 },
        { sessionAffinity: 1 },
        { externalTrafficPolicy: 1 },
        { internalTrafficPolicy: 1 },
        { ipFamilies: 1 },
        { ipFamilies: [1] },
        { ipFamilyPolicy: 1 },
        { ports: [{ port: 80, targetPort: 5_000_000_000 }] },
      ].map((spec) => refused(`${NS}/services`, service("s", spec))),
      refused(`${inGroup("apps/v1")}/deployments`, deployment("d", { strategy: { type: 1 } })),
      refused(`${inGroup("batch/v1")}/jobs`, { metadata: { name: "j" }, spec: { completionMode: 1 } }),
      refused(`${inGroup("networking.k8s.io/v1")}/ingresses`, {
        metadata: { name: "i" },
        spec: { rules: [{ http: { paths: [{ pathType: 1 }] } }] },
      }),
      ...[{ uid: 1 }, { ownerReferences: [{ uid: 1 }] }, { managedFields: [{ operation: 1 }] }].map((metadata) =>
        refused(`${NS}/configmaps`, { metadata }),
      ),
    ],
  },
  {
    name: "applies of other types are refused with what Go shows of them",
    steps: [
      ...["x", 1, 1.5, { a: ["b", true] }, ["x", { b: 1, a: null }], []].map((hostNetwork) =>
        apply(`${NS}/pods/p`, { apiVersion: "v1", kind: "Pod", spec: { hostNetwork } }, 500),
      ),
      ...[true, {}, ["x"]].map((priority) =>
        apply(`${NS}/pods/p`, { apiVersion: "v1", kind: "Pod", spec: { priority } }, 500),
      ),
      ...["x", true, { a: 1 }].map((containers) =>
        apply(`${NS}/pods/p`, { apiVersion: "v1", kind: "Pod", spec: { containers } }, 500),
      ),
      ...["x", 1, ["x", { a: 1 }]].map((nodeSelector) =>
        apply(`${NS}/pods/p`, { apiVersion: "v1", kind: "Pod", spec: { nodeSelector } }, 500),
      ),
      ...[1, {}, [true]].map((key) =>
        apply(`${NS}/configmaps/c`, { apiVersion: "v1", kind: "ConfigMap", data: { key } }, 500),
      ),
      apply(`${NS}/pods/p`, { apiVersion: "v1", kind: "Pod", spec: ["x"] }, 500),
    ],
  },
  {
    name: "reviews are read as strictly as objects",
    steps: ["", "?fieldValidation=Strict", "?fieldValidation=Ignore"].flatMap((query) => {
      const isStrict = query.endsWith("Strict");
      const access = "/apis/authorization.k8s.io/v1";
      const identity = "/apis/authentication.k8s.io/v1";
      const pods = { verb: "get", resource: "pods" };
      return [
        post(
          `${access}/selfsubjectaccessreviews${query}`,
          { spec: { resourceAttributes: { ...pods, foo: 1 } }, x: 1 },
          isStrict ? 400 : 201,
        ),
        post(`${access}/selfsubjectaccessreviews${query}`, { spec: 1 }, 400),
        post(`${access}/selfsubjectaccessreviews${query}`, { spec: { resourceAttributes: { verb: 1 } } }, 400),
        post(
          `${access}/subjectaccessreviews${query}`,
          { spec: { user: "u", groups: "g", resourceAttributes: pods } },
          400,
        ),
        post(
          `${access}/subjectaccessreviews${query}`,
          { spec: { user: "u", extra: { a: ["b"] }, nope: 1, resourceAttributes: pods } },
          isStrict ? 400 : 201,
        ),
        post(`${identity}/tokenreviews${query}`, { spec: { token: 1 } }, 400),
      ];
    }),
  },
];
