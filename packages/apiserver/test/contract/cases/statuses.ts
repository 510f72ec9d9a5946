import { configMap, deployment } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { apply, inGroup, jsonPatch, merge, NS, post, put, strategic } from "./steps.ts";

const SELECTOR = { matchLabels: { a: "b" } };
const TEMPLATE = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "m", image: "x" }] } };
const SPEC = { selector: SELECTOR, template: TEMPLATE };
const NEGATIVE = { replicas: -1, readyReplicas: -2, availableReplicas: -7, observedGeneration: -3 };
const TOO_MANY = { replicas: 1, readyReplicas: 2, availableReplicas: 7 };
const NOT_READY = { replicas: 3, readyReplicas: 1, availableReplicas: 2 };

/** Every status is refused but the one that others are to come after. */
function refused(name: string, group: string, plural: string, spec: unknown, ...statuses: readonly object[]): Case {
  const path = `${group}/${plural}`;
  return {
    name: `numbers in the status of ${name}`,
    steps: [
      post(path, { metadata: { name: "d" }, spec }),
      ...statuses.map((status) => merge(`${path}/d/status`, { status }, status === GROWN ? 200 : 422)),
    ],
  };
}

const APPS = inGroup("apps/v1");
const GROWN = { collisionCount: 3 };
const GROWS = [GROWN, { collisionCount: 2 }];

const CLEARED = [
  ["a merge patch", merge(`${NS}/configmaps/a`, { metadata: { managedFields: [] } })],
  [
    "a merge patch that changes more",
    merge(`${NS}/configmaps/a`, { metadata: { managedFields: [] }, data: { q: "1" } }),
  ],
  ["a strategic patch", strategic(`${NS}/configmaps/a`, { metadata: { managedFields: [] } })],
  ["a JSON patch", jsonPatch(`${NS}/configmaps/a`, [{ op: "replace", path: "/metadata/managedFields", value: [] }])],
  ["an update", put(`${NS}/configmaps/a`, configMap("a", {}, { managedFields: [] }))],
  ["an update with one empty manager", put(`${NS}/configmaps/a`, configMap("a", {}, { managedFields: [{}] }))],
] as const satisfies readonly (readonly [string, Step])[];

/** Numbers of statuses, and owners of fields that are forgotten. */
export const STATUSES: readonly Case[] = [
  refused("a Deployment", APPS, "deployments", SPEC, NEGATIVE, TOO_MANY, NOT_READY, ...GROWS),
  refused("a ReplicaSet", APPS, "replicasets", SPEC, NEGATIVE, TOO_MANY, NOT_READY),
  refused(
    "a StatefulSet",
    APPS,
    "statefulsets",
    { ...SPEC, serviceName: "x" },
    NEGATIVE,
    TOO_MANY,
    NOT_READY,
    ...GROWS,
  ),
  refused("a DaemonSet", APPS, "daemonsets", SPEC, { currentNumberScheduled: -1, numberReady: -4 }, ...GROWS),
  refused(
    "a ReplicationController",
    NS,
    "replicationcontrollers",
    { selector: { a: "b" }, template: TEMPLATE },
    NEGATIVE,
    TOO_MANY,
  ),
  refused(
    "a budget",
    inGroup("policy/v1"),
    "poddisruptionbudgets",
    { selector: SELECTOR, minAvailable: 1 },
    { disruptionsAllowed: -1, expectedPods: -3 },
  ),
  refused(
    "a scaler",
    inGroup("autoscaling/v2"),
    "horizontalpodautoscalers",
    { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "x", apiVersion: "apps/v1" } },
    { currentReplicas: -1, desiredReplicas: -2 },
  ),
  {
    name: "unknown fields of a patch are warned of in order",
    steps: [
      post(`${APPS}/deployments`, deployment("d")),
      merge(`${APPS}/deployments/d/status`, { status: { zeta: 1, alpha: 2, replicas: 0 } }),
    ],
  },
  ...CLEARED.map(([by, step]): Case => ({
    name: `owners forgotten by ${by} stay so until somebody applies`,
    steps: [
      post(`${NS}/configmaps`, configMap("a")),
      { ...step, expect: { "metadata.managedFields": undefined } },
      { ...merge(`${NS}/configmaps/a`, { data: { b: "1" } }), expect: { "metadata.managedFields": undefined } },
      {
        ...apply(`${NS}/configmaps/a`, configMap("a", { z: "1" }), 200, "x"),
        expect: { "metadata.managedFields.length": 2 },
      },
    ],
  })),
];
