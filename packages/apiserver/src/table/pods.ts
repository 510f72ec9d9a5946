import type { JsonObject } from "@fairlead/base";
import { isCondition, objectsIn, printer, textOf, valueAt, type Reader } from "./columns.ts";
import type { RowCondition, TablePrinter } from "../registry/types.ts";
import { age } from "./cells.ts";

/** What containers say together (pkg/printers/internalversion printPod). */
interface PodState {
  reason: string;
  ready: number;
  restarts: number;
  lastRestart: string;
}

const ENDED: Readonly<Record<string, RowCondition>> = {
  Succeeded: {
    type: "Completed",
    status: "True",
    reason: "Succeeded",
    message: "The pod has completed successfully.",
  },
  Failed: { type: "Completed", status: "True", reason: "Failed", message: "The pod failed." },
};

const CELLS = printer("Name! Ready Status Restarts Age IP+ Node+ Nominated_Node+ Readiness_Gates+", (pod) => {
  const state = stateOf(pod);
  const total = pod.list("spec.containers").length + pod.list("spec.initContainers").filter(isSidecar).length;
  const restarts =
    state.restarts > 0 && state.lastRestart !== ""
      ? `${state.restarts} (${age(state.lastRestart, pod.nowMs)} ago)`
      : String(state.restarts);
  return [
    pod.name,
    `${state.ready}/${total}`,
    state.reason,
    restarts,
    pod.age,
    textOf(pod.list("status.podIPs")[0]?.["ip"], "<none>"),
    pod.text("spec.nodeName", "<none>"),
    pod.text("status.nominatedNodeName", "<none>"),
    readinessGates(pod),
  ];
});

export const POD_PRINTER: TablePrinter = {
  ...CELLS,
  conditions(pod) {
    const ended = ENDED[textOf(valueAt(pod, "status.phase"))];
    return ended === undefined ? undefined : [ended];
  },
};

function stateOf(pod: Reader): PodState {
  const conditions = pod.list("status.conditions");
  const phase = pod.text("status.phase");
  const isGated = conditions.some((item) => item["type"] === "PodScheduled" && item["reason"] === "SchedulingGated");
  const state: PodState = {
    reason: isGated ? "SchedulingGated" : pod.text("status.reason", phase),
    ready: 0,
    restarts: 0,
    lastRestart: "",
  };
  const isInitializing = readInitContainers(pod, state);
  if (!isInitializing || isCondition(conditions, "Initialized")) readContainers(pod, state, conditions);
  if (pod.isDeleting && pod.text("status.reason") === "NodeLost") state.reason = "Unknown";
  else if (pod.isDeleting && phase !== "Succeeded" && phase !== "Failed") state.reason = "Terminating";
  return state;
}

function isSidecar(container: JsonObject | undefined): boolean {
  return container?.["restartPolicy"] === "Always";
}

/** Whether init containers are still at work; restarts count those of sidecars afterwards, else those of all. */
function readInitContainers(pod: Reader, state: PodState): boolean {
  const specs = new Map(pod.list("spec.initContainers").map((container) => [container["name"], container]));
  const statuses = pod.list("status.initContainerStatuses");
  const sidecars: PodState = { ...state };
  let isInitializing = false;
  for (const [index, status] of statuses.entries()) {
    countRestarts(status, state);
    const isOwnSidecar = isSidecar(specs.get(status["name"]));
    if (isOwnSidecar) countRestarts(status, sidecars);
    const terminated = valueAt(status, "state.terminated");
    if (terminated !== undefined && Number(valueAt(terminated, "exitCode") ?? 0) === 0) continue;
    if (isOwnSidecar && status["started"] === true) {
      if (status["ready"] === true) state.ready++;
      continue;
    }
    state.reason = initReason(status, index, specs.size);
    isInitializing = true;
    break;
  }
  if (!isInitializing || isCondition(pod.list("status.conditions"), "Initialized")) {
    state.restarts = sidecars.restarts;
    state.lastRestart = sidecars.lastRestart;
  }
  return isInitializing;
}

function initReason(status: JsonObject, index: number, total: number): string {
  const terminated = valueAt(status, "state.terminated");
  if (terminated !== undefined) return `Init:${endReason(status)}`;
  const waiting = textOf(valueAt(status, "state.waiting.reason"));
  return waiting !== "" && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${total}`;
}

function readContainers(pod: Reader, state: PodState, conditions: readonly JsonObject[]): void {
  let hasRunning = false;
  let errorReason = "";
  for (const status of pod.list("status.containerStatuses").toReversed()) {
    countRestarts(status, state);
    const waiting = textOf(valueAt(status, "state.waiting.reason"));
    if (waiting !== "") state.reason = waiting;
    else if (valueAt(status, "state.terminated") !== undefined) {
      state.reason = endReason(status);
      if (Number(valueAt(status, "state.terminated.exitCode") ?? 0) !== 0) errorReason = state.reason;
    } else if (status["ready"] === true && valueAt(status, "state.running") !== undefined) {
      hasRunning = true;
      state.ready++;
    }
  }
  if (state.reason !== "Completed") return;
  if (hasRunning && isCondition(conditions, "Ready")) state.reason = "Running";
  else if (errorReason !== "") state.reason = errorReason;
  else if (hasRunning) state.reason = "NotReady";
}

function endReason(status: JsonObject): string {
  const reason = textOf(valueAt(status, "state.terminated.reason"));
  if (reason !== "") return reason;
  const signal = Number(valueAt(status, "state.terminated.signal") ?? 0);
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${Number(valueAt(status, "state.terminated.exitCode") ?? 0)}`;
}

function countRestarts(status: JsonObject, state: PodState): void {
  state.restarts += Number(status["restartCount"] ?? 0);
  const finished = textOf(valueAt(status, "lastState.terminated.finishedAt"));
  if (finished > state.lastRestart) state.lastRestart = finished;
}

function readinessGates(pod: Reader): string {
  const gates = pod.list("spec.readinessGates");
  if (gates.length === 0) return "<none>";
  const conditions = objectsIn(pod.value("status.conditions"));
  const passed = gates.filter((gate) => isCondition(conditions, textOf(gate["conditionType"])));
  return `${passed.length}/${gates.length}`;
}
