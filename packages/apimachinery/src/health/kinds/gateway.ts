import type { KubeObject } from "../../object/types.ts";
import { health, type Health } from "../types.ts";
import { type Condition, conditionsOf, listAt, objectsAt, textAt } from "../view.ts";

/** Gateway API: a gateway and its listeners, a route and its parents, as Argo CD's scripts look at them. */

export function gatewayHealth(object: KubeObject): Health {
  const own = verdict(conditionsOf(object), "", "Gateway is still being programmed");
  if (own) return own;
  const listeners = objectsAt(object, "status.listeners");
  for (const listener of listeners) {
    const found = verdict(conditionsOf(listener, "conditions"), "Listener: ", "Listener is still being programmed");
    if (found) return found;
  }
  const hasStatus = listAt(object, "status.conditions").length > 0 || listeners.length > 0;
  return hasStatus ? health("Healthy", "Gateway is healthy") : health("Progressing", "Waiting for Gateway status");
}

/** A parent that has not seen the newest spec says nothing yet. */
export function routeHealth(object: KubeObject): Health {
  const { generation } = object.metadata;
  const parents = objectsAt(object, "status.parents").filter((parent) =>
    conditionsOf(parent, "conditions").every(
      ({ observedGeneration: seen }) => generation === undefined || seen === undefined || seen === generation,
    ),
  );
  for (const parent of parents) {
    const prefix = `Parent ${textAt(parent, "parentRef.name") ?? ""}: `;
    const found = verdict(conditionsOf(parent, "conditions"), prefix, "Route is still being programmed");
    if (found) return found;
  }
  const isAccepted = parents.some((parent) => listAt(parent, "conditions").length > 0);
  return isAccepted
    ? health("Healthy", `${object.kind} is healthy`)
    : health("Progressing", `Waiting for ${object.kind} status`);
}

export function backendPolicyHealth(object: KubeObject): Health {
  const waiting = health("Progressing", "Waiting for BackendTLSPolicy status");
  const { generation } = object.metadata;
  const ancestors = objectsAt(object, "status.ancestors").map((ancestor) => ({
    name: textAt(ancestor, "ancestorRef.name") ?? "",
    conditions: conditionsOf(ancestor, "conditions"),
  }));
  const stale = ancestors.find(({ conditions }) =>
    conditions.some(
      ({ observedGeneration: seen }) => generation !== undefined && seen !== undefined && seen !== generation,
    ),
  );
  if (stale) {
    return health("Progressing", `Waiting for Ancestor ${stale.name} to update BackendTLSPolicy status`);
  }
  for (const { name, conditions } of ancestors) {
    const fault = conditions.find(
      ({ type, status }) => (type === "Accepted" || type === "ResolvedRefs") && status !== "True",
    );
    if (fault) return health("Degraded", `Ancestor ${name}: ${fault.message}`);
  }
  const isAccepted = ancestors.some(({ conditions }) => conditions.some(({ type }) => type === "Accepted"));
  return isAccepted ? health("Healthy", "BackendTLSPolicy is healthy") : waiting;
}

function verdict(conditions: readonly Condition[], prefix: string, programming: string): Health | undefined {
  for (const wanted of ["ResolvedRefs", "Accepted"]) {
    const refused = conditions.find(({ type, status }) => type === wanted && status === "False");
    if (refused) return health("Degraded", `${prefix}${refused.message || `Failed condition: ${wanted}`}`);
  }
  const pending = conditions.find(({ type, status }) => type === "Programmed" && status !== "True");
  return pending && health("Progressing", `${prefix}${pending.message || programming}`);
}
