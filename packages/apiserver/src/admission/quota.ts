import { compareQuantity, parseQuantity, subtractQuantity, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import { forbidden } from "../http/status.ts";
import type { Entry } from "../storage/entry.ts";
import type { StoreEvent } from "../storage/history.ts";
import type { Store } from "../storage/store.ts";
import { addTo, containerAmounts, containersIn, readAmounts, written, type Amounts } from "./amounts.ts";
import { usageOf } from "./quota-usage.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const QUOTAS = "/resourcequotas";
const COMPUTE = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];
const ZERO = parseQuantity("0");

/** Uses what is there against what a namespace's quotas allow. Usage is counted from the store, so it is never stale. */
export class Quotas {
  readonly #store: Store;
  /** Admitted and not yet stored, by namespace and object: two writers of one moment must not both pass. */
  readonly #pending = new Map<string, Map<string, Amounts>>();

  constructor(store: Store) {
    this.#store = store;
    store.onCommit((events) => this.#forget(events));
  }

  get admitter(): Admitter {
    return (request) => {
      const { resource, operation, subresource, object, namespace } = request;
      if (operation !== "CREATE" || subresource !== "" || object === undefined || !resource.namespaced) return;
      const quotas = this.#store.collection(QUOTAS).list(namespace);
      if (quotas.length === 0) return;
      const usage = usageOf(resource, object);
      for (const quota of quotas) this.#check(quota, request, object, usage);
      if (!request.dryRun) this.#reserve(namespace, `${resource.storage}/${object.metadata.name ?? ""}`, usage);
    };
  }

  /** What a namespace uses of the named resources. */
  used(namespace: string, names: Iterable<string>): Amounts {
    const total: Amounts = new Map();
    for (const collection of this.#store.collections()) {
      const slash = collection.resource.indexOf("/");
      const resource = { group: collection.resource.slice(0, slash), plural: collection.resource.slice(slash + 1) };
      for (const entry of collection.list(namespace))
        addTo(total, usageOf(resource, entry.parse() as unknown as KubeObject));
    }
    const wanted: Amounts = new Map();
    for (const name of names) wanted.set(name, total.get(name) ?? ZERO);
    return wanted;
  }

  #check(quota: Entry, request: AdmissionRequest, object: KubeObject, usage: Amounts): void {
    const spec = specOf(quota.parse());
    // Scopes speak of classes of pods; a quota with scopes counts only pods, and only those.
    if (!isInScope(spec, request, object)) return;
    const hard = readAmounts(spec["hard"]);
    const missing = request.resource.kind === "Pod" && request.resource.group === "" ? missingIn(object, hard) : [];
    if (missing.length > 0) {
      throw forbidden(
        request.resource,
        object.metadata.name ?? "",
        `failed quota: ${quota.name}: must specify ${missing.join("; ")}`,
      );
    }
    const names = [...hard.keys()].filter((name) => usage.has(name)).sort();
    if (names.length === 0) return;
    const used = this.used(request.namespace, names);
    for (const pending of this.#pending.get(request.namespace)?.values() ?? []) {
      addTo(used, new Map([...pending].filter(([name]) => used.has(name))));
    }
    const exceeded = names.filter((name) => {
      const left = subtractQuantity(hard.get(name) ?? ZERO, used.get(name) ?? ZERO);
      return compareQuantity(left, usage.get(name) ?? ZERO) < 0;
    });
    if (exceeded.length === 0) return;
    throw forbidden(
      request.resource,
      object.metadata.name ?? "",
      `exceeded quota: ${quota.name}, requested: ${written(usage, exceeded)}, used: ${written(used, exceeded)}, limited: ${written(hard, exceeded)}`,
    );
  }

  #reserve(namespace: string, key: string, usage: Amounts): void {
    let pending = this.#pending.get(namespace);
    if (pending === undefined) this.#pending.set(namespace, (pending = new Map()));
    pending.set(key, usage);
    // The write fails in validation after all, or is in the next commit: either way it is no longer pending soon.
    setTimeout(() => this.#drop(namespace, key), 1_000).unref();
  }

  #forget(events: readonly StoreEvent[]): void {
    if (this.#pending.size === 0) return;
    for (const { entry } of events) this.#drop(entry.namespace, `${entry.resource}/${entry.name}`);
  }

  #drop(namespace: string, key: string): void {
    const pending = this.#pending.get(namespace);
    pending?.delete(key);
    if (pending?.size === 0) this.#pending.delete(namespace);
  }
}

/** Pods must say what a quota counts: `cpu for: main`. */
function missingIn(pod: KubeObject, hard: Amounts): string[] {
  const spec = specOf(pod);
  return COMPUTE.filter((name) => hard.has(name)).flatMap((name) => {
    const isLimit = name.startsWith("limits.");
    const plain = name.replace(/^(requests|limits)\./, "");
    const without = [...containersIn(spec, "containers"), ...containersIn(spec, "initContainers")].filter(
      (container) => !containerAmounts(container, isLimit ? "limits" : "requests").has(plain),
    );
    if (without.length === 0) return [];
    const containers = without.map((container) => String(container["name"])).sort();
    return [`${name} for: ${containers.join(",")}`];
  });
}

function isInScope(spec: JsonObject, { resource }: AdmissionRequest, object: KubeObject): boolean {
  const scopes = Array.isArray(spec["scopes"]) ? spec["scopes"].map(String) : [];
  if (scopes.length === 0) return true;
  if (resource.group !== "" || resource.kind !== "Pod") return false;
  const pod = specOf(object);
  const isTerminating = typeof pod["activeDeadlineSeconds"] === "number";
  const isBestEffort = isJsonObject(object["status"]) && object["status"]["qosClass"] === "BestEffort";
  const holds: Readonly<Record<string, boolean>> = {
    Terminating: isTerminating,
    NotTerminating: !isTerminating,
    BestEffort: isBestEffort,
    NotBestEffort: !isBestEffort,
  };
  return scopes.every((scope) => holds[scope] ?? true);
}

function specOf(object: JsonObject): JsonObject {
  return isJsonObject(object["spec"]) ? object["spec"] : {};
}
