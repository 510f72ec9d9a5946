import { jsonEqual, type JsonObject } from "@fairlead/base";
import type { ObjectMeta } from "../object/types.ts";
import { labelKeyFaults, labelValueFaults } from "../selector/syntax.ts";
import {
  entriesOf,
  eachOf,
  has,
  mustBeOneOf,
  named,
  numberOf,
  oneOf,
  requiredName,
  requiredText,
  structOf,
  textOf,
  textsOf,
} from "./access.ts";
import { at, child, duplicate, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { immutable, NEGATIVE, validateLabels } from "./metadata.ts";
import { dns1035Label, dns1123Label, dns1123Subdomain, pathSegment, portNumber } from "./names.ts";
import { validatePodTemplate } from "./pod.ts";
import { isCidr } from "./service.ts";

/** Kinds of which users write few: one rule or two each. */

export function validateReplicationController(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const errors: FieldError[] = [];
  for (const name of ["minReadySeconds", "replicas"]) {
    const value = numberOf(spec, name) ?? 0;
    if (value < 0) errors.push(invalid(child("spec", name), value, NEGATIVE));
  }
  const selector = entriesOf(spec, "selector");
  if (selector.length === 0) errors.push(required("spec.selector"));
  const template = structOf(spec, "template");
  if (!template) return [...errors, required("spec.template")];
  const labels = structOf(structOf(template, "metadata"), "labels") ?? {};
  if (!selector.every(([key, value]) => labels[key] === value)) {
    const text = "`selector` does not match template `labels`";
    errors.push(invalid("spec.template.metadata.labels", labels, text));
  }
  errors.push(...validatePodTemplate(template, "spec.template"));
  return [...errors, ...oneOf(structOf(template, "spec"), "restartPolicy", "spec.template.spec", ["Always"], false)];
}

export function validateStorageClass(object: JsonObject): FieldError[] {
  const provisioner = textOf(object, "provisioner");
  const errors = requiredText(object, "provisioner", "");
  if (provisioner !== "") {
    const name = provisioner.toLowerCase();
    errors.push(...labelKeyFaults(name).map((fault) => invalid("provisioner", name, fault)));
  }
  if (Object.hasOwn(structOf(object, "parameters") ?? {}, "")) {
    errors.push(invalid("parameters", "", "field can not be empty."));
  }
  return [
    ...errors,
    ...oneOf(object, "reclaimPolicy", "", ["Delete", "Retain"], false),
    ...mustBeOneOf(object, "volumeBindingMode", "", ["Immediate", "WaitForFirstConsumer"]),
  ];
}

export function validateStorageClassUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const errors = ["parameters", "provisioner", "reclaimPolicy"]
    .filter((name) => !jsonEqual(object[name] ?? {}, before[name] ?? {}))
    .map((name) => forbidden(name, `updates to ${name} are forbidden.`));
  return [...errors, ...immutable(object["volumeBindingMode"], before["volumeBindingMode"], "volumeBindingMode")];
}

export function validatePriorityClass(object: JsonObject): FieldError[] {
  const { name = "" } = object["metadata"] as ObjectMeta;
  const errors: FieldError[] = [];
  if (name.startsWith("system-")) {
    const text = `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
    if (name !== "system-node-critical" && name !== "system-cluster-critical") {
      errors.push(forbidden("metadata.name", text));
    }
  } else if ((numberOf(object, "value") ?? 0) > 1_000_000_000) {
    errors.push(forbidden("value", "maximum allowed value of a user defined priority is 1000000000"));
  }
  return [...errors, ...oneOf(object, "preemptionPolicy", "", ["PreemptLowerPriority", "Never"], false)];
}

export function validatePriorityClassUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const isSame = (numberOf(object, "value") ?? 0) === (numberOf(before, "value") ?? 0);
  const errors = isSame ? [] : [forbidden("value", "may not be changed in an update.")];
  return [...errors, ...immutable(object["preemptionPolicy"], before["preemptionPolicy"], "preemptionPolicy")];
}

export function validateRuntimeClass(object: JsonObject): FieldError[] {
  const handler = textOf(object, "handler");
  const selector = structOf(structOf(object, "scheduling"), "nodeSelector") as Record<string, string> | undefined;
  return [
    ...dns1123Label(handler).map((fault) => invalid("handler", handler, fault)),
    ...validateLabels(selector, "scheduling.nodeSelector"),
  ];
}

export function validateRuntimeClassUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return immutable(object["handler"], before["handler"], "handler");
}

export function validateLease(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const errors: FieldError[] = [];
  const duration = numberOf(spec, "leaseDurationSeconds");
  if (duration !== undefined && duration <= 0) {
    errors.push(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"));
  }
  const transitions = numberOf(spec, "leaseTransitions");
  if (transitions !== undefined && transitions < 0) {
    errors.push(invalid("spec.leaseTransitions", transitions, NEGATIVE));
  }
  return errors;
}

export function validateNode(object: JsonObject): FieldError[] {
  const ranges = podRanges(object).flatMap((range, index) =>
    isCidr(range)
      ? []
      : [invalid(at("spec.podCIDRs", index), range, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")],
  );
  return [...ranges, ...rangeFamilies(podRanges(object)), ...taintFaults(object)];
}

/** Two ranges are one of each family. */
function rangeFamilies(ranges: readonly string[]): FieldError[] {
  if (ranges.length < 2) return [];
  const path = "spec.podCIDRs";
  const bad = ranges.findIndex((range) => !isCidr(range));
  const text = `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${ranges[bad]})`;
  const unreadable: FieldError[] =
    bad < 0 ? [] : [{ type: "InternalError", field: path, badValue: undefined, detail: text }];
  const isPair = bad < 0 && ranges.length === 2 && new Set(ranges.map((range) => range.includes(":"))).size === 2;
  if (isPair) return [];
  return [...unreadable, invalid(path, [...ranges], "may specify no more than one CIDR for each IP family")];
}

/** podCIDR wins where the list says otherwise. */
function podRanges(object: JsonObject): string[] {
  const spec = structOf(object, "spec");
  const [first, list] = [textOf(spec, "podCIDR"), textsOf(spec, "podCIDRs")];
  return first === "" || list[0] === first ? list : [first];
}

function taintFaults(object: JsonObject): FieldError[] {
  const seen = new Set<string>();
  return eachOf(structOf(object, "spec"), "taints", "metadata", (taint, path) => {
    const [key, value, effect] = ["key", "value", "effect"].map((name) => textOf(taint, name)) as [
      string,
      string,
      string,
    ];
    const valueFaults = labelValueFaults(value);
    const pair = `${effect}/${key}`;
    const shown = { Key: key, Value: value, Effect: effect, TimeAdded: taint["timeAdded"] ?? null };
    const detail = "taints must be unique by key and effect pair";
    const repeated = seen.has(pair) ? [{ ...duplicate(path, shown), detail }] : [];
    seen.add(pair);
    return [
      ...labelKeyFaults(key).map((fault) => invalid(child(path, "key"), key, fault)),
      ...(valueFaults.length > 0 ? [invalid(child(path, "value"), value, valueFaults.join(";"))] : []),
      ...oneOf(taint, "effect", path, ["NoSchedule", "PreferNoSchedule", "NoExecute"]),
      ...repeated,
    ];
  });
}

export function validateNodeUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const errors = validateNode(object);
  const old = podRanges(before);
  if (old.length > 0 && !jsonEqual(podRanges(object), old)) {
    errors.push(forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  }
  return errors;
}

export function validateCsiDriver(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const policy = textOf(spec, "fsGroupPolicy");
  const policies = ["File", "None", "ReadWriteOnceWithFSType"];
  const isKnown = !has(spec, "fsGroupPolicy") || policies.includes(policy);
  const errors: FieldError[] = isKnown ? [] : [notSupported("spec.fsGroupPolicy", policy, policies)];
  const modes = ["Ephemeral", "Persistent"];
  const wrong = textsOf(spec, "volumeLifecycleModes").filter((mode) => !modes.includes(mode));
  return [...errors, ...wrong.map((mode) => notSupported("spec.volumeLifecycleModes", mode, modes))];
}

/** The path of the first is the server's own slip. */
export function validateCsiDriverUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const [spec, old] = [structOf(object, "spec"), structOf(before, "spec")];
  return [
    ...validateCsiDriver(object),
    ...immutable(spec?.["attachRequired"], old?.["attachRequired"], "spec.attachedRequired"),
    ...immutable(spec?.["volumeLifecycleModes"], old?.["volumeLifecycleModes"], "spec.volumeLifecycleModes"),
  ];
}

export function validateResourceClaim(object: JsonObject): FieldError[] {
  const devices = structOf(structOf(object, "spec"), "devices");
  const seen = new Set<string>();
  return eachOf(devices, "requests", "spec.devices", (request, path) => {
    const name = textOf(request, "name");
    const errors = named(name, child(path, "name"), dns1123Label);
    if (seen.has(name)) errors.push(duplicate(path, name));
    seen.add(name);
    const exactly = structOf(request, "exactly");
    if (has(request, "firstAvailable") === (exactly !== undefined)) {
      errors.push(required(path, "exactly one of `exactly` or `firstAvailable` is required"));
    }
    return exactly
      ? [...errors, ...requiredName(exactly, "deviceClassName", child(path, "exactly"), dns1123Subdomain)]
      : errors;
  });
}

/** What a claim asks for is fixed. */
export function validateResourceClaimUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return immutable(object["spec"], before["spec"], "spec");
}

export function validateEvent(object: JsonObject): FieldError[] {
  const { namespace = "" } = object["metadata"] as ObjectMeta;
  const involved = textOf(structOf(object, "involvedObject"), "namespace");
  if (involved === "" ? namespace === "" || namespace === "default" : involved === namespace) return [];
  return [invalid("involvedObject.namespace", involved, "does not match event.namespace")];
}

export function validateControllerRevision(object: JsonObject): FieldError[] {
  const revision = numberOf(object, "revision") ?? 0;
  const errors: FieldError[] = revision < 0 ? [invalid("revision", revision, NEGATIVE)] : [];
  return has(object, "data") ? errors : [...errors, required("data", "data is mandatory")];
}

export function validateControllerRevisionUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const revision = numberOf(object, "revision") ?? 0;
  const errors = revision < 0 ? [invalid("revision", revision, NEGATIVE)] : [];
  return [...errors, ...immutable(object["data"], before["data"], "data")];
}

/** Whose name is made of its version and group. */
export function validateApiService(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const { name = "" } = object["metadata"] as ObjectMeta;
  const [group, version] = [textOf(spec, "group"), textOf(spec, "version")];
  const errors: FieldError[] = [];
  if (name !== "" && pathSegment(name).length === 0 && name !== `${version}.${group}`) {
    const text = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(`${version}.${group}`)}`;
    errors.push(invalid("metadata.name", name, text));
  }
  if (group === "" && version !== "v1") {
    errors.push(required("spec.group", "only v1 may have an empty group and it better be legacy kube"));
  }
  if (group !== "") errors.push(...dns1123Subdomain(group).map((fault) => invalid("spec.group", group, fault)));
  errors.push(...dns1035Label(version).map((fault) => invalid("spec.version", version, fault)));
  for (const [field, max] of [
    ["groupPriorityMinimum", 20_000],
    ["versionPriority", 1000],
  ] as const) {
    const value = numberOf(spec, field) ?? 0;
    if (value <= 0 || value > max) {
      errors.push(invalid(child("spec", field), value, `must be positive and less than ${max}`));
    }
  }
  const service = structOf(spec, "service");
  if (service) errors.push(...apiServiceTarget(spec, service));
  else if (spec?.["insecureSkipTLSVerify"] === true) {
    const text = "local APIServices may not have insecureSkipTLSVerify";
    errors.push(invalid("spec.insecureSkipTLSVerify", true, text));
  }
  return errors;
}

function apiServiceTarget(spec: JsonObject | undefined, service: JsonObject): FieldError[] {
  const errors = [
    ...requiredText(service, "namespace", "spec.service"),
    ...requiredText(service, "name", "spec.service"),
  ];
  const port = numberOf(service, "port") ?? 0;
  const faults = portNumber(port);
  if (faults.length > 0) {
    errors.push(invalid("spec.service.port", port, `port is not valid: ${faults.join(", ")}`));
  }
  if (spec?.["insecureSkipTLSVerify"] === true && textOf(spec, "caBundle") !== "") {
    errors.push(invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present"));
  }
  return errors;
}
