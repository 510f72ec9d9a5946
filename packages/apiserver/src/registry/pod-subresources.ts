import { labelSelectorFromObject, matchesLabels, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { readBody } from "../http/body.ts";
import { asObject, decodeBody } from "../http/decode.ts";
import { sendValue, type Exchange } from "../http/exchange.ts";
import { deleteOptionsOf, writeOptionsOf } from "../http/options.ts";
import {
  badRequest,
  conflict,
  internalError,
  methodNotAllowedOnPath,
  notFound,
  plainError,
  tooManyRequests,
  type Status,
} from "../http/status.ts";
import { decodeEntry } from "./codec.ts";
import { deleteObject } from "./delete.ts";
import { timestamp } from "./metadata.ts";
import type { Registry } from "./registry.ts";
import type { Resource } from "./types.ts";

const CREATED: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

/** What conflicts are told about. */
const BINDING = { group: "", plural: "pods/binding" };

/** POST …/binding: a scheduler says where a pod runs. */
export async function handleBinding(registry: Registry, exchange: Exchange, podName: string): Promise<void> {
  if (exchange.info.verb !== "create") throw methodNotAllowedOnPath();
  const { context, info } = exchange;
  const expected = { group: "", version: "v1", kind: "Binding" };
  const body = await readBody(exchange.request);
  const binding = asObject(decodeBody(body, exchange.request.headers["content-type"], expected).value, expected);
  const options = writeOptionsOf(info.query, context.userAgent, "CreateOptions");
  const pods = registry.resources.find("", "v1", "pods") as Resource;
  const target = isJsonObject(binding["target"]) ? binding["target"] : {};
  const node = String(target["name"] ?? "");
  if (node === "") throw plainError("target.name: Required value");
  const name = podName === "" ? (binding.metadata.name ?? "") : podName;
  await registry.modify(
    { resource: pods, namespace: info.namespace, name, subresource: "binding" },
    {
      mayCreate: false,
      next: (before) => bound(before as KubeObject, binding, node, registry.clock.now()),
    },
    options,
    { ...context, isInternal: true },
  );
  sendValue(exchange, 201, CREATED);
}

function bound(pod: KubeObject, binding: KubeObject, node: string, nowMs: number): KubeObject {
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const name = pod.metadata.name ?? "";
  if (pod.metadata.deletionTimestamp !== undefined)
    throw conflict(BINDING, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (typeof spec["nodeName"] === "string" && spec["nodeName"] !== "") {
    throw conflict(BINDING, name, `pod ${name} is already assigned to node ${JSON.stringify(spec["nodeName"])}`);
  }
  if (Array.isArray(spec["schedulingGates"]) && spec["schedulingGates"].length > 0)
    throw conflict(BINDING, name, `pod ${name} has non-empty .spec.schedulingGates`);
  pod["spec"] = { ...spec, nodeName: node };
  if (binding.metadata.annotations !== undefined) {
    pod.metadata.annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  }
  const status = isJsonObject(pod["status"]) ? pod["status"] : {};
  const conditions: Json[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const others = conditions.filter((item) => !isJsonObject(item) || item["type"] !== "PodScheduled");
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: timestamp(nowMs) };
  pod["status"] = { ...status, conditions: [...others, scheduled] };
  return pod;
}

/** POST …/eviction: a deletion that disruption budgets may hold back (429). */
export async function handleEviction(registry: Registry, exchange: Exchange, resource: Resource): Promise<void> {
  if (exchange.info.verb !== "create") throw methodNotAllowedOnPath();
  const { info, context } = exchange;
  const expected = { group: "policy", version: "v1", kind: "Eviction" };
  const body = await readBody(exchange.request);
  const eviction = asObject(decodeBody(body, exchange.request.headers["content-type"], expected).value, expected);
  const named = eviction.metadata.name ?? info.name;
  if (named !== info.name) throw badRequest("name in URL does not match name in Eviction object");
  const { dryRun } = writeOptionsOf(info.query, context.userAgent, "CreateOptions");
  const options = deleteOptionsOf(info.query, eviction["deleteOptions"] ?? {});
  const pod = registry.find(resource, info.namespace, info.name);
  if (pod === undefined) throw notFound(resource, info.name);
  if (!canIgnoreBudgets(pod)) await spendBudget(registry, exchange, pod, dryRun || options.dryRun);
  await deleteObject(
    registry,
    { resource, namespace: info.namespace, name: info.name },
    { ...options, dryRun: dryRun || options.dryRun },
    context,
  );
  sendValue(exchange, 201, CREATED);
}

/** Pods that have ended, wait to be scheduled or are on their way out disturb nobody. */
function canIgnoreBudgets(pod: KubeObject): boolean {
  const phase = isJsonObject(pod["status"]) ? pod["status"]["phase"] : undefined;
  return (
    phase === "Succeeded" || phase === "Failed" || phase === "Pending" || pod.metadata.deletionTimestamp !== undefined
  );
}

async function spendBudget(registry: Registry, exchange: Exchange, pod: KubeObject, dryRun: boolean): Promise<void> {
  const budgets = registry.resources.find("policy", "v1", "poddisruptionbudgets") as Resource;
  const namespace = pod.metadata.namespace ?? "";
  const matching = registry.store
    .collection(budgets.storage)
    .list(namespace)
    .map((entry) => decodeEntry(budgets, entry))
    .filter((budget) => matchesLabels(labelSelectorFromObject(specOf(budget)["selector"]), pod.metadata.labels));
  if (matching.length === 0) return;
  if (matching.length > 1) {
    throw internalError(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const budget = matching[0] as KubeObject;
  const status = isJsonObject(budget["status"]) ? budget["status"] : {};
  const name = budget.metadata.name ?? "";
  checkBudget(budget, status, name);
  if (dryRun) return;
  await registry.modify(
    { resource: budgets, namespace, name, subresource: "status" },
    {
      mayCreate: false,
      next(before) {
        const next = before as KubeObject;
        const own = isJsonObject(next["status"]) ? next["status"] : {};
        checkBudget(next, own, name);
        const disrupted = isJsonObject(own["disruptedPods"]) ? own["disruptedPods"] : {};
        const at = timestamp(registry.clock.now());
        next["status"] = {
          ...own,
          disruptionsAllowed: Number(own["disruptionsAllowed"] ?? 0) - 1,
          disruptedPods: { ...disrupted, [pod.metadata.name ?? ""]: at },
        };
        return next;
      },
    },
    { dryRun: false, fieldManager: "kube-apiserver", fieldValidation: "Ignore" },
    { ...exchange.context, isInternal: true },
  );
}

function checkBudget(budget: KubeObject, status: JsonObject, name: string): void {
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  if (Number(status["observedGeneration"] ?? 0) < (budget.metadata.generation ?? 0)) {
    throw tooManyRequests(message, 10, {
      causes: [
        {
          reason: "DisruptionBudget",
          message: `The disruption budget ${name} is still being processed by the server.`,
        },
      ],
    });
  }
  const allowed = Number(status["disruptionsAllowed"] ?? 0);
  if (allowed > 0) return;
  throw tooManyRequests(message, 0, {
    causes: [
      {
        reason: "DisruptionBudget",
        message: `The disruption budget ${name} needs ${Number(status["desiredHealthy"] ?? 0)} healthy pods and has ${Number(status["currentHealthy"] ?? 0)} currently`,
      },
    ],
  });
}

function specOf(object: KubeObject): JsonObject {
  return isJsonObject(object["spec"]) ? object["spec"] : {};
}
