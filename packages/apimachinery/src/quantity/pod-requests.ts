import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { addQuantity, compareQuantity } from "./arithmetic.ts";
import { parseQuantity, quantityFault } from "./parse.ts";
import type { Quantity } from "./types.ts";

type Amounts = Map<string, Quantity>;

/**
 * What the containers of a pod's spec ask for together: all that run at a time, with the most that an init container needs
 * beside the sidecars before it (component-helpers, resource.AggregateContainerRequests). Unreadable amounts are passed over.
 */
export function aggregateRequests(spec: JsonObject): Amounts {
  const running: Amounts = new Map();
  for (const container of structs(spec["containers"])) add(running, requestsOf(container));
  const sidecars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const container of structs(spec["initContainers"])) {
    const own = requestsOf(container);
    if (container["restartPolicy"] === "Always") {
      add(running, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      add(own, sidecars);
      raise(starting, own);
    }
  }
  raise(running, starting);
  return running;
}

function structs(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function requestsOf(container: JsonObject): Amounts {
  const { resources } = container;
  const requests = isJsonObject(resources) ? resources["requests"] : undefined;
  const amounts: Amounts = new Map();
  if (!isJsonObject(requests)) return amounts;
  for (const [name, value] of Object.entries(requests)) {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text === "string" && quantityFault(text) === undefined) amounts.set(name, parseQuantity(text));
  }
  return amounts;
}

function add(into: Amounts, more: Amounts): void {
  for (const [name, amount] of more) {
    const before = into.get(name);
    into.set(name, before === undefined ? amount : addQuantity(before, amount));
  }
}

function raise(into: Amounts, others: Amounts): void {
  for (const [name, amount] of others) {
    const before = into.get(name);
    if (before === undefined || compareQuantity(before, amount) < 0) into.set(name, amount);
  }
}
