import { jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { matchesLabels } from "../selector/label-match.ts";
import { labelSelectorFromObject } from "../selector/label-parse.ts";
import { child, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, has, named, nonNegative, numberOf, structOf, structsOf, textOf } from "./access.ts";
import { immutable, NEGATIVE, validateSelector } from "./metadata.ts";
import { dns1123Label, percent } from "./names.ts";
import { validatePodTemplate } from "./pod.ts";
import { validateClaimSpec } from "./storage.ts";

const NO_MATCH = "`selector` does not match template `labels`";

/** The selector of a workload; undefined when it can't be read. */
function selects(selector: JsonObject, labels: Record<string, string>): boolean | undefined {
  try {
    return matchesLabels(labelSelectorFromObject(selector), labels);
  } catch {
    return undefined;
  }
}

function isEmptySelector(selector: JsonObject): boolean {
  const labels = Object.keys(structOf(selector, "matchLabels") ?? {}).length;
  return labels + structsOf(selector, "matchExpressions").length === 0;
}

function templateLabels(spec: JsonObject): Record<string, string> {
  return (structOf(structOf(structOf(spec, "template"), "metadata"), "labels") ?? {}) as Record<string, string>;
}

/** `kind` as the message about an empty selector names it. */
function workloadSelector(spec: JsonObject, path: string, kind: string): FieldError[] {
  const selector = structOf(spec, "selector");
  const inner = child(path, "selector");
  if (!selector) return [required(inner)];
  const errors = validateSelector(selector, inner);
  if (isEmptySelector(selector)) errors.push(invalid(inner, selector, `empty selector is invalid for ${kind}`));
  return errors;
}

/** The pod template of a controller that keeps pods running. */
function runningTemplate(
  spec: JsonObject,
  path: string,
  kind: string,
  template = structOf(spec, "template") ?? {},
): FieldError[] {
  const selector = structOf(spec, "selector");
  const matches = selector && !isEmptySelector(selector) ? selects(selector, templateLabels(spec)) : true;
  const inner = child(path, "template");
  if (selector && matches === undefined)
    return [invalid(child(path, "selector"), selector, kind === "StatefulSet" ? "" : "invalid label selector")];
  const errors = selector && matches === false ? [mismatch(spec, inner)] : [];
  // Without a selector the server's selector matches nothing, which it then holds against the labels.
  if (!selector) errors.push(mismatch(spec, inner));
  errors.push(...validatePodTemplate(template, inner));
  const podSpec = structOf(template, "spec");
  const policy = textOf(podSpec, "restartPolicy");
  if (policy !== "Always") errors.push(notSupported(child(inner, "spec", "restartPolicy"), policy, ["Always"]));
  if (has(podSpec, "activeDeadlineSeconds")) {
    const text = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbidden(child(inner, "spec", "activeDeadlineSeconds"), text));
  }
  return errors;
}

function mismatch(spec: JsonObject, path: string): FieldError {
  const labels = structOf(structOf(structOf(spec, "template"), "metadata"), "labels");
  return invalid(child(path, "metadata", "labels"), labels ?? null, NO_MATCH);
}

function specOf(object: JsonObject): JsonObject {
  return structOf(object, "spec") ?? {};
}

export function validateDeployment(object: JsonObject): FieldError[] {
  const spec = specOf(object);
  const errors = [
    ...nonNegative(spec, "spec", "replicas"),
    ...workloadSelector(spec, "spec", "deployment"),
    ...runningTemplate(spec, "spec", "ReplicaSet"),
    ...deploymentStrategy(structOf(spec, "strategy") ?? {}),
    ...nonNegative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"),
  ];
  const deadline = numberOf(spec, "progressDeadlineSeconds");
  if (deadline !== undefined && deadline <= (numberOf(spec, "minReadySeconds") ?? 0)) {
    errors.push(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
  }
  return errors;
}

export function validateDeploymentUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return [...validateDeployment(object), ...sameSelector(object, before)];
}

function sameSelector(object: JsonObject, before: JsonObject): FieldError[] {
  return immutable(specOf(object)["selector"], specOf(before)["selector"], "spec.selector");
}

function deploymentStrategy(strategy: JsonObject): FieldError[] {
  const path = "spec.strategy";
  const type = textOf(strategy, "type");
  const rolling = structOf(strategy, "rollingUpdate");
  if (type === "Recreate") {
    return rolling
      ? [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")]
      : [];
  }
  if (type !== "RollingUpdate") {
    const internal = { Type: type, RollingUpdate: rolling ? internalRolling(rolling) : null };
    return [notSupported(path, internal, ["Recreate", "RollingUpdate"])];
  }
  if (!rolling) return [required(`${path}.rollingUpdate`, "this should be defaulted and never be nil")];
  return rollingUpdate(rolling, `${path}.rollingUpdate`, "may not be 0 when `maxSurge` is 0");
}

function internalRolling(rolling: JsonObject): JsonObject {
  return { MaxUnavailable: rolling["maxUnavailable"] ?? null, MaxSurge: rolling["maxSurge"] ?? null };
}

function rollingUpdate(rolling: JsonObject, path: string, bothZero: string): FieldError[] {
  const [unavailable, surge] = [rolling["maxUnavailable"], rolling["maxSurge"]];
  const errors = [
    ...intOrPercent(unavailable, child(path, "maxUnavailable")),
    ...intOrPercent(surge, child(path, "maxSurge")),
  ];
  if (amountOf(unavailable) === 0 && amountOf(surge) === 0) {
    errors.push(invalid(child(path, "maxUnavailable"), unavailable, bothZero));
  }
  return [...errors, ...atMost100(unavailable, child(path, "maxUnavailable"))];
}

/** A count or a share, as `2` or `25%`. */
export function intOrPercent(value: Json | undefined, path: string): FieldError[] {
  if (typeof value === "string") return percent(value).map((fault) => invalid(path, value, fault));
  const number = typeof value === "number" ? value : 0;
  return number < 0 ? [invalid(path, number, NEGATIVE)] : [];
}

function atMost100(value: Json | undefined, path: string): FieldError[] {
  const isOver = typeof value === "string" && /^\d+%$/.test(value) && Number.parseInt(value, 10) > 100;
  return isOver ? [invalid(path, value, "must not be greater than 100%")] : [];
}

function amountOf(value: Json | undefined): number {
  if (typeof value === "string") return Number.parseInt(value, 10) || 0;
  return typeof value === "number" ? value : 0;
}

export function validateReplicaSet(object: JsonObject): FieldError[] {
  const spec = specOf(object);
  return [
    ...nonNegative(spec, "spec", "replicas", "minReadySeconds"),
    // The server says deployment here too.
    ...workloadSelector(spec, "spec", "deployment"),
    ...runningTemplate(spec, "spec", "ReplicaSet"),
  ];
}

export function validateReplicaSetUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return [...validateReplicaSet(object), ...sameSelector(object, before)];
}

export function validateDaemonSet(object: JsonObject): FieldError[] {
  const spec = specOf(object);
  const selector = structOf(spec, "selector");
  const template = structOf(spec, "template") ?? {};
  const podSpec = structOf(template, "spec");
  const errors = validateSelector(selector, "spec.selector");
  if (selector && selects(selector, templateLabels(spec)) === false) {
    errors.push(mismatch(spec, "spec.template"));
  }
  if (selector && isEmptySelector(selector)) {
    errors.push(invalid("spec.selector", selector, "empty selector is invalid for daemonset"));
  }
  // A missing selector matches nothing, and the server says no more than that.
  if (!selector) errors.push(mismatch(spec, "spec.template"));
  errors.push(...validatePodTemplate(template, "spec.template"));
  const policy = textOf(podSpec, "restartPolicy");
  if (policy !== "Always") errors.push(notSupported("spec.template.spec.restartPolicy", policy, ["Always"]));
  if (has(podSpec, "activeDeadlineSeconds")) {
    const text = "activeDeadlineSeconds in DaemonSet is not Supported";
    errors.push(forbidden("spec.template.spec.activeDeadlineSeconds", text));
  }
  return [
    ...errors,
    ...nonNegative(spec, "spec", "minReadySeconds"),
    ...daemonSetStrategy(structOf(spec, "updateStrategy") ?? {}),
    ...nonNegative(spec, "spec", "revisionHistoryLimit"),
  ];
}

function daemonSetStrategy(strategy: JsonObject): FieldError[] {
  const path = "spec.updateStrategy";
  const type = textOf(strategy, "type");
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") return [notSupported(path, strategyInternal(strategy), ["RollingUpdate", "OnDelete"])];
  const rolling = structOf(strategy, "rollingUpdate");
  if (!rolling) return [required(`${path}.rollingUpdate`)];
  const inner = `${path}.rollingUpdate`;
  const [unavailable, surge] = [rolling["maxUnavailable"], rolling["maxSurge"]];
  const errors = [
    ...intOrPercent(unavailable, child(inner, "maxUnavailable")),
    ...atMost100(unavailable, child(inner, "maxUnavailable")),
    ...intOrPercent(surge, child(inner, "maxSurge")),
    ...atMost100(surge, child(inner, "maxSurge")),
  ];
  const [hasUnavailable, hasSurge] = [amountOf(unavailable) !== 0, amountOf(surge) !== 0];
  if (hasUnavailable && hasSurge) {
    errors.push(invalid(child(inner, "maxSurge"), surge, "may not be set when maxUnavailable is non-zero"));
  } else if (!hasUnavailable && !hasSurge) {
    errors.push(required(child(inner, "maxUnavailable"), "cannot be 0 when maxSurge is 0"));
  }
  return errors;
}

function strategyInternal(strategy: JsonObject): JsonObject {
  const rolling = structOf(strategy, "rollingUpdate");
  return { Type: textOf(strategy, "type"), RollingUpdate: rolling ? internalRolling(rolling) : null };
}

export function validateDaemonSetUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return [...sameSelector(object, before), ...validateDaemonSet(object)];
}

export function validateStatefulSet(object: JsonObject): FieldError[] {
  const spec = specOf(object);
  const serviceName = textOf(spec, "serviceName");
  return [
    ...statefulSetSpec(spec),
    ...eachOf(spec, "volumeClaimTemplates", "spec", (claim, path) =>
      validateClaimSpec(structOf(claim, "spec") ?? {}, child(path, "spec")),
    ),
    ...(serviceName === "" ? [] : named(serviceName, "spec.serviceName", dns1123Label)),
  ];
}

function statefulSetSpec(spec: JsonObject): FieldError[] {
  const management = textOf(spec, "podManagementPolicy");
  const errors: FieldError[] = [];
  if (management !== "OrderedReady" && management !== "Parallel") {
    errors.push(invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'"));
  }
  errors.push(...statefulSetStrategy(structOf(spec, "updateStrategy") ?? {}));
  const retention = structOf(spec, "persistentVolumeClaimRetentionPolicy");
  for (const name of retention ? ["whenDeleted", "whenScaled"] : []) {
    const value = textOf(retention, name);
    if (value !== "Retain" && value !== "Delete") {
      errors.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${name}`, value, ["Retain", "Delete"]));
    }
  }
  errors.push(...nonNegative(spec, "spec", "replicas", "minReadySeconds"));
  const start = numberOf(structOf(spec, "ordinals"), "start");
  if (start !== undefined && start < 0) errors.push(invalid("spec.ordinals.start", start, NEGATIVE));
  errors.push(...workloadSelector(spec, "spec", "statefulset"));
  return [...errors, ...runningTemplate(spec, "spec", "StatefulSet", withClaimVolumes(spec))];
}

/** Containers may mount the claims of the set; hostname and subdomain are the controller's. */
function withClaimVolumes(spec: JsonObject): JsonObject {
  const template = structOf(spec, "template") ?? {};
  const podSpec = structOf(template, "spec") ?? {};
  const templates = structsOf(spec, "volumeClaimTemplates");
  const claims = new Set(templates.map((claim) => textOf(structOf(claim, "metadata"), "name")));
  const volumes = [
    ...[...claims].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ...structsOf(podSpec, "volumes").filter((volume) => !claims.has(textOf(volume, "name"))),
  ];
  const { hostname: _hostname, subdomain: _subdomain, ...rest } = podSpec;
  return { ...template, spec: { ...rest, ...(volumes.length > 0 ? { volumes } : {}) } };
}

function statefulSetStrategy(strategy: JsonObject): FieldError[] {
  const path = "spec.updateStrategy";
  const type = textOf(strategy, "type");
  const rolling = structOf(strategy, "rollingUpdate");
  const internal = (): JsonObject => ({
    Partition: rolling?.["partition"] ?? 0,
    MaxUnavailable: rolling?.["maxUnavailable"] ?? null,
  });
  if (type === "") return [required(path)];
  if (type === "OnDelete") {
    const text = "only allowed for updateStrategy 'RollingUpdate'";
    return rolling ? [invalid(`${path}.rollingUpdate`, internal(), text)] : [];
  }
  if (type !== "RollingUpdate") {
    const value = { Type: type, RollingUpdate: rolling ? internal() : null };
    return [invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  if (!rolling) return [];
  const inner = `${path}.rollingUpdate`;
  const errors = nonNegative(rolling, inner, "partition");
  const unavailable = rolling["maxUnavailable"];
  if (unavailable === undefined) return errors;
  errors.push(...intOrPercent(unavailable, child(inner, "maxUnavailable")));
  if (amountOf(unavailable) === 0) errors.push(invalid(child(inner, "maxUnavailable"), unavailable, "cannot be 0"));
  return [...errors, ...atMost100(unavailable, child(inner, "maxUnavailable"))];
}

const STATEFUL_SET_MUTABLE = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
];
const STATEFUL_SET_IMMUTABLE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export function validateStatefulSetUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const errors = statefulSetSpec(specOf(object));
  const fixed = (value: JsonObject): JsonObject => ({
    ...Object.fromEntries(Object.entries(value).filter(([name]) => !STATEFUL_SET_MUTABLE.includes(name))),
    volumeClaimTemplates: structsOf(value, "volumeClaimTemplates").map(withoutType),
  });
  if (!jsonEqual(fixed(specOf(object)), fixed(specOf(before)))) errors.push(forbidden("spec", STATEFUL_SET_IMMUTABLE));
  return errors;
}

/** What a claim calls itself isn't part of what the server compares. */
function withoutType({ apiVersion: _apiVersion, kind: _kind, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** Shared with jobs, whose template isn't kept running. A selector that is missing matches nothing. */
export function selectorMismatch(spec: JsonObject, path: string): FieldError[] {
  const selector = structOf(spec, "selector");
  if (selector && selects(selector, templateLabels(spec)) !== false) return [];
  return [mismatch(spec, child(path, "template"))];
}
