import { mergePatchOf, type Action, type Decision } from "../engine/action.ts";
import type { Pod, PodStatus } from "../api/types.ts";
import { podStatus, pullError } from "./status.ts";
import { momentOf, type Moment, type PodPlan } from "./timeline.ts";

export interface PodFacts {
  readonly pod: Pod;
  readonly plan: PodPlan;
  /** When the pod got its node. */
  readonly sinceMs: number;
  /** When its deletion was first seen; undefined while it is wanted. */
  readonly leavingSinceMs?: number | undefined;
  readonly nowMs: number;
  readonly podIp: string;
  readonly hostIp: string;
  /** How long containers take to stop. */
  readonly stopMs: number;
}

/**
 * A status is written as soon as it is worth seeing: a start that is over within this time goes straight from nothing to running,
 * which saves a write for each of thousands of pods.
 */
const STATUS_WORTH_MS = 1_000;

/** What the kubelet does next about a pod on its node: write the status that is due, or let go of a pod that was deleted. */
export function decidePod(facts: PodFacts): Decision {
  const { pod, plan, sinceMs, nowMs } = facts;
  if (facts.leavingSinceMs !== undefined) return leave(facts, facts.leavingSinceMs);
  if (hasEnded(pod)) return { actions: [] };
  const moment = momentOf(plan, nowMs - sinceMs);
  const wakeAtMs = "untilMs" in moment && moment.untilMs !== undefined ? sinceMs + moment.untilMs : undefined;
  const isFleeting = moment.kind === "creating" && moment.untilMs - (nowMs - sinceMs) <= STATUS_WORTH_MS;
  const isUntouched = (pod.status?.containerStatuses ?? []).length === 0;
  if (isFleeting && isUntouched) return { actions: [], wakeAtMs };
  const status = podStatus({ ...facts, moment });
  const patch = mergePatchOf(pod.status ?? {}, status);
  if (patch === undefined) return { actions: [], wakeAtMs };
  return {
    actions: [
      { do: "patch", object: pod, patch: { status: patch }, subresource: "status" },
      ...tellings(pod, moment, plan),
    ],
    wakeAtMs,
  };
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function leave({ pod, nowMs, stopMs }: PodFacts, sinceMs: number): Decision {
  const grace = pod.metadata.deletionGracePeriodSeconds ?? 0;
  const goneAt = sinceMs + (hasEnded(pod) ? 0 : Math.min(stopMs, grace * 1000));
  const stopping: Action[] = pod.spec.containers.map(({ name }) =>
    told(pod, "Normal", "Killing", `Stopping container ${name}`),
  );
  if (nowMs < goneAt) return { actions: nowMs === sinceMs ? stopping : [], wakeAtMs: goneAt };
  return { actions: [...(goneAt === sinceMs ? stopping : []), { do: "delete", object: pod, graceSeconds: 0 }] };
}

/** The events that go with a new status, in the kubelet's words. */
function tellings(pod: Pod, moment: Moment, plan: PodPlan): Action[] {
  const before = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
  switch (moment.kind) {
    case "running":
      return isNewRun(pod.status, moment.restarts, before)
        ? [...startedTellings(pod), ...probeTellings(pod, moment, plan)]
        : probeTellings(pod, moment, plan);
    case "ended":
      return isNewRun(pod.status, moment.restarts, before) ? startedTellings(pod) : [];
    case "pull-failed":
      return pod.spec.containers.flatMap(({ image = "" }) => pullTellings(pod, image, moment.isBackingOff));
    case "backing-off":
      if (moment.delayMs === 0) return [];
      return pod.spec.containers.map(({ name }) => {
        const { name: podName, namespace, uid } = pod.metadata;
        const of = `${podName}_${namespace}(${uid})`;
        return told(pod, "Warning", "BackOff", `Back-off restarting failed container ${name} in pod ${of}`);
      });
    case "creating":
      return [];
  }
}

function isNewRun(status: PodStatus | undefined, restarts: number, before: number): boolean {
  const hasRun = status?.phase === "Running";
  return !hasRun || restarts > before;
}

function startedTellings(pod: Pod): Action[] {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return containers.flatMap(({ image = "" }) => [
    told(pod, "Normal", "Pulled", `Container image "${image}" already present on machine`),
    told(pod, "Normal", "Created", "Container created"),
    told(pod, "Normal", "Started", "Container started"),
  ]);
}

function probeTellings(pod: Pod, moment: Moment, plan: PodPlan): Action[] {
  if (moment.kind !== "running" || moment.isReady || !plan.hasReadinessProbe) return [];
  return [told(pod, "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")];
}

function pullTellings(pod: Pod, image: string, isBackingOff: boolean): Action[] {
  if (isBackingOff) {
    return [
      told(pod, "Normal", "BackOff", `Back-off pulling image "${image}"`),
      told(pod, "Warning", "Failed", "Error: ImagePullBackOff"),
    ];
  }
  return [
    told(pod, "Normal", "Pulling", `Pulling image "${image}"`),
    told(pod, "Warning", "Failed", `Failed to pull image "${image}": ${pullError(image)}`),
    told(pod, "Warning", "Failed", "Error: ErrImagePull"),
  ];
}

function told(about: Pod, type: "Normal" | "Warning", reason: string, message: string): Action {
  return { do: "event", about, type, reason, message };
}
