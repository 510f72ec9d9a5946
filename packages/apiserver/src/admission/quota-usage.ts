import { parseQuantity, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { Resource } from "../registry/types.ts";
import { addTo, podAmounts, readAmounts, type Amounts } from "./amounts.ts";

const ONE = parseQuantity("1");

/** Core kinds that are counted under their own name. */
const COUNTED = new Set([
  "configmaps",
  "secrets",
  "services",
  "persistentvolumeclaims",
  "replicationcontrollers",
  "resourcequotas",
]);

/** What one object uses of the quotas of its namespace (pkg/quota/v1/evaluator/core). */
export function usageOf(resource: Pick<Resource, "group" | "plural">, object: KubeObject): Amounts {
  const usage: Amounts = new Map();
  const suffix = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
  usage.set(`count/${suffix}`, ONE);
  if (resource.group !== "") return usage;
  if (COUNTED.has(resource.plural)) usage.set(resource.plural, ONE);
  const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
  if (resource.plural === "pods") addTo(usage, podUsage(object, spec));
  if (resource.plural === "services") addTo(usage, serviceUsage(spec));
  if (resource.plural === "persistentvolumeclaims") addTo(usage, claimUsage(spec));
  return usage;
}

/** Pods that have ended use nothing but their place in the count of objects. */
function podUsage(pod: KubeObject, spec: JsonObject): Amounts {
  const usage: Amounts = new Map();
  const phase = isJsonObject(pod["status"]) ? pod["status"]["phase"] : undefined;
  if (phase === "Succeeded" || phase === "Failed") return usage;
  usage.set("pods", ONE);
  for (const [name, amount] of podAmounts(spec, "requests")) {
    usage.set(name, amount).set(`requests.${name}`, amount);
  }
  for (const [name, amount] of podAmounts(spec, "limits")) usage.set(`limits.${name}`, amount);
  return usage;
}

function serviceUsage(spec: JsonObject): Amounts {
  const usage: Amounts = new Map();
  const ports = Array.isArray(spec["ports"]) ? spec["ports"].length : 0;
  if (spec["type"] === "LoadBalancer") usage.set("services.loadbalancers", ONE);
  if (spec["type"] === "NodePort" || spec["type"] === "LoadBalancer") {
    usage.set("services.nodeports", parseQuantity(String(ports)));
  }
  return usage;
}

function claimUsage(spec: JsonObject): Amounts {
  const usage: Amounts = new Map();
  const requests = isJsonObject(spec["resources"]) ? readAmounts(spec["resources"]["requests"]) : new Map();
  const storage = requests.get("storage");
  if (storage === undefined) return usage;
  usage.set("requests.storage", storage);
  const storageClass = spec["storageClassName"];
  if (typeof storageClass === "string" && storageClass !== "") {
    const prefix = `${storageClass}.storageclass.storage.k8s.io`;
    usage.set(`${prefix}/requests.storage`, storage).set(`${prefix}/persistentvolumeclaims`, ONE);
  }
  return usage;
}
