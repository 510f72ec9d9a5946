import type { KubeObject } from "@fairlead/apimachinery";
import { findCondition } from "../api/conditions.ts";
import { timestamp } from "../api/time.ts";
import type { Condition } from "../api/types.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";

export interface Autoscaler extends KubeObject {
  spec?: {
    minReplicas?: number;
    maxReplicas?: number;
    scaleTargetRef?: { apiVersion?: string; kind?: string; name?: string };
    metrics?: Array<Record<string, unknown>>;
  } & KubeObject["spec"];
  status?: {
    currentReplicas?: number;
    desiredReplicas?: number;
    lastScaleTime?: string;
    observedGeneration?: number;
    conditions?: Condition[];
  };
}

export interface AutoscalerFacts {
  readonly scaler: Autoscaler;
  /** What it scales; undefined when that is not there. */
  readonly target: KubeObject | undefined;
  readonly nowMs: number;
}

/**
 * Keeps the target between minimum and maximum. There is no load in a simulation, so no metric ever asks for more; a target that
 * is scaled to zero is switched off and left alone, as the real controller leaves it.
 */
export function decideAutoscaler({ scaler, target, nowMs }: AutoscalerFacts): Decision {
  if (scaler.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const { minReplicas: min = 1, maxReplicas: max = 1, scaleTargetRef } = scaler.spec ?? {};
  const base = { ...scaler.status };
  if (!target) {
    const { apiVersion = "", kind = "", name = "" } = scaleTargetRef ?? {};
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/", 1)[0] ?? ""}` : "";
    const resource = `${kind.toLowerCase()}s${group}`;
    const message = `the HPA controller was unable to get the target's current scale: ${resource} "${name}" not found`;
    const failed = condition(scaler, nowMs, "AbleToScale", "False", "FailedGetScale", message);
    const status = { currentReplicas: 0, desiredReplicas: 0, ...base, conditions: withConditions(scaler, [failed]) };
    const actions = statusAction(scaler, status);
    if (actions.length === 0) return { actions };
    return {
      actions: [...actions, { do: "event", about: scaler, type: "Warning", reason: "FailedGetScale", message }],
    };
  }
  const current = replicasOf(target, "spec") ?? 1;
  if (current === 0 && min !== 0) {
    const message = "scaling is disabled since the replica count of the target is zero";
    const disabled = condition(scaler, nowMs, "ScalingActive", "False", "ScalingDisabled", message);
    const able = condition(scaler, nowMs, "AbleToScale", "True", "SucceededGetScale", GOT_SCALE);
    const status = {
      ...base,
      currentReplicas: 0,
      desiredReplicas: 0,
      conditions: withConditions(scaler, [able, disabled]),
    };
    return { actions: statusAction(scaler, status) };
  }
  const desired = Math.max(min, Math.min(max, current));
  const status = {
    ...base,
    currentReplicas: replicasOf(target, "status") ?? 0,
    desiredReplicas: desired,
    ...(desired === current ? {} : { lastScaleTime: timestamp(nowMs) }),
    conditions: withConditions(scaler, conditionsOf(scaler, nowMs, current, desired)),
  };
  return { actions: [...scaling(scaler, target, current, desired), ...statusAction(scaler, status)] };
}

const GOT_SCALE = "the HPA controller was able to get the target's current scale";

function scaling(scaler: Autoscaler, target: KubeObject, current: number, desired: number): Action[] {
  if (current === desired) return [];
  const why =
    current < desired
      ? "Current number of replicas below Spec.MinReplicas"
      : "Current number of replicas above Spec.MaxReplicas";
  const message = `New size: ${desired}; reason: ${why}`;
  return [
    { do: "patch", object: target, patch: { spec: { replicas: desired } } },
    { do: "event", about: scaler, type: "Normal", reason: "SuccessfulRescale", message },
  ];
}

function conditionsOf(scaler: Autoscaler, nowMs: number, current: number, desired: number): Condition[] {
  const { minReplicas: min = 1, maxReplicas: max = 1 } = scaler.spec ?? {};
  const able =
    current === desired
      ? condition(scaler, nowMs, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size")
      : condition(
          scaler,
          nowMs,
          "AbleToScale",
          "True",
          "SucceededRescale",
          `the HPA controller was able to update the target scale to ${desired}`,
        );
  const limited =
    current < min
      ? condition(
          scaler,
          nowMs,
          "ScalingLimited",
          "True",
          "TooFewReplicas",
          "the desired replica count is less than the minimum replica count",
        )
      : current > max
        ? condition(
            scaler,
            nowMs,
            "ScalingLimited",
            "True",
            "TooManyReplicas",
            "the desired replica count is more than the maximum replica count",
          )
        : condition(
            scaler,
            nowMs,
            "ScalingLimited",
            "False",
            "DesiredWithinRange",
            "the desired count is within the acceptable range",
          );
  const active = condition(
    scaler,
    nowMs,
    "ScalingActive",
    "True",
    "ValidMetricFound",
    "the HPA was able to successfully calculate a replica count from simulated metrics",
  );
  return [able, active, limited];
}

function condition(
  scaler: Autoscaler,
  nowMs: number,
  type: string,
  status: string,
  reason: string,
  message: string,
): Condition {
  const known = findCondition(scaler.status?.conditions, type);
  const since = known?.status === status ? known.lastTransitionTime : undefined;
  return { type, status, lastTransitionTime: since ?? timestamp(nowMs), reason, message };
}

function withConditions(scaler: Autoscaler, fresh: readonly Condition[]): Condition[] {
  const others = (scaler.status?.conditions ?? []).filter(({ type }) => !fresh.some((item) => item.type === type));
  return [...fresh, ...others];
}

function replicasOf(target: KubeObject, part: "spec" | "status"): number | undefined {
  const value = (target[part] as { replicas?: unknown } | undefined)?.replicas;
  return typeof value === "number" ? value : undefined;
}
