import type { Json, JsonObject } from "@fairlead/base";
import { compareQuantity, quantityValue } from "../quantity/arithmetic.ts";
import { parseQuantity, quantityFault } from "../quantity/parse.ts";
import type { Quantity } from "../quantity/types.ts";
import { labelKeyFaults } from "../selector/syntax.ts";
import { at, child, duplicate, forbidden, invalid, keyed, required, type FieldError } from "./field-error.ts";
import { entriesOf, structsOf, textOf } from "./access.ts";
import { NEGATIVE } from "./metadata.ts";
import { dns1123Label } from "./names.ts";

const STANDARD_FOR_CONTAINERS = new Set(["cpu", "memory", "ephemeral-storage"]);
const STANDARD = new Set([
  ...STANDARD_FOR_CONTAINERS,
  ...["requests.", "limits."].flatMap((prefix) => [...STANDARD_FOR_CONTAINERS].map((name) => prefix + name)),
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
  "storage",
  "requests.storage",
]);
const HUGE_PAGES = "hugepages-";

export function quantityOfField(value: Json | undefined): Quantity | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && quantityFault(text) === undefined ? parseQuantity(text) : undefined;
}

/** A name of a resource, native or of the form `vendor.example/thing`. */
export function resourceName(name: string, path: string): FieldError[] {
  const errors = labelKeyFaults(name).map((fault) => invalid(path, name, fault));
  if (errors.length > 0) return errors;
  const isStandard = STANDARD.has(name) || name.startsWith(HUGE_PAGES) || name.startsWith(`requests.${HUGE_PAGES}`);
  if (name.includes("/") || isStandard) return [];
  return [invalid(path, name, "must be a standard resource type or fully qualified")];
}

export function containerResourceName(name: string, path: string): FieldError[] {
  const errors = resourceName(name, path);
  if (!name.includes("/")) {
    const isStandard = STANDARD_FOR_CONTAINERS.has(name) || name.startsWith(HUGE_PAGES);
    return isStandard ? errors : [...errors, invalid(path, name, "must be a standard resource for containers")];
  }
  const isNative = name.split("/")[0]?.endsWith("kubernetes.io") ?? false;
  if (!isNative && !isExtendedResource(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

function isExtendedResource(name: string): boolean {
  return !name.startsWith("requests.") && labelKeyFaults(`requests.${name}`).length === 0;
}

/** Whether requests may be below limits. */
export function isOvercommittable(name: string): boolean {
  const isNative = !name.includes("/") || name.includes("kubernetes.io/");
  return isNative && !name.startsWith(HUGE_PAGES);
}

export function isWholeAmount(quantity: Quantity): boolean {
  return quantity.exponent >= 0 || quantity.unscaled % 10n ** BigInt(-quantity.exponent) === 0n;
}

export function resourceAmount(name: string, amount: Json, path: string): FieldError[] {
  const quantity = quantityOfField(amount);
  if (quantity === undefined) return [];
  if (quantityValue(quantity) < 0n || String(amount).startsWith("-")) return [invalid(path, String(amount), NEGATIVE)];
  const isWhole = isWholeAmount(quantity);
  const mustBeWhole = name.includes("/") && !name.split("/")[0]?.endsWith("kubernetes.io");
  return mustBeWhole && !isWhole ? [invalid(path, amount, "must be an integer")] : [];
}

/** requests and limits of a container, or of a pod as a whole, whose resources have other names. */
export function validateResources(
  resources: JsonObject | undefined,
  path: string,
  claimNames: readonly string[],
  nameFaults: (name: string, path: string) => FieldError[] = containerResourceName,
): FieldError[] {
  const limits = new Map(entriesOf(resources, "limits"));
  const requests = new Map(entriesOf(resources, "requests"));
  const errors: FieldError[] = [];
  for (const [name, amount] of limits) {
    const at = keyed(child(path, "limits"), name);
    errors.push(...nameFaults(name, at), ...resourceAmount(name, amount, at), ...pageFaults(name, amount, at));
  }
  for (const [name, amount] of requests) {
    const at = keyed(child(path, "requests"), name);
    errors.push(...nameFaults(name, at), ...resourceAmount(name, amount, at), ...pageFaults(name, amount, at));
    errors.push(...compareWithLimit(name, amount, limits.get(name), path));
  }
  const names = [...limits.keys(), ...requests.keys()];
  const hasCompute = names.some((name) => name === "cpu" || name === "memory");
  if (!hasCompute && names.some((name) => name.startsWith(HUGE_PAGES))) {
    errors.push(forbidden(path, "HugePages require cpu or memory"));
  }
  return [...errors, ...validateClaims(structsOf(resources, "claims"), child(path, "claims"), claimNames)];
}

/** Huge pages come in whole pages of the size that is part of their name. */
function pageFaults(name: string, amount: Json, path: string): FieldError[] {
  if (!name.startsWith(HUGE_PAGES)) return [];
  const [page, quantity] = [quantityOfField(name.slice(HUGE_PAGES.length)), quantityOfField(amount)];
  if (!quantity) return [];
  const isWhole = page && quantityValue(page) > 0n && quantityValue(quantity) % quantityValue(page) === 0n;
  if (isWhole) return [];
  return [invalid(path, String(amount), `${String(amount)} is not positive integer multiple of ${name}`)];
}

function compareWithLimit(name: string, amount: Json, limit: Json | undefined, path: string): FieldError[] {
  if (limit === undefined) {
    if (isOvercommittable(name)) return [];
    return [required(child(path, "limits"), "Limit must be set for non overcommitable resources")];
  }
  const [request, maximum] = [quantityOfField(amount), quantityOfField(limit)];
  if (request === undefined || maximum === undefined) return [];
  const order = compareQuantity(request, maximum);
  const requestsPath = child(path, "requests");
  if (order !== 0 && !isOvercommittable(name)) {
    return [invalid(requestsPath, String(amount), `must be equal to ${name} limit of ${String(limit)}`)];
  }
  if (order <= 0) return [];
  return [invalid(requestsPath, String(amount), `must be less than or equal to ${name} limit of ${String(limit)}`)];
}

function validateClaims(claims: readonly JsonObject[], path: string, claimNames: readonly string[]): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap((claim, index) => {
    const errors: FieldError[] = [];
    const name = textOf(claim, "name");
    const request = textOf(claim, "request");
    if (name === "") errors.push(required(at(path, index)));
    else if (seen.has(name) || seen.has(`${name}/${request}`)) errors.push(duplicate(at(path, index), name));
    if (request !== "") {
      for (const fault of dns1123Label(request))
        errors.push(invalid(child(at(path, index), "request"), request, fault));
    }
    seen.add(request === "" ? name : `${name}/${request}`);
    if (name !== "" && !claimNames.includes(name)) {
      const known = claimNames.length === 0 ? " which is empty" : `: ${[...claimNames].sort().join(", ")}`;
      const detail = `must be one of the names in pod.spec.resourceClaims${known}`;
      errors.push({ type: "FieldValueNotFound", field: at(path, index), badValue: name, detail });
    }
    return errors;
  });
}
