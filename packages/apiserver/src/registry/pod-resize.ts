import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import type { FieldFault } from "../http/status.ts";
import { qosClassOf } from "./pod-strategy.ts";

/** What a resize may change. */
const RESIZABLE: ReadonlySet<string> = new Set(["cpu", "memory"]);

/** What pods/resize refuses of a pod that is as it should be otherwise (pkg/apis/core/validation ValidatePodResize). */
export function resizeFaults(after: KubeObject, before: KubeObject): FieldFault[] {
  const spec = objectOf(before["spec"]);
  if (objectOf(spec["os"])["name"] === "windows") return [forbidden("[]", "windows pods cannot be resized")];
  const faults: FieldFault[] = [];
  if (qosClassOf(after) !== qosClassOf(before)) {
    const shown = JSON.stringify(objectOf(after["status"])["qosClass"] ?? "");
    const message = `Invalid value: ${shown}: Pod QOS Class may not change as a result of resizing`;
    faults.push({ type: "FieldValueInvalid", field: "spec", message });
  }
  const own = objectOf(after["spec"]);
  if (containersOf(own["containers"]).length !== containersOf(spec["containers"]).length) {
    faults.push(forbidden("spec.containers", "containers may not be added or removed on resize"));
    return faults;
  }
  for (const field of ["containers", "initContainers"]) {
    const old = containersOf(spec[field]);
    for (const [index, container] of containersOf(own[field]).entries()) {
      const was = objectOf(old[index]?.["resources"]);
      faults.push(...removedFaults(objectOf(container["resources"]), was, `spec.${field}[${index}].resources`));
    }
  }
  if (!jsonEqual(withoutResizable(own), withoutResizable(spec)))
    faults.push(forbidden("spec", "only cpu and memory resources are mutable"));
  return faults;
}

function removedFaults(now: JsonObject, was: JsonObject, path: string): FieldFault[] {
  return ["limits", "requests"].flatMap((which) => {
    const kept = objectOf(now[which]);
    const isRemoved = Object.keys(objectOf(was[which])).some((name) => !(name in kept));
    return isRemoved ? [forbidden(`${path}.${which}`, `resource ${which} cannot be removed`)] : [];
  });
}

/** What there is to a resize of the containers, but for what it may change. */
function withoutResizable(spec: JsonObject): Json {
  return ["containers", "initContainers"].flatMap((field) =>
    containersOf(spec[field]).map((container): Json => {
      const resources = objectOf(container["resources"]);
      return [
        fixedIn(resources["limits"]),
        fixedIn(resources["requests"]),
        resources["claims"] ?? null,
        container["resizePolicy"] ?? null,
      ];
    }),
  );
}

function fixedIn(amounts: Json | undefined): JsonObject {
  return Object.fromEntries(Object.entries(objectOf(amounts)).filter(([name]) => !RESIZABLE.has(name)));
}

function forbidden(field: string, why: string): FieldFault {
  return { type: "FieldValueForbidden", field, message: `Forbidden: ${why}` };
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function containersOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
