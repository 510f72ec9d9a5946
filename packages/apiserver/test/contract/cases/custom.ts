import { definition, version, widget, WIDGETS, WIDGET_SCHEMA } from "../objects.ts";
import { APPLY, MERGE, STRATEGIC, TABLE, type Case, type Step } from "../types.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRD = `${CRDS}/widgets.{ns}.example.com`;
const COLUMNS = [
  { name: "Size", type: "integer", jsonPath: ".spec.size" },
  { name: "Colour", type: "string", jsonPath: ".spec.colour" },
  { name: "Ready", type: "boolean", jsonPath: ".status.ready", priority: 1 },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];
const FULL = version("v1", WIDGET_SCHEMA, {
  subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.replicas" } },
  additionalPrinterColumns: COLUMNS,
  selectableFields: [{ jsonPath: ".spec.colour" }],
});

const defined: readonly Step[] = [
  { do: `POST ${CRDS}`, body: definition([FULL]), code: 201, ignoreBody: true },
  {
    do: `GET ${CRD}`,
    code: 200,
    eventually: true,
    expect: { "status.conditions[1].type": "Established", "status.conditions[1].status": "True" },
    ignoreBody: true,
  },
  { do: `GET ${WIDGETS}`, code: 200, eventually: true },
];

/** As Traefik's definitions have it; JSON, which is YAML too. */
const LARGEST = definition([
  version("v1", {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { size: { type: "integer", format: "int64", maximum: 9223372036854775000 } },
      },
    },
  }),
]);
const IN_YAML = { "content-type": "application/yaml" };
const big = (name: string): string =>
  JSON.stringify(widget(name, { size: 0 })).replace('"size":0', '"size": 9007199254740993');

export const CUSTOM: readonly Case[] = [
  {
    name: "integers beyond 2^53 come in YAML and by applies",
    steps: [
      { do: `POST ${CRDS}?dryRun=All`, body: LARGEST, headers: IN_YAML, code: 201 },
      { do: `PATCH ${CRDS}/widgets.{ns}.example.com?fieldManager=a`, body: LARGEST, headers: APPLY, code: 201 },
      { do: `GET ${WIDGETS}`, code: 200, eventually: true, ignoreBody: true },
      { do: `POST ${WIDGETS}`, raw: big("a"), headers: IN_YAML, code: 201 },
      { do: `PATCH ${WIDGETS}/b?fieldManager=a`, raw: big("b"), headers: APPLY, code: 201 },
      { do: `GET ${WIDGETS}/a`, code: 200 },
      { do: `GET ${WIDGETS}/b`, code: 200 },
    ],
  },
  {
    name: "a definition is established and served",
    steps: [
      ...defined,
      { do: `GET ${CRD}`, code: 200 },
      { do: "GET /apis/{ns}.example.com/v1", code: 200, eventually: true },
      { do: "GET /apis/{ns}.example.com", code: 200, eventually: true },
    ],
  },
  {
    name: "custom objects are pruned and get defaults",
    steps: [
      ...defined,
      {
        do: `POST ${WIDGETS}`,
        body: widget("a", { size: 3, extra: 1 }),
        code: 201,
        expect: { spec: { size: 3, colour: "red" }, "metadata.generation": 1 },
      },
      {
        do: `POST ${WIDGETS}?fieldValidation=Strict`,
        body: widget("b", { size: 3, extra: 1, any: { thing: 1 } }),
        code: 400,
      },
      {
        do: `POST ${WIDGETS}`,
        body: widget("c", { size: 3, any: { thing: [1, { x: "y" }] }, port: "http" }),
        code: 201,
      },
      { do: `GET ${WIDGETS}`, code: 200, expect: { "items[0].kind": "Widget" } },
    ],
  },
  {
    name: "faults of custom objects are all told at once",
    steps: [
      ...defined,
      { do: `POST ${WIDGETS}`, body: widget("a", { size: 11, colour: "blue", tags: ["x", "x"] }), code: 422 },
      { do: `POST ${WIDGETS}`, body: widget("a", {}), code: 422 },
      { do: `POST ${WIDGETS}`, body: widget("a", { size: "big" }), code: 422 },
      { do: `POST ${WIDGETS}`, body: widget("a", { size: 7 }), code: 422 },
      { do: `POST ${WIDGETS}`, body: { ...widget("a"), spec: undefined }, code: 422 },
      { do: `POST ${WIDGETS}`, body: widget("A B"), code: 422 },
      { do: `POST ${WIDGETS}`, body: widget("a", { size: 1, ports: [{ name: "x" }, { name: "x" }] }), code: 422 },
    ],
  },
  {
    name: "status of custom objects is its own",
    steps: [
      ...defined,
      {
        do: `POST ${WIDGETS}`,
        body: widget("a", { size: 3 }, { status: { ready: true } }),
        code: 201,
        expect: { status: undefined },
      },
      {
        do: `PATCH ${WIDGETS}/a/status`,
        body: { spec: { size: 9 }, status: { ready: true } },
        headers: MERGE,
        code: 200,
        expect: { "spec.size": 3, "status.ready": true, "metadata.generation": 1 },
      },
      {
        do: `PATCH ${WIDGETS}/a`,
        body: { spec: { size: 4 }, status: { ready: false } },
        headers: MERGE,
        code: 200,
        expect: { "status.ready": true, "metadata.generation": 2 },
      },
      { do: `PATCH ${WIDGETS}/a/status`, body: { status: { ready: "yes" } }, headers: MERGE, code: 422 },
      {
        do: `PATCH ${WIDGETS}/a`,
        body: { metadata: { labels: { x: "y" } } },
        headers: MERGE,
        code: 200,
        expect: { "metadata.generation": 2 },
      },
      { do: `PATCH ${WIDGETS}/a`, body: {}, headers: STRATEGIC, code: 415 },
      { do: `PUT ${WIDGETS}/a`, body: widget("a", { size: 5 }), code: 422 },
    ],
  },
  {
    name: "custom objects have scale, columns and selectable fields",
    steps: [
      ...defined,
      { do: `POST ${WIDGETS}`, body: widget("a"), code: 201 },
      { do: `POST ${WIDGETS}`, body: widget("b", { size: 2, colour: "green" }), code: 201 },
      { do: `GET ${WIDGETS}/a/scale`, code: 200 },
      {
        do: `PATCH ${WIDGETS}/a/scale`,
        body: { spec: { replicas: 5 } },
        headers: MERGE,
        code: 200,
        expect: { "spec.replicas": 5 },
      },
      { do: `GET ${WIDGETS}`, headers: TABLE, code: 200 },
      { do: `GET ${WIDGETS}?fieldSelector=spec.colour%3Dgreen`, code: 200, expect: { "items.length": 1 } },
      { do: `GET ${WIDGETS}?fieldSelector=spec.size%3D3`, code: 400 },
    ],
  },
  {
    name: "custom objects are applied with ownership",
    steps: [
      ...defined,
      {
        do: `PATCH ${WIDGETS}/a?fieldManager=one`,
        body: widget("a", { size: 3, ports: [{ name: "x", port: 1 }] }),
        headers: APPLY,
        code: 201,
      },
      {
        do: `PATCH ${WIDGETS}/a?fieldManager=two`,
        body: widget("a", { size: 4, ports: [{ name: "y", port: 2 }] }),
        headers: APPLY,
        code: 409,
      },
      {
        do: `PATCH ${WIDGETS}/a?fieldManager=two`,
        body: widget("a", { size: 3, ports: [{ name: "y", port: 2 }] }),
        headers: APPLY,
        code: 200,
        expect: { "spec.ports.length": 2 },
      },
      {
        do: `PATCH ${WIDGETS}/a?fieldManager=one`,
        body: widget("a", { size: 3 }),
        headers: APPLY,
        code: 200,
        expect: { "spec.ports.length": 1 },
      },
      { do: `PATCH ${WIDGETS}/a?fieldManager=one`, body: widget("a", { size: 3, nope: 1 }), headers: APPLY, code: 500 },
    ],
  },
  {
    name: "several versions are served from one storage",
    steps: [
      {
        do: `POST ${CRDS}`,
        body: definition([
          FULL,
          version(
            "v1beta1",
            { ...WIDGET_SCHEMA, description: "older" },
            { storage: false, subresources: { status: {} } },
          ),
        ]),
        code: 201,
        ignoreBody: true,
      },
      { do: `GET ${WIDGETS}`, code: 200, eventually: true },
      {
        do: `POST ${WIDGETS.replace("/v1/", "/v1beta1/")}`,
        body: widget("a", { size: 2 }, { apiVersion: "{ns}.example.com/v1beta1" }),
        code: 201,
        expect: { apiVersion: "{ns}.example.com/v1beta1" },
      },
      { do: `GET ${WIDGETS}/a`, code: 200, expect: { apiVersion: "{ns}.example.com/v1" } },
      { do: `GET ${WIDGETS.replace("/v1/", "/v1beta1/")}`, code: 200 },
    ],
  },
  {
    name: "definitions that are none",
    steps: [
      { do: `POST ${CRDS}`, body: { ...definition([FULL]), metadata: { name: "wrong" } }, code: 422 },
      { do: `POST ${CRDS}`, body: definition([]), code: 422 },
      { do: `POST ${CRDS}`, body: definition([version("v1", { type: "object", properties: { a: {} } })]), code: 422 },
      { do: `POST ${CRDS}`, body: definition([{ name: "v1", served: true, storage: true }]), code: 422 },
    ],
  },
  {
    name: "a deleted definition takes its objects along",
    steps: [
      ...defined,
      { do: `POST ${WIDGETS}`, body: widget("a"), code: 201 },
      { do: `DELETE ${CRD}`, code: 200, ignoreBody: true },
      { do: `GET ${CRD}`, code: 404, eventually: true },
      { do: `GET ${WIDGETS}`, code: 404, eventually: true },
    ],
  },
];
