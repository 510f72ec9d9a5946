import { configMap, deployment } from "../objects.ts";
import { PARTIAL, PARTIAL_LIST, type Case } from "../types.ts";

const CMS = "/api/v1/namespaces/{ns}/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/{ns}/deployments";

export const VERBS: readonly Case[] = [
  {
    name: "an object is created, read, replaced and deleted",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201, expect: { kind: "ConfigMap", "data.a": "1" } },
      { do: `GET ${CMS}/a`, code: 200, keep: { rv: "metadata.resourceVersion" } },
      {
        do: `PUT ${CMS}/a`,
        body: configMap("a", { a: "2" }, { resourceVersion: "{rv}" }),
        code: 200,
        expect: { "data.a": "2" },
      },
      {
        do: `PUT ${CMS}/a`,
        body: configMap("a", { a: "3" }, { resourceVersion: "{rv}" }),
        code: 409,
        expect: { reason: "Conflict" },
      },
      { do: `PUT ${CMS}/a`, body: configMap("a", { a: "4" }), code: 200 },
      { do: `DELETE ${CMS}/a`, code: 200, expect: { status: "Success" } },
      { do: `GET ${CMS}/a`, code: 404, expect: { reason: "NotFound" } },
      { do: `DELETE ${CMS}/a`, code: 404 },
    ],
  },
  {
    name: "a name is taken once",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201 },
      { do: `POST ${CMS}`, body: configMap("a"), code: 409, expect: { reason: "AlreadyExists" } },
    ],
  },
  {
    name: "generateName makes a name of five characters",
    steps: [
      { do: `POST ${CMS}`, body: { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "x-" } }, code: 201 },
    ],
  },
  {
    name: "an object without a name is refused",
    steps: [
      {
        do: `POST ${CMS}`,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: {} },
        code: 422,
        expect: { reason: "Invalid" },
      },
    ],
  },
  {
    name: "names follow DNS",
    steps: [
      { do: `POST ${CMS}`, body: configMap("A_b"), code: 422 },
      { do: `POST ${CMS}`, body: configMap("a".repeat(254)), code: 422 },
      { do: `POST ${DEPLOYMENTS}`, body: deployment("Web"), code: 422 },
      { do: "POST /api/v1/namespaces", body: { metadata: { name: "no.dots" } }, code: 422 },
      {
        do: "POST /api/v1/namespaces/{ns}/services",
        body: { metadata: { name: "1abc" }, spec: { ports: [{ port: 1 }] } },
        code: 422,
      },
    ],
  },
  {
    name: "the namespace of the body must be that of the URL",
    steps: [{ do: `POST ${CMS}`, body: configMap("a", {}, { namespace: "other" }), code: 400 }],
  },
  {
    name: "the name of the body must be that of the URL",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201 },
      { do: `PUT ${CMS}/a`, body: configMap("b"), code: 400 },
      { do: `PUT ${CMS}/nope`, body: configMap("nope"), code: 404 },
    ],
  },
  {
    name: "kind and version of the body must be the endpoint's",
    steps: [
      { do: `POST ${CMS}`, body: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } }, code: 400 },
      { do: `POST ${CMS}`, body: { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }, code: 400 },
      { do: `POST ${CMS}`, body: { apiVersion: "v1", kind: "Nonsense", metadata: { name: "a" } }, code: 400 },
    ],
  },
  {
    name: "apiVersion and kind may be left out",
    steps: [{ do: `POST ${CMS}`, body: { metadata: { name: "a" } }, code: 201 }],
  },
  {
    name: "system fields of a new object are the server's",
    steps: [
      {
        do: `POST ${CMS}`,
        body: configMap(
          "a",
          {},
          {
            uid: "mine",
            generation: 7,
            creationTimestamp: "2020-01-01T00:00:00Z",
            deletionTimestamp: "2020-01-01T00:00:00Z",
          },
        ),
        code: 201,
        expect: { "metadata.generation": 7, "metadata.deletionTimestamp": undefined },
      },
      { do: `POST ${CMS}`, body: configMap("b", {}, { resourceVersion: "5" }), code: 500 },
    ],
  },
  {
    name: "a wrong uid is a conflict",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201 },
      { do: `PUT ${CMS}/a`, body: configMap("a", {}, { uid: "00000000-0000-4000-8000-000000000000" }), code: 409 },
      { do: `DELETE ${CMS}/a`, body: { preconditions: { uid: "00000000-0000-4000-8000-000000000000" } }, code: 409 },
      { do: `DELETE ${CMS}/a`, body: { preconditions: { resourceVersion: "1" } }, code: 409 },
    ],
  },
  {
    name: "generation follows the spec",
    steps: [
      { do: `POST ${DEPLOYMENTS}`, body: deployment("a"), code: 201, expect: { "metadata.generation": 1 } },
      { do: `PUT ${DEPLOYMENTS}/a`, body: deployment("a"), code: 200, expect: { "metadata.generation": 1 } },
      {
        do: `PUT ${DEPLOYMENTS}/a`,
        body: deployment("a", { replicas: 4 }),
        code: 200,
        expect: { "metadata.generation": 2 },
      },
      {
        do: `PUT ${DEPLOYMENTS}/a`,
        body: deployment("a", { replicas: 4 }, { annotations: { x: "y" } }),
        code: 200,
        expect: { "metadata.generation": 3 },
      },
    ],
  },
  {
    name: "an update that changes nothing keeps the resourceVersion",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201, keep: { rv: "metadata.resourceVersion" } },
      { do: `PUT ${CMS}/a`, body: configMap("a"), code: 200, expect: { "metadata.resourceVersion": "{rv}" } },
    ],
  },
  {
    name: "status is written through its own subresource",
    steps: [
      {
        do: `POST ${DEPLOYMENTS}`,
        body: { ...deployment("a"), status: { replicas: 9 } },
        code: 201,
        expect: { status: {} },
      },
      {
        do: `PUT ${DEPLOYMENTS}/a/status`,
        body: { ...deployment("a", { replicas: 7 }), status: { replicas: 2 } },
        code: 200,
        expect: { "status.replicas": 2, "spec.replicas": 1 },
      },
      {
        do: `PUT ${DEPLOYMENTS}/a`,
        body: { ...deployment("a"), status: { replicas: 5 } },
        code: 200,
        expect: { "status.replicas": 2 },
      },
      { do: `GET ${DEPLOYMENTS}/a/status`, code: 200 },
    ],
  },
  {
    name: "metadata alone, for those who want no more",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201 },
      { do: `GET ${CMS}/a`, headers: PARTIAL, code: 200, expect: { kind: "PartialObjectMetadata" } },
      { do: `GET ${CMS}`, headers: PARTIAL_LIST, code: 200, expect: { kind: "PartialObjectMetadataList" } },
    ],
  },
  {
    name: "dry run admits, validates and stores nothing",
    steps: [
      { do: `POST ${CMS}?dryRun=All`, body: configMap("a"), code: 201 },
      { do: `GET ${CMS}/a`, code: 404 },
      { do: `POST ${CMS}?dryRun=Some`, body: configMap("a"), code: 422 },
      { do: `POST ${CMS}`, body: configMap("a"), code: 201, keep: { rv: "metadata.resourceVersion" } },
      { do: `PUT ${CMS}/a?dryRun=All`, body: configMap("a", { a: "2" }), code: 200, expect: { "data.a": "2" } },
      { do: `DELETE ${CMS}/a?dryRun=All`, code: 200 },
      { do: `GET ${CMS}/a`, code: 200, expect: { "metadata.resourceVersion": "{rv}", "data.a": "1" } },
      { do: `POST ${CMS}?dryRun=All`, body: configMap("a"), code: 409 },
    ],
  },
  {
    name: "unknown fields are refused, warned of or dropped",
    steps: [
      { do: `POST ${CMS}?fieldValidation=Strict`, body: { ...configMap("a"), extra: 1 }, code: 400 },
      { do: `POST ${CMS}?fieldValidation=Warn`, body: { ...configMap("a"), extra: 1 }, code: 201 },
      { do: `POST ${CMS}?fieldValidation=Ignore`, body: { ...configMap("b"), extra: 1 }, code: 201 },
      { do: `POST ${CMS}?fieldValidation=Bogus`, body: configMap("c"), code: 422 },
      {
        do: `POST ${DEPLOYMENTS}?fieldValidation=Strict`,
        body: deployment("a", {
          replica: 2,
          template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "m", image: "i", prot: 1 }] } },
        }),
        code: 400,
      },
    ],
  },
  {
    name: "duplicate fields are refused or warned of",
    steps: [
      {
        do: `POST ${CMS}?fieldValidation=Strict`,
        raw: '{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}',
        code: 400,
      },
      {
        do: `POST ${CMS}`,
        raw: '{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}',
        code: 201,
        expect: { "data.x": "2" },
      },
    ],
  },
  {
    name: "a wrong type is a bad request",
    steps: [
      { do: `POST ${CMS}`, body: { metadata: { name: "a" }, data: { x: 1 } }, code: 400 },
      { do: `POST ${DEPLOYMENTS}`, body: deployment("a", { replicas: "three" }), code: 400 },
      { do: `POST ${CMS}`, raw: "{", code: 400 },
      { do: `POST ${CMS}`, raw: "[]", code: 400 },
      { do: `POST ${CMS}`, raw: "", code: 400 },
    ],
  },
  {
    name: "bodies may be YAML",
    steps: [
      {
        do: `POST ${CMS}`,
        raw: "metadata:\n  name: a\ndata:\n  x: 'y'\n",
        headers: { "content-type": "application/yaml" },
        code: 201,
        expect: { "data.x": "y" },
      },
      { do: `POST ${CMS}`, raw: "a", headers: { "content-type": "text/plain" }, code: 415 },
    ],
  },
  {
    name: "paths and verbs that nobody serves",
    steps: [
      { do: "GET /nope", code: 404 },
      { do: "GET /apis/nope/v1", code: 404 },
      { do: "GET /apis/apps/v1/nope", code: 404 },
      { do: "GET /apis/apps/v9/deployments", code: 404 },
      { do: `POST ${CMS}/a`, body: configMap("a"), code: 405 },
      { do: "PUT /api/v1/namespaces/{ns}/configmaps", body: configMap("a"), code: 405 },
      { do: `GET ${CMS}/a/nope`, code: 404 },
      { do: `GET ${CMS}/a/status`, code: 404 },
    ],
  },
  {
    name: "answers in a form nobody can write are not acceptable",
    steps: [
      { do: CMS.replace(/^/, "GET "), headers: { accept: "text/html" }, code: 406 },
      { do: `GET ${CMS}`, headers: { accept: "application/json;as=Nonsense;g=meta.k8s.io;v=v1" }, code: 406 },
    ],
  },
  {
    name: "a collection is deleted by selector",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a", {}, { labels: { x: "1" } }), code: 201 },
      { do: `POST ${CMS}`, body: configMap("b", {}, { labels: { x: "2" } }), code: 201 },
      { do: `DELETE ${CMS}?labelSelector=x%3D1`, code: 200, ignoreBody: true },
      { do: `GET ${CMS}?labelSelector=x`, code: 200, expect: { "items.length": 1 } },
    ],
  },
  {
    name: "finalizers hold a deletion up",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a", {}, { finalizers: ["example.com/hold"] }), code: 201 },
      { do: `DELETE ${CMS}/a`, code: 200, expect: { kind: "ConfigMap", "metadata.deletionGracePeriodSeconds": 0 } },
      { do: `DELETE ${CMS}/a`, code: 200 },
      {
        do: `PUT ${CMS}/a`,
        body: configMap("a", {}, { finalizers: ["example.com/hold", "example.com/more"] }),
        code: 422,
      },
      { do: `PUT ${CMS}/a`, body: configMap("a", {}, { finalizers: [] }), code: 200 },
      { do: `GET ${CMS}/a`, code: 404 },
    ],
  },
  {
    name: "propagation policies become finalizers",
    steps: [
      { do: `POST ${CMS}`, body: configMap("f", {}, { finalizers: ["example.com/hold"] }), code: 201 },
      { do: `DELETE ${CMS}/f?propagationPolicy=Foreground`, code: 200 },
      { do: `POST ${CMS}`, body: configMap("o", {}, { finalizers: ["example.com/hold"] }), code: 201 },
      {
        do: `DELETE ${CMS}/o`,
        body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Orphan" },
        code: 200,
      },
      { do: `DELETE ${CMS}/o?propagationPolicy=Sideways`, code: 422 },
      { do: `DELETE ${CMS}/o`, body: { propagationPolicy: "Orphan", orphanDependents: true }, code: 422 },
    ],
  },
];
