import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import type { FieldFault } from "../http/status.ts";

/**
 * …/ephemeralcontainers and …/resize each change one thing of a pod: all else of what was sent is dropped, not refused
 * (pkg/registry/core/pod/strategy.go dropNonEphemeralContainerUpdates, dropNonResizeUpdates). Changes `after`.
 */
export function narrowPodChange(subresource: string, after: KubeObject, before: KubeObject): void {
  const sent = specOf(after);
  const { managedFields, resourceVersion } = after.metadata;
  after.metadata = { ...before.metadata };
  if (managedFields !== undefined) after.metadata.managedFields = managedFields;
  if (resourceVersion !== undefined) after.metadata.resourceVersion = resourceVersion;
  const spec: JsonObject = { ...specOf(before) };
  if (subresource === "ephemeralcontainers") {
    const list = sent["ephemeralContainers"];
    if (list === undefined) delete spec["ephemeralContainers"];
    else spec["ephemeralContainers"] = list;
  } else {
    for (const field of ["containers", "initContainers"]) {
      if (spec[field] !== undefined) spec[field] = resized(containersIn(spec, field), containersIn(sent, field));
    }
  }
  after["spec"] = spec;
}

function resized(containers: readonly JsonObject[], sent: readonly JsonObject[]): Json {
  // More or fewer of them are refused later, see resizeFaults.
  if (sent.length !== containers.length) return [...sent];
  return containers.map((container): Json => {
    const wanted = sent.find((other) => other["name"] === container["name"]);
    if (wanted === undefined) return container;
    const next: JsonObject = { ...container };
    for (const field of ["resources", "resizePolicy"]) {
      const value = wanted[field];
      if (value === undefined) delete next[field];
      else next[field] = value;
    }
    return next;
  });
}

const PATH = "spec.ephemeralContainers";

/** Ephemeral containers are only added, each under a name of its own (ValidatePodEphemeralContainersUpdate). */
export function ephemeralFaults(after: KubeObject, before: KubeObject): FieldFault[] {
  const list = containersIn(specOf(after), "ephemeralContainers");
  const taken = new Set(
    ["containers", "initContainers"].flatMap((field) => containersIn(specOf(after), field).map(nameOf)),
  );
  const faults: FieldFault[] = [];
  for (const [index, container] of list.entries()) {
    const name = nameOf(container);
    const at = `${PATH}[${index}]`;
    if (name === "") faults.push({ type: "FieldValueRequired", field: `${at}.name`, message: "Required value" });
    else if (taken.has(name))
      faults.push({
        type: "FieldValueDuplicate",
        field: `${at}.name`,
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    taken.add(name);
    if ((container["image"] ?? "") === "")
      faults.push({ type: "FieldValueRequired", field: `${at}.image`, message: "Required value" });
  }
  for (const old of containersIn(specOf(before), "ephemeralContainers")) {
    const same = list.find((container) => nameOf(container) === nameOf(old));
    if (same !== undefined && jsonEqual(same, old)) continue;
    const what = same === undefined ? "removed" : "changed";
    faults.push({
      type: "FieldValueForbidden",
      field: PATH,
      message: `Forbidden: existing ephemeral containers ${JSON.stringify(nameOf(old))} may not be ${what}`,
    });
  }
  return faults;
}

function nameOf(container: JsonObject): string {
  return typeof container["name"] === "string" ? container["name"] : "";
}

function specOf(object: KubeObject): JsonObject {
  return isJsonObject(object["spec"]) ? object["spec"] : {};
}

function containersIn(spec: JsonObject, field: string): JsonObject[] {
  const list = spec[field];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
