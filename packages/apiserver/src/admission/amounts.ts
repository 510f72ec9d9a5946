import { addQuantity, compareQuantity, formatQuantity, parseQuantity, type Quantity } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";

/** Amounts by resource name: `cpu`, `requests.memory`, `count/deployments.apps`. */
export type Amounts = Map<string, Quantity>;

export function readAmounts(value: Json | undefined): Amounts {
  const amounts: Amounts = new Map();
  if (!isJsonObject(value)) return amounts;
  for (const [name, amount] of Object.entries(value)) {
    if (typeof amount === "string" || typeof amount === "number") amounts.set(name, parseQuantity(String(amount)));
  }
  return amounts;
}

export function addTo(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) {
    const known = total.get(name);
    total.set(name, known === undefined ? amount : addQuantity(known, amount));
  }
}

/** The larger of each. */
function maximize(total: Amounts, other: Amounts): void {
  for (const [name, amount] of other) {
    const known = total.get(name);
    if (known === undefined || compareQuantity(known, amount) < 0) total.set(name, amount);
  }
}

export function written(amounts: Amounts, names: readonly string[]): string {
  return names.map((name) => `${name}=${formatQuantity(amounts.get(name) ?? parseQuantity("0"))}`).join(",");
}

export function toJson(amounts: Amounts): JsonObject {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));
}

export function containersIn(spec: JsonObject, field: "containers" | "initContainers"): JsonObject[] {
  return Array.isArray(spec[field]) ? spec[field].filter(isJsonObject) : [];
}

/** Requests or limits of a whole pod: the sum of its containers, or its largest init container where that is more. */
export function podAmounts(spec: JsonObject, part: "requests" | "limits"): Amounts {
  const total: Amounts = new Map();
  for (const container of containersIn(spec, "containers")) addTo(total, containerAmounts(container, part));
  for (const container of containersIn(spec, "initContainers")) {
    if (container["restartPolicy"] === "Always") addTo(total, containerAmounts(container, part));
    else maximize(total, containerAmounts(container, part));
  }
  return total;
}

export function containerAmounts(container: JsonObject, part: "requests" | "limits"): Amounts {
  const resources = isJsonObject(container["resources"]) ? container["resources"] : {};
  return readAmounts(resources[part]);
}
