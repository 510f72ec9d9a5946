import { configMap, deployment } from "../objects.ts";
import { APPLY, JSON_PATCH, MERGE, STRATEGIC, type Case } from "../types.ts";

const CMS = "/api/v1/namespaces/{ns}/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/{ns}/deployments";
const minimal = (spec: object): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "a" },
  spec,
});

export const PATCHES: readonly Case[] = [
  {
    name: "merge patches add, change and remove",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a", { a: "1", b: "2" }), code: 201 },
      {
        do: `PATCH ${CMS}/a`,
        body: { data: { a: null, c: "3" } },
        headers: MERGE,
        code: 200,
        expect: { data: { b: "2", c: "3" } },
      },
      { do: `PATCH ${CMS}/a`, body: { metadata: { name: "b" } }, headers: MERGE, code: 400 },
      { do: `PATCH ${CMS}/a`, body: { metadata: { resourceVersion: "1" } }, headers: MERGE, code: 409 },
      { do: `PATCH ${CMS}/nope`, body: {}, headers: MERGE, code: 404 },
      { do: `PATCH ${CMS}/a`, raw: "nonsense", headers: MERGE, code: 400 },
      { do: `PATCH ${CMS}/a?fieldValidation=Strict`, body: { extra: 1 }, headers: MERGE, code: 422 },
      { do: `PATCH ${CMS}/a`, body: { data: 5 }, headers: MERGE, code: 422 },
    ],
  },
  {
    name: "JSON patches carry out operations in order",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a", { a: "1" }), code: 201 },
      {
        do: `PATCH ${CMS}/a`,
        body: [
          { op: "test", path: "/data/a", value: "1" },
          { op: "add", path: "/data/b", value: "2" },
          { op: "remove", path: "/data/a" },
        ],
        headers: JSON_PATCH,
        code: 200,
        expect: { data: { b: "2" } },
      },
      { do: `PATCH ${CMS}/a`, body: [{ op: "test", path: "/data/b", value: "9" }], headers: JSON_PATCH, code: 422 },
      { do: `PATCH ${CMS}/a`, body: [{ op: "remove", path: "/data/nope" }], headers: JSON_PATCH, code: 422 },
      { do: `PATCH ${CMS}/a`, body: { op: "remove" }, headers: JSON_PATCH, code: 400 },
      { do: `PATCH ${CMS}/a`, body: [{ op: "nonsense", path: "/data/b" }], headers: JSON_PATCH, code: 422 },
    ],
  },
  {
    name: "strategic patches merge lists by key",
    steps: [
      { do: `POST ${DEPLOYMENTS}`, body: deployment("a"), code: 201 },
      {
        do: `PATCH ${DEPLOYMENTS}/a`,
        body: { spec: { template: { spec: { containers: [{ name: "side", image: "x:1" }] } } } },
        headers: STRATEGIC,
        code: 200,
        expect: { "spec.template.spec.containers.length": 2 },
      },
      {
        do: `PATCH ${DEPLOYMENTS}/a`,
        body: { spec: { template: { spec: { containers: [{ name: "side", $patch: "delete" }] } } } },
        headers: STRATEGIC,
        code: 200,
        expect: { "spec.template.spec.containers.length": 1 },
      },
      {
        do: `PATCH ${DEPLOYMENTS}/a`,
        body: { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
        headers: STRATEGIC,
        code: 200,
      },
      { do: `PATCH ${DEPLOYMENTS}/a`, body: { spec: { replicas: -1 } }, headers: STRATEGIC, code: 422 },
      {
        do: `PATCH ${DEPLOYMENTS}/a`,
        body: { spec: { selector: { matchLabels: { x: "y" } } } },
        headers: STRATEGIC,
        code: 422,
      },
    ],
  },
  {
    name: "other patch types are not supported",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201 },
      { do: `PATCH ${CMS}/a`, body: {}, headers: { "content-type": "application/json" }, code: 415 },
      { do: `PATCH ${CMS}/a?force=true`, body: {}, headers: MERGE, code: 422 },
    ],
  },
  {
    name: "apply creates, owns, and changes nothing twice",
    steps: [
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=one`,
        body: deployment("a", { replicas: 2 }),
        headers: APPLY,
        code: 201,
        keep: { rv: "metadata.resourceVersion" },
      },
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=one`,
        body: deployment("a", { replicas: 2 }),
        headers: APPLY,
        code: 200,
        expect: { "metadata.resourceVersion": "{rv}" },
      },
      { do: `PATCH ${DEPLOYMENTS}/a`, body: deployment("a"), headers: APPLY, code: 422 },
      { do: `PATCH ${DEPLOYMENTS}/a?fieldManager=one`, raw: "{{{", headers: APPLY, code: 400 },
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=one`,
        body: { ...deployment("a"), apiVersion: "v1" },
        headers: APPLY,
        code: 400,
      },
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=one`,
        body: { ...deployment("a"), nonsense: 1 },
        headers: APPLY,
        code: 500,
      },
    ],
  },
  {
    name: "conflicts name their owners, force takes over",
    steps: [
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=one`,
        body: deployment("a", { replicas: 2 }),
        headers: APPLY,
        code: 201,
      },
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=two`,
        body: minimal({ replicas: 3 }),
        headers: APPLY,
        code: 409,
        expect: { reason: "Conflict" },
      },
      { do: `PATCH ${DEPLOYMENTS}/a?fieldManager=two`, body: minimal({ replicas: 2 }), headers: APPLY, code: 200 },
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=two&force=true`,
        body: minimal({ replicas: 3 }),
        headers: APPLY,
        code: 200,
      },
      { do: `PATCH ${DEPLOYMENTS}/a?fieldManager=two`, body: minimal({}), headers: APPLY, code: 200 },
      { do: `PUT ${DEPLOYMENTS}/a?fieldManager=three`, body: deployment("a", { replicas: 5 }), code: 200 },
      {
        do: `PATCH ${DEPLOYMENTS}/a?fieldManager=one`,
        body: deployment("a", { replicas: 2 }),
        headers: APPLY,
        code: 409,
      },
    ],
  },
  {
    name: "fields that are no longer applied are removed unless others own them",
    steps: [
      {
        do: `PATCH ${CMS}/a?fieldManager=one`,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "1", b: "2" } },
        headers: APPLY,
        code: 201,
      },
      {
        do: `PATCH ${CMS}/a?fieldManager=two`,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { b: "2" } },
        headers: APPLY,
        code: 200,
      },
      {
        do: `PATCH ${CMS}/a?fieldManager=one`,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: {} },
        headers: APPLY,
        code: 200,
        expect: { data: { b: "2" } },
      },
      {
        do: `PATCH ${CMS}/a?fieldManager=one&dryRun=All`,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { z: "1" } },
        headers: APPLY,
        code: 200,
      },
      { do: `GET ${CMS}/a`, code: 200, expect: { data: { b: "2" } } },
      {
        do: `PATCH ${CMS}/a?fieldManager=one`,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", managedFields: [{}] }, data: {} },
        headers: APPLY,
        code: 400,
      },
      {
        do: `PATCH ${CMS}/a`,
        body: { metadata: { managedFields: [{}] } },
        headers: MERGE,
        code: 200,
        expect: { "metadata.managedFields": undefined },
      },
    ],
  },
  {
    name: "scale is a view of replicas",
    steps: [
      { do: `POST ${DEPLOYMENTS}`, body: deployment("a"), code: 201 },
      {
        do: `GET ${DEPLOYMENTS}/a/scale`,
        code: 200,
        expect: { kind: "Scale", "spec.replicas": 1, "status.selector": "app=a" },
      },
      {
        do: `PATCH ${DEPLOYMENTS}/a/scale`,
        body: { spec: { replicas: 4 } },
        headers: MERGE,
        code: 200,
        expect: { "spec.replicas": 4 },
      },
      {
        do: `PUT ${DEPLOYMENTS}/a/scale`,
        body: { metadata: { name: "a", namespace: "{ns}" }, spec: { replicas: 2 } },
        code: 200,
        expect: { "spec.replicas": 2 },
      },
      {
        do: `PUT ${DEPLOYMENTS}/a/scale`,
        body: { metadata: { name: "a", namespace: "{ns}" }, spec: { replicas: -2 } },
        code: 422,
      },
      { do: `GET ${DEPLOYMENTS}/a`, code: 200, expect: { "spec.replicas": 2, "metadata.generation": 3 } },
      { do: `GET ${DEPLOYMENTS}/nope/scale`, code: 404 },
    ],
  },
];
