import { isJsonObject, type JsonObject } from "@fairlead/base";
import { findCondition } from "../api/conditions.ts";
import { timestamp } from "../api/time.ts";
import type { Condition, Container, ContainerStatus, Pod, PodStatus } from "../api/types.ts";
import { containerId, fullImageName, imageId } from "./images.ts";
import type { End, Moment } from "./timeline.ts";

export interface StatusFacts {
  readonly pod: Pod;
  readonly moment: Moment;
  /** When the pod got its node; the moment's times count from here. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly podIp: string;
  readonly hostIp: string;
}

/** A pod's status as the kubelet writes it. Fields it does not know (the quality of service) are left to the server. */
export function podStatus(facts: StatusFacts): PodStatus {
  const { pod, moment, sinceMs, podIp, hostIp } = facts;
  const { phase: _, message: __, reason: ___, ...kept } = pod.status ?? {};
  const hasStarted = moment.kind !== "creating" && moment.kind !== "pull-failed";
  const hasSandbox = moment.kind !== "creating";
  return {
    ...kept,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase: phaseOf(moment),
    conditions: conditionsOf(facts),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(hasSandbox ? { podIP: podIp, podIPs: [{ ip: podIp }] } : {}),
    startTime: pod.status?.startTime ?? timestamp(sinceMs),
    ...(pod.spec.initContainers?.length
      ? {
          initContainerStatuses: pod.spec.initContainers.map((container) =>
            hasStarted ? initStatus(facts, container) : waitingStatus(container, { reason: "PodInitializing" }),
          ),
        }
      : {}),
    containerStatuses: pod.spec.containers.map((container) => {
      const known = pod.status?.containerStatuses?.find(({ name }) => name === container.name);
      return withKnownTimes(containerStatus(facts, container), known);
    }),
  };
}

/**
 * What was told of a run stays told: after a restart of the simulator the times worked out anew would differ by a second, and every
 * pod would be written again.
 */
function withKnownTimes(fresh: ContainerStatus, known: ContainerStatus | undefined): ContainerStatus {
  if (known?.restartCount !== fresh.restartCount || reasonOf(known.state) !== reasonOf(fresh.state)) return fresh;
  const isWaiting = "waiting" in fresh.state;
  const hasLast = known.lastState?.["terminated"] !== undefined && fresh.lastState?.["terminated"] !== undefined;
  return {
    ...fresh,
    ...(isWaiting ? {} : { state: known.state }),
    ...(hasLast && known.lastState ? { lastState: known.lastState } : {}),
  };
}

/** `running`, `waiting CrashLoopBackOff`, `terminated Error`. */
function reasonOf(state: JsonObject): string {
  const [name = "", detail] = Object.entries(state)[0] ?? [];
  return `${name} ${isJsonObject(detail) ? String(detail["reason"] ?? "") : ""}`;
}

function phaseOf(moment: Moment): string {
  switch (moment.kind) {
    case "creating":
    case "pull-failed":
      return "Pending";
    case "ended":
      return moment.last.code === 0 ? "Succeeded" : "Failed";
    default:
      return "Running";
  }
}

function conditionsOf({ pod, moment, nowMs }: StatusFacts): Condition[] {
  const isReady = moment.kind === "running" && moment.isReady;
  const isInitialized = moment.kind !== "creating" || !pod.spec.initContainers?.length;
  const names = pod.spec.containers.map(({ name }) => name);
  const unready =
    moment.kind === "ended" && moment.last.code === 0
      ? { reason: "PodCompleted" }
      : moment.kind === "ended"
        ? { reason: "PodFailed" }
        : { reason: "ContainersNotReady", message: `containers with unready status: [${names.join(" ")}]` };
  const initialized =
    moment.kind === "ended" && moment.last.code === 0
      ? { reason: "PodCompleted" }
      : isInitialized
        ? {}
        : {
            reason: "ContainersNotInitialized",
            message: `containers with incomplete status: [${pod.spec.initContainers?.map(({ name }) => name).join(" ")}]`,
          };
  const hasSandbox = moment.kind !== "creating" && moment.kind !== "ended";
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
  const own = [
    conditionOf(pod, nowMs, "PodReadyToStartContainers", hasSandbox),
    conditionOf(pod, nowMs, "Initialized", isInitialized, initialized),
    conditionOf(pod, nowMs, "Ready", isReady, isReady ? {} : unready),
    conditionOf(pod, nowMs, "ContainersReady", isReady, isReady ? {} : unready),
    conditionOf(pod, nowMs, "PodScheduled", true),
    // Nobody else would ever set them here, and a pod with a gate must not wait for ever.
    ...gates.map((gate) => conditionOf(pod, nowMs, gate, isReady)),
  ];
  const others = (pod.status?.conditions ?? []).filter(({ type }) => !own.some((condition) => condition.type === type));
  return [...own, ...others];
}

function conditionOf(pod: Pod, nowMs: number, type: string, holds: boolean, why: Partial<Condition> = {}): Condition {
  const status = holds ? "True" : "False";
  const known = findCondition(pod.status?.conditions, type);
  const since = known?.status === status ? known.lastTransitionTime : undefined;
  return {
    type,
    status,
    ...why,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    lastProbeTime: null,
    lastTransitionTime: since ?? timestamp(nowMs),
  };
}

function containerStatus(facts: StatusFacts, container: Container): ContainerStatus {
  const { pod, moment, sinceMs } = facts;
  const at = (ms: number): string => timestamp(sinceMs + ms);
  const known = pod.status?.containerStatuses?.find(({ name }) => name === container.name)?.restartCount ?? 0;
  // What was counted stays counted, also when an annotation changes what would have been.
  const restarts = Math.max(known, "restarts" in moment ? moment.restarts : 0);
  switch (moment.kind) {
    case "creating":
      return waitingStatus(container, {
        reason: pod.spec.initContainers?.length ? "PodInitializing" : "ContainerCreating",
      });
    case "pull-failed":
      return waitingStatus(container, pullFailure(container, moment.isBackingOff));
    case "running":
      return startedStatus(facts, container, restarts, moment.isReady, moment.last, {
        running: { startedAt: at(moment.startedMs) },
      });
    case "backing-off": {
      const ended = { terminated: terminated(facts, container, restarts, moment.last) };
      if (moment.delayMs === 0) return startedStatus(facts, container, restarts, false, undefined, ended);
      const name = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
      const message = `back-off ${backoffText(moment.delayMs)} restarting failed container=${container.name} pod=${name}`;
      return startedStatus(facts, container, restarts, false, moment.last, {
        waiting: { reason: "CrashLoopBackOff", message },
      });
    }
    case "ended":
      return startedStatus(facts, container, restarts, false, undefined, {
        terminated: terminated(facts, container, restarts, moment.last),
      });
  }
}

function waitingStatus(container: Container, waiting: JsonObject): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: "",
    lastState: {},
    ready: false,
    restartCount: 0,
    started: false,
    state: { waiting },
  };
}

function startedStatus(
  facts: StatusFacts,
  container: Container,
  restarts: number,
  isReady: boolean,
  last: End | undefined,
  state: JsonObject,
): ContainerStatus {
  return {
    name: container.name,
    image: fullImageName(container.image ?? ""),
    imageID: imageId(container.image ?? ""),
    containerID: containerId(facts.pod.metadata.uid ?? "", container.name, restarts),
    lastState: last ? { terminated: terminated(facts, container, restarts - 1, last) } : {},
    ready: isReady,
    restartCount: restarts,
    started: "running" in state,
    state,
  };
}

/** Init containers are done as soon as the others start; one that is kept running beside them stays. */
function initStatus(facts: StatusFacts, container: Container): ContainerStatus {
  const { moment, sinceMs } = facts;
  const known = facts.pod.status?.initContainerStatuses?.find(({ name }) => name === container.name);
  const isSidecar = container.restartPolicy === "Always" && moment.kind !== "ended";
  const done = { code: 0, reason: "Completed" as const, startedMs: 0, endedMs: 0 };
  const state = isSidecar
    ? { running: { startedAt: timestamp(sinceMs) } }
    : { terminated: terminated(facts, container, 0, done) };
  return withKnownTimes(startedStatus(facts, container, 0, true, undefined, state), known);
}

function terminated({ pod, sinceMs }: StatusFacts, container: Container, restarts: number, end: End): JsonObject {
  return {
    exitCode: end.code,
    reason: end.reason,
    startedAt: timestamp(sinceMs + end.startedMs),
    finishedAt: timestamp(sinceMs + end.endedMs),
    containerID: containerId(pod.metadata.uid ?? "", container.name, Math.max(0, restarts)),
  };
}

function pullFailure({ image = "" }: Container, isBackingOff: boolean): JsonObject {
  const cause = pullError(image);
  return isBackingOff
    ? { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}": ErrImagePull: ${cause}` }
    : { reason: "ErrImagePull", message: cause };
}

/** What containerd says of an image that is not there. */
export function pullError(image: string): string {
  const full = fullImageName(image);
  return (
    `rpc error: code = NotFound desc = failed to pull and unpack image "${full}": ` +
    `failed to resolve reference "${full}": ${full}: not found`
  );
}

function backoffText(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
