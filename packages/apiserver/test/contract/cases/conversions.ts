import { inPath } from "../hooks.ts";
import { definition, version } from "../objects.ts";
import { TABLE, type Case, type Step } from "../types.ts";
import { apply, get, merge, post, remove } from "./steps.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const V1 = "/apis/{ns}.example.com/v1/namespaces/{ns}/widgets";
const V2 = "/apis/{ns}.example.com/v2/namespaces/{ns}/widgets";
const WATCH_MS = 500;

const schema = (field: string): object => ({
  type: "object",
  properties: {
    spec: { type: "object", properties: { [field]: { type: "integer" }, colour: { type: "string", default: "red" } } },
    status: { type: "object", properties: { ready: { type: "boolean" } } },
  },
});
const columns = (field: string): object => ({
  subresources: { status: {} },
  additionalPrinterColumns: [{ name: "Amount", type: "integer", jsonPath: `.spec.${field}` }],
});
const converting = (path: string): object => ({
  conversion: {
    strategy: "Webhook",
    webhook: {
      clientConfig: { url: `{hooks}/${path}`, caBundle: "{hooksCa}" },
      conversionReviewVersions: ["v1"],
    },
  },
});

const VERSIONS = [
  version("v1", schema("size"), columns("size")),
  version("v2", schema("length"), { storage: false, ...columns("length") }),
];
const defined = (path: string): Step[] => [
  post(CRDS, definition(VERSIONS, converting(path)), 201, { ignoreBody: true }),
  get(V1, 200, { eventually: true }),
  get(V2, 200, { eventually: true }),
];
const widget = (apiVersion: "v1" | "v2", name: string, spec: object): object => ({
  apiVersion: `{ns}.example.com/${apiVersion}`,
  kind: "Widget",
  metadata: { name, labels: { l: name } },
  spec,
});

/** What the webhook spoils, and what reading in the other version comes to. */
const SPOILED: Readonly<Record<string, object>> = {
  "fails with a message": { response: { result: { status: "Failure", message: "cannot do that" } } },
  "fails without a message": { response: { result: { status: "Failure" } } },
  "says nothing of success": { response: { result: {} } },
  "answers another request": { response: { uid: "other" } },
  "gives too few objects": { response: { convertedObjects: [] } },
  "gives another version": { object: { apiVersion: "{ns}.example.com/v1" } },
  "gives another kind": { object: { kind: "Gadget" } },
  "gives another name": { object: { metadata: { name: "other" } } },
  "gives no metadata": { object: { metadata: null } },
  "gives another review": { review: { kind: "Review" } },
};

export const CONVERSIONS: readonly Case[] = [
  {
    name: "an object is read and written in both versions",
    steps: [
      ...defined("convert"),
      post(V1, widget("v1", "a", { size: 3 }), 201, { keep: { rv: "metadata.resourceVersion" } }),
      get(`${V2}/a`, 200, { expect: { "spec.length": 3 } }),
      post(V2, widget("v2", "b", { length: 5 }), 201),
      get(`${V1}/b`, 200, { expect: { "spec.size": 5 } }),
      get(V1),
      get(V2),
      { do: `GET ${V2}`, code: 200, headers: TABLE },
      merge(`${V2}/a`, { spec: { length: 4 } }),
      get(`${V1}/a`, 200, { expect: { "spec.size": 4 } }),
      merge(`${V1}/a/status`, { status: { ready: true } }),
      get(`${V2}/a`, 200, { expect: { "status.ready": true, "spec.length": 4 } }),
      apply(`${V2}/c`, widget("v2", "c", { length: 7 }), 201),
      apply(`${V1}/c`, widget("v1", "c", { size: 8 }), 200),
      get(`${V2}/c`, 200, { expect: { "spec.length": 8 } }),
      remove(`${V2}/b`),
      {
        do: `GET ${V2}?watch=1&resourceVersion={rv}&labelSelector=l%20in%20(a,b)`,
        code: 200,
        watchMs: WATCH_MS,
        expect: { length: 4, "[3].type": "DELETED", "[3].object.metadata.name": "b" },
      },
      {
        do: `GET ${V1}?watch=1&resourceVersion={rv}&labelSelector=l%20in%20(a,b)`,
        code: 200,
        watchMs: WATCH_MS,
        expect: { length: 4, "[3].type": "DELETED", "[3].object.metadata.name": "b" },
      },
      { do: `DELETE ${V2}`, code: 200, ignoreBody: true },
      get(V1, 200, { expect: { "items.length": 0 }, eventually: true, ignoreBody: true }),
    ],
  },
  ...Object.entries(SPOILED).map(([name, value]): Case => ({
    name: `a webhook that ${name}`,
    steps: [
      ...defined("convert"),
      post(V1, widget("v1", "a", { size: 3 }), 201, { ignoreBody: true }),
      merge(`${CRDS}/widgets.{ns}.example.com`, { spec: converting(`convert/${inPath(value)}`) }),
      get(`${V2}/a`, 500, { eventually: true }),
      get(`${V1}/a`),
      post(V2, widget("v2", "b", { length: 3 }), 500),
    ],
  })),
];
