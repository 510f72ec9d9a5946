import { jsonEqual, type JsonObject } from "@fairlead/base";
import type { ObjectMeta } from "../object/types.ts";
import { labelKeyFaults } from "../selector/syntax.ts";
import { cronFault } from "./cron.ts";
import {
  at,
  child,
  duplicate,
  invalid,
  keyed,
  notSupported,
  required,
  tooMany,
  type FieldError,
  tooLong,
} from "./field-error.ts";
import { eachOf, has, named, nonNegative, numberOf, oneOf, oneOfIfSet, structOf, structsOf, textOf } from "./access.ts";
import { immutable, validateSelector } from "./metadata.ts";
import { dns1123Label } from "./names.ts";
import { validatePodTemplate } from "./pod.ts";
import { goSuccess, successFaults } from "./success-policy.ts";
import { selectorMismatch } from "./workloads.ts";

const PARALLELISM_MAX = 100_000;
const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const CRON_NAME_MAX = 52;

/** `isTemplate`: inside a CronJob, where the selector comes later. */
function jobSpec(spec: JsonObject, path: string, isTemplate: boolean): FieldError[] {
  const errors = nonNegative(
    spec,
    path,
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
  );
  if (has(spec, "maxFailedIndexes") && !has(spec, "backoffLimitPerIndex")) {
    errors.push(required(child(path, "backoffLimitPerIndex"), "when maxFailedIndexes is specified"));
  }
  errors.push(...completionMode(spec, path));
  if (structOf(spec, "podFailurePolicy")) errors.push(...podFailurePolicy(spec, child(path, "podFailurePolicy")));
  errors.push(...podReplacementPolicy(spec, path), ...managedBy(spec, path));
  errors.push(...validatePodTemplate(structOf(spec, "template") ?? {}, child(path, "template")));
  errors.push(...restartPolicy(spec, path));
  if (isTemplate) return errors;
  const selector = structOf(spec, "selector");
  if (!selector) errors.push(required(child(path, "selector")));
  return [...errors, ...validateSelector(selector, child(path, "selector")), ...selectorMismatch(spec, path)];
}

const MANAGER_LENGTH_MAX = 63;

function managedBy(spec: JsonObject, path: string): FieldError[] {
  if (!has(spec, "managedBy")) return [];
  const value = textOf(spec, "managedBy");
  const inner = child(path, "managedBy");
  if (value.length > MANAGER_LENGTH_MAX) return [tooLong(inner, MANAGER_LENGTH_MAX)];
  const isPath = /^[^/]+\/[^/]+$/.test(value);
  return isPath ? [] : [invalid(inner, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
}

function completionMode(spec: JsonObject, path: string): FieldError[] {
  const mode = textOf(spec, "completionMode");
  const errors: FieldError[] = [];
  const modes = ["NonIndexed", "Indexed"];
  if (has(spec, "completionMode") && !modes.includes(mode))
    errors.push(notSupported(child(path, "completionMode"), mode, modes));
  const [parallelism, completions] = [numberOf(spec, "parallelism"), numberOf(spec, "completions")];
  if (mode === "Indexed") {
    if (completions === undefined) errors.push(required(child(path, "completions"), "when completion mode is Indexed"));
    if (parallelism !== undefined && parallelism > PARALLELISM_MAX) {
      const text = `must be less than or equal to ${PARALLELISM_MAX} when completion mode is Indexed`;
      errors.push(invalid(child(path, "parallelism"), parallelism, text));
    }
    const failed = numberOf(spec, "maxFailedIndexes");
    if (completions !== undefined && failed !== undefined && failed > completions) {
      errors.push(invalid(child(path, "maxFailedIndexes"), failed, "must be less than or equal to completions"));
    }
    const success = structOf(spec, "successPolicy");
    if (success) errors.push(...successFaults(success, child(path, "successPolicy"), completions ?? 0));
    return errors;
  }
  if (has(spec, "completionMode") && mode !== "NonIndexed") return errors;
  for (const name of ["backoffLimitPerIndex", "maxFailedIndexes"]) {
    if (has(spec, name)) errors.push(invalid(child(path, name), spec[name], "requires indexed completion mode"));
  }
  const success = structOf(spec, "successPolicy");
  if (success)
    errors.push(invalid(child(path, "successPolicy"), goSuccess(success), "requires indexed completion mode"));
  return errors;
}

function restartPolicy(spec: JsonObject, path: string): FieldError[] {
  const policy = textOf(structOf(structOf(spec, "template"), "spec"), "restartPolicy");
  const inner = child(path, "template", "spec", "restartPolicy");
  if (policy === "Always" || policy === "") return [required(inner, 'valid values: "OnFailure", "Never"')];
  if (policy !== "OnFailure" && policy !== "Never") return [notSupported(inner, policy, ["OnFailure", "Never"])];
  if (policy !== "Never" && has(spec, "podFailurePolicy")) {
    return [invalid(inner, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  }
  return [];
}

function podReplacementPolicy(spec: JsonObject, path: string): FieldError[] {
  const supported = has(spec, "podFailurePolicy") ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  return oneOfIfSet(spec, "podReplacementPolicy", path, supported);
}

function podFailurePolicy(spec: JsonObject, path: string): FieldError[] {
  const policy = structOf(spec, "podFailurePolicy") ?? {};
  const podSpec = structOf(structOf(spec, "template"), "spec");
  const containers = [...structsOf(podSpec, "containers"), ...structsOf(podSpec, "initContainers")];
  const names = containers.map((container) => textOf(container, "name"));
  const count = structsOf(policy, "rules").length;
  const errors = count > RULES_MAX ? [tooMany(child(path, "rules"), count, RULES_MAX)] : [];
  return [...errors, ...eachOf(policy, "rules", path, (rule, inner) => failureRule(rule, inner, spec, names))];
}

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];

function failureRule(rule: JsonObject, path: string, spec: JsonObject, names: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const action = textOf(rule, "action");
  const inner = child(path, "action");
  if (action === "") errors.push(required(inner, `valid values: ${quotedList(ACTIONS)}`));
  else if (!ACTIONS.includes(action)) errors.push(notSupported(inner, action, ACTIONS));
  else if (action === "FailIndex" && !has(spec, "backoffLimitPerIndex")) {
    errors.push(invalid(inner, action, "requires the backoffLimitPerIndex to be set"));
  }
  const exitCodes = structOf(rule, "onExitCodes");
  const conditions = structsOf(rule, "onPodConditions");
  if (exitCodes) errors.push(...onExitCodes(exitCodes, child(path, "onExitCodes"), names));
  errors.push(...eachOf(rule, "onPodConditions", path, podCondition));
  const omitted = (detail: string): FieldError => ({
    type: "FieldValueInvalid",
    field: path,
    badValue: undefined,
    detail,
  });
  if (exitCodes && conditions.length > 0) {
    errors.push(omitted("specifying both OnExitCodes and OnPodConditions is not supported"));
  }
  if (!exitCodes && conditions.length === 0) {
    errors.push(omitted("specifying one of OnExitCodes and OnPodConditions is required"));
  }
  return errors;
}

/** Go's `%q` of a list. */
function quotedList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}

const STATUSES = ["False", "True", "Unknown"];

function podCondition(pattern: JsonObject, path: string): FieldError[] {
  const status = textOf(pattern, "status");
  const inner = child(path, "status");
  return [
    ...named(textOf(pattern, "type"), child(path, "type"), labelKeyFaults),
    ...(status === ""
      ? [required(inner, `valid values: ${quotedList(STATUSES)}`)]
      : STATUSES.includes(status)
        ? []
        : [notSupported(inner, status, STATUSES)]),
  ];
}

function onExitCodes(codes: JsonObject, path: string, names: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const operators = ["In", "NotIn"];
  const [operator, container] = [textOf(codes, "operator"), textOf(codes, "containerName")];
  if (operator === "") errors.push(required(child(path, "operator"), `valid values: ${quotedList(operators)}`));
  else if (!operators.includes(operator)) errors.push(notSupported(child(path, "operator"), operator, operators));
  if (container !== "" && !names.includes(container)) {
    const text = "must be one of the container or initContainer names in the pod template";
    errors.push(invalid(child(path, "containerName"), container, text));
  }
  const values = Array.isArray(codes["values"]) ? codes["values"] : [];
  const inner = child(path, "values");
  if (values.length === 0) errors.push(invalid(inner, values, "at least one value is required"));
  else if (values.length > EXIT_CODES_MAX) errors.push(tooMany(inner, values.length, EXIT_CODES_MAX));
  for (const [index, value] of values.entries()) {
    if (operator === "In" && value === 0)
      errors.push(invalid(at(inner, index), value, "must not be 0 for the In operator"));
    if (values.indexOf(value) < index) errors.push(duplicate(at(inner, index), value));
  }
  const isOrdered = values.every((value, index) => index === 0 || Number(values[index - 1]) <= Number(value));
  return isOrdered ? errors : [...errors, invalid(inner, values, "must be ordered")];
}

export function validateJob(job: JsonObject): FieldError[] {
  const spec = structOf(job, "spec") ?? {};
  const errors = [...jobSpec(spec, "spec", false), ...generatedSelector(job, spec)];
  const completions = numberOf(spec, "completions") ?? 0;
  if (textOf(spec, "completionMode") === "Indexed" && completions > 0) {
    const name = textOf(structOf(job, "metadata"), "name");
    const longest = `${name}-${completions - 1}`;
    if (dns1123Label(longest).length > 0) {
      const text = `will not able to create pod with invalid DNS label: ${longest}`;
      errors.push(invalid("metadata.name", name, text));
    }
  }
  return errors;
}

export function validateJobUpdate(job: JsonObject, before: JsonObject): FieldError[] {
  const [spec = {}, old = {}] = [structOf(job, "spec"), structOf(before, "spec")];
  const errors = jobSpec(spec, "spec", false);
  const isTandem = textOf(spec, "completionMode") === "Indexed";
  if (!isTandem) errors.push(...immutable(spec["completions"], old["completions"], "spec.completions"));
  else if (
    has(spec, "completions") &&
    !jsonEqual(spec["completions"], old["completions"]) &&
    spec["completions"] !== spec["parallelism"]
  ) {
    errors.push(
      invalid("spec.completions", spec["completions"], "can only be modified in tandem with spec.parallelism"),
    );
  }
  errors.push(...immutable(spec["selector"], old["selector"], "spec.selector"));
  if (!jsonEqual(spec["template"], old["template"]) && old["suspend"] !== true) {
    errors.push(invalid("spec.template", spec["template"], "field is immutable"));
  }
  for (const name of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"]) {
    errors.push(...immutable(spec[name], old[name], `spec.${name}`));
  }
  return [...errors, ...generatedSelector(job, spec)];
}

/** The selector the server made for a job of this uid, and the labels that go with it. */
function generatedSelector(job: JsonObject, spec: JsonObject): FieldError[] {
  const { uid = "", name = "" } = job["metadata"] as ObjectMeta;
  if (spec["manualSelector"] === true || !has(spec, "selector")) return [];
  const path = "spec.template.metadata.labels";
  const labels = structOf(structOf(structOf(spec, "template"), "metadata"), "labels") ?? {};
  const wanted: readonly (readonly [label: string, value: string])[] = [
    ["controller-uid", uid],
    ["job-name", name],
    [CONTROLLER_UID, uid],
    ["batch.kubernetes.io/job-name", name],
  ];
  const errors = wanted.flatMap(([label, value]) => {
    if (labels[label] === value) return [];
    const text = `must be '${value}'`;
    return [has(labels, label) ? invalid(keyed(path, label), labels, text) : required(keyed(path, label), text)];
  });
  const isOwn = [CONTROLLER_UID, "controller-uid"].some((label) =>
    jsonEqual(spec["selector"], { matchLabels: { [label]: uid } }),
  );
  const selector = structOf(spec, "selector");
  const isReadable = selector && Object.keys(selector).length > 0 && validateSelector(selector, "").length === 0;
  return isOwn || !isReadable
    ? errors
    : [...errors, invalid("spec.selector", selector, "`selector` not auto-generated")];
}

const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";

export function validateCronJob(job: JsonObject): FieldError[] {
  const spec = structOf(job, "spec") ?? {};
  const errors = cronJobSpec(spec);
  const name = textOf(structOf(job, "metadata"), "name");
  if (name.length > CRON_NAME_MAX) {
    errors.push(invalid("metadata.name", name, `must be no more than ${CRON_NAME_MAX} characters`));
  }
  return errors;
}

export function validateCronJobUpdate(job: JsonObject): FieldError[] {
  return cronJobSpec(structOf(job, "spec") ?? {});
}

function cronJobSpec(spec: JsonObject): FieldError[] {
  const schedule = textOf(spec, "schedule");
  const errors: FieldError[] = [];
  if (schedule === "") errors.push(required("spec.schedule"));
  else {
    const fault = cronFault(schedule);
    if (fault !== undefined) errors.push(invalid("spec.schedule", schedule, fault));
    if (schedule.includes("TZ")) {
      const text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
      errors.push(invalid("spec.schedule", schedule, text));
    }
  }
  errors.push(...nonNegative(spec, "spec", "startingDeadlineSeconds"), ...timeZone(spec));
  errors.push(...oneOf(spec, "concurrencyPolicy", "spec", ["Allow", "Forbid", "Replace"]));
  const template = structOf(structOf(spec, "jobTemplate"), "spec") ?? {};
  const path = "spec.jobTemplate.spec";
  errors.push(...jobSpec(template, path, true));
  if (has(template, "selector")) {
    errors.push(invalid(`${path}.selector`, template["selector"], "`selector` will be auto-generated"));
  }
  if (template["manualSelector"] === true) {
    errors.push(notSupported(`${path}.manualSelector`, true, ["nil", "false"]));
  }
  return [...errors, ...nonNegative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")];
}

function timeZone(spec: JsonObject): FieldError[] {
  const zone = spec["timeZone"];
  const path = "spec.timeZone";
  if (typeof zone !== "string") return [];
  if (zone === "") return [invalid(path, zone, "timeZone must be nil or non-empty string")];
  const isOdd = zone
    .split("/")
    .some((part) => part === "." || part === ".." || part.startsWith("-") || !/^[A-Za-z.\-_0-9+]{1,}$/.test(part));
  if (isOdd) return [invalid(path, zone, `unknown time zone ${zone}`)];
  if (zone.toLowerCase() === "local") {
    const text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    return [invalid(path, zone, text)];
  }
  return isKnownZone(zone) ? [] : [invalid(path, zone, `unknown time zone ${zone}`)];
}

function isKnownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
