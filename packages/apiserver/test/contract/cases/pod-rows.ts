import { pod } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { merge, NS, post, table } from "./steps.ts";

const RUNNING = {
  phase: "Running",
  startTime: "2026-01-01T00:00:00Z",
  podIP: "10.1.2.3",
  podIPs: [{ ip: "10.1.2.3" }],
  conditions: [{ type: "Ready", status: "True" }],
  containerStatuses: [
    {
      name: "main",
      image: "busybox:1",
      imageID: "x",
      ready: true,
      restartCount: 3,
      started: true,
      state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
      lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:00:00Z" } },
    },
  ],
};

/** A pod whose status is written, and its row. */
function podRow(name: string, status: object, spec: object = {}, metadata: object = {}): Step[] {
  return [
    post(`${NS}/pods`, pod(name, spec, metadata)),
    merge(`${NS}/pods/${name}/status`, { status }),
    table(`${NS}/pods/${name}`),
  ];
}

function waiting(reason: string, more: object = {}): object {
  return {
    phase: "Pending",
    containerStatuses: [
      {
        name: "main",
        image: "i",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { waiting: { reason } },
        ...more,
      },
    ],
  };
}

const terminated = (state: object): object => ({
  name: "main",
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  state,
});
const initSpec = {
  initContainers: [
    { name: "one", image: "i" },
    { name: "two", image: "i" },
  ],
};

/** What `kubectl get` shows of a pod in each of its states. */
/** How pods are shown in all their states. */
export const POD_ROWS: readonly Case[] = [
  { name: "a running pod's row has restarts and when", steps: podRow("a", RUNNING) },
  { name: "a pod that waits says why", steps: podRow("a", waiting("ImagePullBackOff")) },
  {
    name: "a pod that crashes says so",
    steps: podRow("a", { ...waiting("CrashLoopBackOff", { restartCount: 7 }), phase: "Running" }),
  },
  {
    name: "a pod that ended by itself is Completed",
    steps: podRow("a", {
      phase: "Succeeded",
      containerStatuses: [terminated({ terminated: { exitCode: 0, reason: "Completed" } })],
    }),
  },
  {
    name: "a pod that ended without a reason shows its exit code",
    steps: podRow("a", { phase: "Failed", containerStatuses: [terminated({ terminated: { exitCode: 3 } })] }),
  },
  {
    name: "a pod that was killed shows its signal",
    steps: podRow("a", {
      phase: "Failed",
      containerStatuses: [terminated({ terminated: { exitCode: 137, signal: 9 } })],
    }),
  },
  {
    name: "a pod's own reason is shown",
    steps: podRow("a", { phase: "Failed", reason: "Evicted", message: "low on memory" }),
  },
  {
    name: "init containers are counted",
    steps: podRow(
      "a",
      {
        phase: "Pending",
        initContainerStatuses: [
          { ...terminated({ terminated: { exitCode: 0, reason: "Completed" } }), name: "one", ready: true },
          { ...terminated({ running: {} }), name: "two" },
        ],
      },
      initSpec,
    ),
  },
  {
    name: "init containers that fail are told",
    steps: podRow(
      "a",
      {
        phase: "Pending",
        initContainerStatuses: [
          { ...terminated({ terminated: { exitCode: 1, reason: "Error" } }), name: "one", restartCount: 2 },
        ],
      },
      initSpec,
    ),
  },
  {
    name: "init containers that wait are told",
    steps: podRow(
      "a",
      {
        phase: "Pending",
        initContainerStatuses: [{ ...terminated({ waiting: { reason: "ErrImagePull" } }), name: "one" }],
      },
      initSpec,
    ),
  },
  {
    name: "scheduling gates are told",
    steps: [
      post(`${NS}/pods`, pod("a", { schedulingGates: [{ name: "example.com/wait" }] })),
      table(`${NS}/pods/a`),
      merge(`${NS}/pods/a/status`, {
        status: { conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
      }),
      table(`${NS}/pods/a`),
    ],
  },
  {
    name: "readiness gates and nominated nodes have columns",
    steps: podRow(
      "a",
      { phase: "Running", nominatedNodeName: "n1", conditions: [{ type: "example.com/x", status: "True" }] },
      { readinessGates: [{ conditionType: "example.com/x" }, { conditionType: "example.com/y" }] },
    ),
  },
  {
    name: "a running pod that is being deleted is Terminating",
    steps: [
      ...podRow("a", RUNNING, { nodeName: "n1" }, { finalizers: ["example.com/hold"] }),
      { do: `DELETE ${NS}/pods/a`, code: 200, ignoreBody: true },
      table(`${NS}/pods/a`),
    ],
  },
  {
    name: "sidecars count among the ready containers",
    steps: podRow(
      "a",
      {
        phase: "Running",
        conditions: [{ type: "Initialized", status: "True" }],
        initContainerStatuses: [{ ...terminated({ running: {} }), name: "one", ready: true, started: true }],
        containerStatuses: [{ ...terminated({ running: {} }), ready: true }],
      },
      { initContainers: [{ name: "one", image: "i", restartPolicy: "Always" }] },
    ),
  },
];
