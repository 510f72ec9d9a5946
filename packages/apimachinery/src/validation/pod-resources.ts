import type { JsonObject } from "@fairlead/base";
import { compareQuantity } from "../quantity/arithmetic.ts";
import { formatQuantity } from "../quantity/format.ts";
import { aggregateRequests } from "../quantity/pod-requests.ts";
import { eachOf, entriesOf, has, structOf } from "./access.ts";
import { child, forbidden, invalid, keyed, notSupported, type FieldError } from "./field-error.ts";
import { quantityOfField, resourceName, validateResources } from "./resources.ts";

const SUPPORTED = ["cpu", "hugepages-", "memory"];

/** Requests and limits of a whole pod: its containers must fit into them. */
export function validatePodResources(spec: JsonObject, path: string, claimNames: readonly string[]): FieldError[] {
  const resources = structOf(spec, "resources");
  if (!resources) return [];
  const inner = child(path, "resources");
  const text = "claims may not be set for Resources at pod-level";
  return [
    ...(has(resources, "claims") ? [forbidden(child(inner, "claims"), text)] : []),
    ...validateResources(resources, inner, claimNames, podResourceName),
    ...requestFaults(spec, resources, inner),
    ...limitFaults(spec, resources, path),
  ];
}

function podResourceName(name: string, path: string): FieldError[] {
  const errors = resourceName(name, path);
  return errors.length > 0 || isSupported(name) ? errors : [notSupported(path, name, SUPPORTED)];
}

function isSupported(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

function requestFaults(spec: JsonObject, resources: JsonObject, path: string): FieldError[] {
  const requests = structOf(resources, "requests");
  return [...aggregateRequests(spec)].flatMap(([name, sum]) => {
    const amount = quantityOfField(requests?.[name] ?? undefined);
    if (!isSupported(name) || amount === undefined || compareQuantity(sum, amount) <= 0) return [];
    const text = `must be greater than or equal to aggregate container requests of ${formatQuantity(sum)}`;
    return [invalid(keyed(child(path, "requests"), name), formatQuantity(amount), text)];
  });
}

/** Paths as the server has them, and like it without a look at init containers. */
function limitFaults(spec: JsonObject, resources: JsonObject, path: string): FieldError[] {
  const limits = structOf(resources, "limits");
  return eachOf(spec, "containers", child(path, "resources"), (container, inner) =>
    entriesOf(structOf(container, "resources"), "limits").flatMap(([name, value]) => {
      const [own, whole] = [quantityOfField(value), quantityOfField(limits?.[name] ?? undefined)];
      if (!own || !whole || compareQuantity(own, whole) <= 0) return [];
      const text = `must be less than or equal to pod limits of ${formatQuantity(whole)}`;
      return [invalid(child(keyed(inner, name), "limits"), formatQuantity(own), text)];
    }),
  );
}
