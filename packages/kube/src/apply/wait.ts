import { describeRef, type KubeObject, kstatusOf, parseApiVersion } from "@fairlead/apimachinery";
import { type Clock, isJsonObject, problemError, systemClock } from "@fairlead/base";
import type { NamedRef } from "../client/refs.ts";
import type { KubeClient } from "../client/types.ts";
import { createInformer } from "../informer/informer.ts";
import { keyOf } from "../informer/types.ts";
import { type ChangeEntry, type ChangeSet, changeSet } from "./types.ts";

/** What an object is on its way to. `failed` may still turn into `ready`: controllers retry. */
export type WaitVerdict =
  | { readonly kind: "ready" }
  | { readonly kind: "pending"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

/** Judges an object as it is; undefined: it is not there. */
export type WaitUntil = (object: KubeObject | undefined) => WaitVerdict;

export interface WaitTarget extends NamedRef {
  /** Another object of the same name counts as absent. */
  readonly uid?: string | undefined;
}

export interface WaitOptions {
  readonly until: WaitUntil;
  /** Default 5 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait for an object with its first failure. Default false: a failure may pass. */
  readonly failFast?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told each new verdict of an object. */
  readonly onVerdict?: ((target: WaitTarget, verdict: WaitVerdict) => void) | undefined;
}

const TIMEOUT_MS = 300_000;
/** Up to so many objects of one kind and namespace are watched one by one, more by watching the namespace. */
const SINGLE_WATCHES_MAX = 5;

const READY: WaitVerdict = { kind: "ready" };

/**
 * Waits by watching until every object is what it should be. Entries: `unchanged` with the object when it is (`pruned` when the
 * wait was for its absence), `failed` with WaitTimedOut or the reason when it is not. Order as given.
 */
export async function waitFor(
  client: KubeClient,
  targets: readonly WaitTarget[],
  options: WaitOptions,
): Promise<ChangeSet> {
  const { clock = systemClock, timeoutMs = TIMEOUT_MS } = options;
  const stop = new AbortController();
  const onOuter = (): void => stop.abort();
  if (options.signal?.aborted) stop.abort();
  options.signal?.addEventListener("abort", onOuter, { once: true });
  const cancelTimer = clock.after(timeoutMs, () => stop.abort());
  try {
    const waits = groupsOf(targets).map((group) => waitForGroup(client, group, options, stop.signal));
    const found = new Map((await Promise.all(waits)).flatMap((entries) => [...entries]));
    return changeSet(targets.map((target) => found.get(target) as ChangeEntry));
  } finally {
    cancelTimer();
    options.signal?.removeEventListener("abort", onOuter);
    stop.abort();
  }
}

function groupsOf(targets: readonly WaitTarget[]): WaitTarget[][] {
  const groups = Map.groupBy(targets, ({ apiVersion, kind, namespace }) => `${apiVersion} ${kind} ${namespace ?? ""}`);
  return [...groups.values()].flatMap((group) =>
    group.length > SINGLE_WATCHES_MAX ? [group] : group.map((target) => [target]),
  );
}

async function waitForGroup(
  client: KubeClient,
  group: readonly WaitTarget[],
  options: WaitOptions,
  signal: AbortSignal,
): Promise<Map<WaitTarget, ChangeEntry>> {
  const [first] = group as [WaitTarget];
  const kind = { apiVersion: first.apiVersion, kind: first.kind };
  const resource = await client.discovery.findResource(kind);
  const isNamespaced = resource?.namespaced ?? first.namespace !== undefined;
  const namespace = isNamespaced ? (first.namespace ?? client.defaultNamespace) : undefined;
  const watch = new GroupWatch(group, namespace, options);
  // Of a kind that is not served there are no objects, which may be all that is waited for.
  if (resource === undefined && watch.judgeAll(() => undefined)) return watch.entries;

  const fieldSelector = group.length === 1 ? `metadata.name=${first.name}` : undefined;
  const informer = createInformer(client, { kind, namespace, fieldSelector, clock: options.clock });
  const end = new AbortController();
  const isDone = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => isDone.resolve(), { once: true, signal: end.signal });
  informer.subscribe(({ type, object }) => {
    if (informer.hasSynced && watch.judge(keyOf(object), type === "deleted" ? undefined : object)) isDone.resolve();
  });
  if (signal.aborted) isDone.resolve();
  else informer.start(end.signal);
  informer.synced.then(
    () => watch.judgeAll((key) => informer.get(key)) && isDone.resolve(),
    () => undefined,
  );
  await isDone.promise;
  const { lastError } = informer;
  end.abort();
  watch.close(lastError, options.signal?.aborted === true);
  return watch.entries;
}

class GroupWatch {
  readonly entries = new Map<WaitTarget, ChangeEntry>();
  readonly #options: WaitOptions;
  /** By key: a target and what was last said about it. */
  readonly #pending: Map<string, { readonly target: WaitTarget; message: string }[]>;

  constructor(targets: readonly WaitTarget[], namespace: string | undefined, options: WaitOptions) {
    this.#options = options;
    const keyed = targets.map((target) => ({
      key: namespace === undefined ? target.name : `${namespace}/${target.name}`,
      waiting: { target, message: "was not seen yet" },
    }));
    const byKey = Map.groupBy(keyed, ({ key }) => key);
    this.#pending = new Map([...byKey].map(([key, list]) => [key, list.map(({ waiting }) => waiting)]));
  }

  /** True when nothing is left to wait for. */
  judgeAll(find: (key: string) => KubeObject | undefined): boolean {
    for (const key of this.#pending.keys()) this.judge(key, find(key));
    return this.#pending.size === 0;
  }

  judge(key: string, found: KubeObject | undefined): boolean {
    const left = (this.#pending.get(key) ?? []).filter((waiting) => !this.#isSettled(waiting, found));
    if (left.length === 0) this.#pending.delete(key);
    else this.#pending.set(key, left);
    return this.#pending.size === 0;
  }

  close(connection: Error | undefined, isCancelled: boolean): void {
    const trouble = connection === undefined ? "" : `; last error of the watch: ${connection.message}`;
    for (const { target, message } of [...this.#pending.values()].flat()) {
      if (isCancelled) this.#settle(target, { action: "skipped", reason: "the wait was given up" });
      else this.#fail(target, `it was not ready in time: ${message}${trouble}`);
    }
    this.#pending.clear();
  }

  #isSettled(waiting: { readonly target: WaitTarget; message: string }, found: KubeObject | undefined): boolean {
    const { target } = waiting;
    const object = target.uid === undefined || found?.metadata.uid === target.uid ? found : undefined;
    const verdict = this.#options.until(object);
    const message = verdict.kind === "ready" ? "" : verdict.message;
    if (message !== waiting.message || verdict.kind === "ready") this.#options.onVerdict?.(target, verdict);
    waiting.message = message;
    if (verdict.kind === "ready") this.#settle(target, { action: object ? "unchanged" : "pruned", object });
    else if (verdict.kind === "failed" && this.#options.failFast) this.#fail(target, message);
    else return false;
    return true;
  }

  #fail(target: WaitTarget, message: string): void {
    const error = problemError("WaitTimedOut", message, { object: describeRef(target) });
    this.#settle(target, { action: "failed", error });
  }

  #settle(target: WaitTarget, result: Omit<ChangeEntry, "ref">): void {
    const { apiVersion, kind, name, namespace } = target;
    this.entries.set(target, { ref: { group: parseApiVersion(apiVersion).group, kind, namespace, name }, ...result });
  }
}

/** Gone from the server, finalizers and all. */
export const untilDeleted: WaitUntil = (object) => {
  if (object === undefined) return READY;
  const finalizers = object.metadata.finalizers ?? [];
  if (object.metadata.deletionTimestamp === undefined) return { kind: "pending", message: "is not being deleted" };
  const held = finalizers.length > 0 ? `, held by ${finalizers.join(", ")}` : "";
  return { kind: "pending", message: `is being deleted${held}` };
};

/** `status.conditions` holds the type with this status. */
export function untilCondition(type: string, status = "True"): WaitUntil {
  return (object) => {
    if (object === undefined) return { kind: "pending", message: "does not exist" };
    const conditions = isJsonObject(object["status"]) ? object["status"]["conditions"] : undefined;
    const found = Array.isArray(conditions)
      ? conditions.find((each) => isJsonObject(each) && String(each["type"]).toLowerCase() === type.toLowerCase())
      : undefined;
    if (!isJsonObject(found)) return { kind: "pending", message: `has no condition ${type}` };
    if (String(found["status"]).toLowerCase() === status.toLowerCase()) return READY;
    const message = typeof found["message"] === "string" && found["message"] !== "" ? `: ${found["message"]}` : "";
    return { kind: "pending", message: `condition ${type} is ${JSON.stringify(found["status"])}${message}` };
  };
}

/**
 * A field has a value, or any value when none is asked for. The path goes by keys and places: `.status.phase`, `{.a.b[0].c}`,
 * `.metadata.labels['a/b']`. Undefined for a path that is written otherwise: filters and ranges are not known.
 */
export function untilField(path: string, value: string | undefined): WaitUntil | undefined {
  const steps = stepsOf(path);
  if (steps === undefined) return undefined;
  return (object) => {
    if (object === undefined) return { kind: "pending", message: "does not exist" };
    let at: unknown = object;
    for (const step of steps) {
      const isThere = typeof at === "object" && at !== null && Object.hasOwn(at, step);
      at = isThere ? (at as Record<string, unknown>)[step] : undefined;
    }
    if (at === undefined) return { kind: "pending", message: `has no field ${path}` };
    if (value === undefined) return READY;
    // As kubectl has it, only plain values can be compared.
    const text = typeof at === "object" ? undefined : String(at);
    return text === value ? READY : { kind: "pending", message: `field ${path} is not ${JSON.stringify(value)}` };
  };
}

const STEP = /\.([\w-]+(?:\\\.[\w-]+)*)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/y;

function stepsOf(path: string): string[] | undefined {
  const text = path.replace(/^\{(.*)\}$/s, "$1").replace(/^(?=[^.[])/, ".");
  const steps: string[] = [];
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (found === null) return undefined;
    const [, name, place, single, double] = found;
    steps.push(name?.replaceAll("\\.", ".") ?? place ?? single ?? double ?? "");
  }
  return steps.length > 0 ? steps : undefined;
}

/** Reconciled, by the rules of kstatus. */
export const untilCurrent: WaitUntil = (object) => {
  if (object === undefined) return { kind: "pending", message: "does not exist" };
  const { status, message } = kstatusOf(object);
  if (status === "Current") return READY;
  return { kind: status === "Failed" ? "failed" : "pending", message: message || status };
};

/** Healthy by a health function such as apimachinery's healthOf; a kind without a check counts as healthy once it exists. */
export function untilHealthy(
  healthOf: (object: KubeObject) => { readonly status: string; readonly message?: string | undefined } | undefined,
): WaitUntil {
  return (object) => {
    if (object === undefined) return { kind: "pending", message: "does not exist" };
    const health = healthOf(object);
    if (health === undefined || health.status === "Healthy") return READY;
    const message = health.message ? `${health.status}: ${health.message}` : health.status;
    return { kind: health.status === "Degraded" ? "failed" : "pending", message };
  };
}
