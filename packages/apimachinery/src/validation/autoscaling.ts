import type { Json, JsonObject } from "@fairlead/base";
import { parseApiVersion } from "../object/identity.ts";
import { child, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, has, named, numberOf, oneOfIfSet, requiredName, structOf, structsOf, textOf } from "./access.ts";
import { validateSelector } from "./metadata.ts";
import { dns1123Label, pathSegment } from "./names.ts";
import { containerResourceName, quantityOfField } from "./resources.ts";
import { intOrPercent } from "./workloads.ts";

const WINDOW_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

export function validateAutoscaler(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec") ?? {};
  const [min, max] = [numberOf(spec, "minReplicas"), numberOf(spec, "maxReplicas") ?? 0];
  const errors: FieldError[] = [];
  if (min !== undefined && min < 1) {
    errors.push(invalid("spec.minReplicas", min, "must be greater than or equal to 1"));
  }
  if (max < 1) errors.push(invalid("spec.maxReplicas", max, "must be greater than 0"));
  if (min !== undefined && max < min) {
    errors.push(invalid("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`"));
  }
  errors.push(...objectReference(structOf(spec, "scaleTargetRef") ?? {}, "spec.scaleTargetRef"));
  errors.push(...eachOf(spec, "metrics", "spec", metric));
  // autoscaling/v1 has one target only; it is checked as the metric it is turned into.
  const utilization = numberOf(spec, "targetCPUUtilizationPercentage");
  if (utilization !== undefined && utilization < 1) {
    const path = "spec.metrics[0].resource.target.averageUtilization";
    errors.push(invalid(path, utilization, "must be greater than 0"));
  }
  if (min === 0 && !structsOf(spec, "metrics").some((item) => /^(Object|External)$/.test(textOf(item, "type")))) {
    const text = "must specify at least one Object or External metric to support scaling to zero replicas";
    errors.push(forbidden("spec.metrics", text));
  }
  for (const name of ["scaleUp", "scaleDown"]) {
    const rules = structOf(structOf(spec, "behavior"), name);
    if (rules) errors.push(...scalingRules(rules, `spec.behavior.${name}`));
  }
  return errors;
}

function objectReference(ref: JsonObject, path: string): FieldError[] {
  const errors = [...requiredName(ref, "kind", path, pathSegment), ...requiredName(ref, "name", path, pathSegment)];
  const apiVersion = textOf(ref, "apiVersion");
  if (apiVersion.split("/").length > 2) {
    const text = `unexpected GroupVersion string: ${apiVersion}`;
    errors.push(invalid(child(path, "apiVersion"), apiVersion, text));
  } else if (parseApiVersion(apiVersion).group === "" && textOf(ref, "kind") !== "ReplicationController") {
    errors.push(invalid(child(path, "apiVersion"), apiVersion, "apiVersion must specify API group"));
  }
  return errors;
}

/** In the order the server looks for them: only the first is checked. */
const METRIC_FIELDS = new Map([
  ["Object", "object"],
  ["External", "external"],
  ["Pods", "pods"],
  ["Resource", "resource"],
  ["ContainerResource", "containerResource"],
]);

function metric(item: JsonObject, path: string): FieldError[] {
  const type = textOf(item, "type");
  const types = ["ContainerResource", "External", "Object", "Pods", "Resource"];
  const own = METRIC_FIELDS.get(type);
  const present = [...METRIC_FIELDS.values()].filter((name) => structOf(item, name));
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(child(path, "type"), "must specify a metric source type"));
  if (own === undefined) errors.push(notSupported(child(path, "type"), type, types));
  for (const name of present.slice(0, 1))
    errors.push(...metricSource(structOf(item, name) ?? {}, name, child(path, name)));
  if (own !== undefined && !present.includes(own)) {
    errors.push(required(child(path, own), "must populate information for the given metric source"));
  }
  if (present.length === 1) return errors;
  const others = present.filter((name) => name !== own);
  return [
    ...errors,
    ...others.map((name) => forbidden(child(path, name), "must populate the given metric source only")),
  ];
}

function metricSource(source: JsonObject, name: string, path: string): FieldError[] {
  const target = structOf(source, "target") ?? {};
  const inner = child(path, "target");
  const errors: FieldError[] = [];
  if (name === "object")
    errors.push(...objectReference(structOf(source, "describedObject") ?? {}, child(path, "describedObject")));
  if (name === "resource" || name === "containerResource") errors.push(...resourceSource(source, name, path));
  else errors.push(...metricIdentifier(structOf(source, "metric") ?? {}, child(path, "metric")));
  errors.push(...metricTarget(target, inner));
  const [value, average, utilization] = ["value", "averageValue", "averageUtilization"].map((field) =>
    has(target, field),
  );
  if (name === "object" && !value && !average) {
    errors.push(required(child(inner, "averageValue"), "must set either a target value or averageValue"));
  } else if (name === "external") {
    const needed = "must set either a target value for metric or a per-pod target";
    if (!value && !average) errors.push(required(child(inner, "averageValue"), needed));
    const both = "may not set both a target value for metric and a per-pod target";
    if (value && average) errors.push(forbidden(child(inner, "value"), both));
  } else if (name === "pods" && !average) {
    errors.push(required(child(inner, "averageValue"), "must specify a positive target averageValue"));
  } else if (name === "resource" || name === "containerResource") {
    const needed = "must set either a target raw value or a target utilization";
    if (!utilization && !average) errors.push(required(child(inner, "averageUtilization"), needed));
    const both = "may not set both a target raw value and a target utilization";
    if (utilization && average) errors.push(forbidden(child(inner, "averageValue"), both));
  }
  return errors;
}

function resourceSource(source: JsonObject, name: string, path: string): FieldError[] {
  const resource = textOf(source, "name");
  const errors = resource === "" ? [required(child(path, "name"), "must specify a resource name")] : [];
  if (name !== "containerResource") return errors;
  if (resource !== "") errors.push(...containerResourceName(resource, child(path, "name")));
  const container = textOf(source, "container");
  if (container === "") return [...errors, required(child(path, "container"), "must specify a container")];
  return [...errors, ...named(container, child(path, "container"), dns1123Label)];
}

function metricIdentifier(metricId: JsonObject, path: string): FieldError[] {
  const name = textOf(metricId, "name");
  if (name === "") return [required(child(path, "name"), "must specify a metric name")];
  return named(name, child(path, "name"), pathSegment);
}

function metricTarget(target: JsonObject, path: string): FieldError[] {
  const type = textOf(target, "type");
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(child(path, "type"), "must specify a metric target type"));
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    errors.push(invalid(child(path, "type"), type, "must be either Utilization, Value, or AverageValue"));
  }
  for (const name of ["value", "averageValue"]) {
    const quantity = quantityOfField(target[name]);
    if (quantity && quantity.unscaled <= 0n) errors.push(invalid(child(path, name), target[name], "must be positive"));
  }
  const utilization = numberOf(target, "averageUtilization");
  if (utilization !== undefined && utilization < 1) {
    errors.push(invalid(child(path, "averageUtilization"), utilization, "must be greater than 0"));
  }
  return errors;
}

function scalingRules(rules: JsonObject, path: string): FieldError[] {
  const window = numberOf(rules, "stabilizationWindowSeconds");
  const errors: FieldError[] = [];
  const inner = child(path, "stabilizationWindowSeconds");
  if (window !== undefined && window < 0) errors.push(invalid(inner, window, "must be greater than or equal to zero"));
  if (window !== undefined && window > WINDOW_SECONDS_MAX) {
    errors.push(invalid(inner, window, `must be less than or equal to ${WINDOW_SECONDS_MAX}`));
  }
  errors.push(...oneOfIfSet(rules, "selectPolicy", path, ["Disabled", "Max", "Min"]));
  if (structsOf(rules, "policies").length === 0) {
    errors.push(required(child(path, "policies"), "must specify at least one Policy"));
  }
  return [...errors, ...eachOf(rules, "policies", path, scalingPolicy)];
}

function scalingPolicy(policy: JsonObject, path: string): FieldError[] {
  const type = textOf(policy, "type");
  const [value, period] = [numberOf(policy, "value") ?? 0, numberOf(policy, "periodSeconds") ?? 0];
  const types = ["Percent", "Pods"];
  const errors = types.includes(type) ? [] : [notSupported(child(path, "type"), type, types)];
  if (value <= 0) errors.push(invalid(child(path, "value"), value, "must be greater than zero"));
  if (period <= 0) errors.push(invalid(child(path, "periodSeconds"), period, "must be greater than zero"));
  if (period > PERIOD_SECONDS_MAX) {
    errors.push(invalid(child(path, "periodSeconds"), period, `must be less than or equal to ${PERIOD_SECONDS_MAX}`));
  }
  return errors;
}

export function validateDisruptionBudget(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec") ?? {};
  const errors: FieldError[] = [];
  if (has(spec, "minAvailable") && has(spec, "maxUnavailable")) {
    errors.push(invalid("spec", internalBudget(spec), "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const name of ["minAvailable", "maxUnavailable"]) {
    const value: Json | undefined = spec[name];
    if (value === undefined) continue;
    errors.push(...intOrPercent(value, `spec.${name}`));
    const isOver = typeof value === "string" && /^\d+%$/.test(value) && Number.parseInt(value, 10) > 100;
    if (isOver) errors.push(invalid(`spec.${name}`, value, "must not be greater than 100%"));
  }
  errors.push(...validateSelector(structOf(spec, "selector"), "spec.selector"));
  return [...errors, ...oneOfIfSet(spec, "unhealthyPodEvictionPolicy", "spec", ["AlwaysAllow", "IfHealthyBudget"])];
}

function internalBudget(spec: JsonObject): JsonObject {
  return {
    MinAvailable: spec["minAvailable"] ?? null,
    Selector: spec["selector"] ?? null,
    MaxUnavailable: spec["maxUnavailable"] ?? null,
    UnhealthyPodEvictionPolicy: spec["unhealthyPodEvictionPolicy"] ?? null,
  };
}
