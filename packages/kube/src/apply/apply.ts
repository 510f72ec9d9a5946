import { applyOrder, describeRef, type KubeObject, refOf } from "@fairlead/apimachinery";
import { type Clock, jsonEqual, problemError, ProblemError, systemClock } from "@fairlead/base";
import type { KubeClient } from "../client/types.ts";
import { ApiError, isNotFound } from "../http/status.ts";
import { conflictsOf, isImmutableRefusal } from "./conflicts.ts";
import { takeOverFields } from "./migrate.ts";
import { batchesOf, CONCURRENCY, inParallel, type RunOptions, withoutBookkeeping } from "./run.ts";
import { type ChangeEntry, type ChangeSet, changeSet } from "./types.ts";
import { untilCondition, untilDeleted, waitFor } from "./wait.ts";

export interface ApplyRunOptions extends RunOptions {
  readonly fieldManager: string;
  /** Takes fields from other managers; without it a conflict is a failure that names them. */
  readonly force?: boolean | undefined;
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
  /** The object's live state where it is known, e.g. from an informer; saves one read each. Undefined: it is read. */
  readonly live?: ((object: KubeObject) => KubeObject | undefined) | undefined;
  /** A reason not to touch the object. */
  readonly skip?: ((object: KubeObject, live: KubeObject | undefined) => string | undefined) | undefined;
  /** Deletes and creates anew what cannot be changed. Default never. */
  readonly recreate?: "never" | "onImmutable" | undefined;
  /** Managers whose fields (by Update) become ours first, see takeOverFields. */
  readonly takeOver?: readonly string[] | undefined;
  /** How long CRDs may take to be served, and deleted objects to be gone. Default 60 s. */
  readonly settleMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

const SETTLE_MS = 60_000;
const CRD = "CustomResourceDefinition";

/**
 * Applies objects by server-side apply, namespaces before what is in them and definitions before what they define. An object
 * that fails does not stop the others. Never throws for what happens to an object: see the change set.
 */
export async function applyObjects(
  client: KubeClient,
  objects: readonly KubeObject[],
  options: ApplyRunOptions,
): Promise<ChangeSet> {
  const run = new ApplyRun(client, objects, options);
  const entries: ChangeEntry[] = [];
  for (const batch of batchesOf(applyOrder(objects))) {
    const done = await inParallel(batch, options.concurrency ?? CONCURRENCY, (object) => run.one(object));
    entries.push(...done);
    if (batch[0]?.kind === CRD) await run.settleDefinitions(done);
  }
  return changeSet(entries);
}

class ApplyRun {
  readonly #client: KubeClient;
  readonly #options: ApplyRunOptions;
  /** Of these objects, in a dry run: what is in them cannot be tried before they exist. */
  readonly #newNamespaces = new Set<string>();
  readonly #newKinds = new Set<string>();

  constructor(client: KubeClient, objects: readonly KubeObject[], options: ApplyRunOptions) {
    this.#client = client;
    this.#options = options;
    if (!options.dryRun) return;
    for (const object of objects) {
      if (object.kind === "Namespace") this.#newNamespaces.add(object.metadata.name ?? "");
      if (object.kind === CRD) for (const kind of kindsDefinedBy(object)) this.#newKinds.add(kind);
    }
  }

  async one(object: KubeObject): Promise<ChangeEntry> {
    const { onEntry, signal } = this.#options;
    const ref = refOf(object);
    let entry: ChangeEntry;
    try {
      signal?.throwIfAborted();
      entry = { ref, ...(await this.#apply(object)) };
    } catch (caught) {
      const error = caught instanceof Error ? caught : new Error(String(caught));
      const reason = this.#cannotBeTried(object, error);
      if (reason !== undefined) entry = { ref, action: "skipped", reason };
      else entry = { ref, action: "failed", error, conflicts: conflictsOf(error) };
    }
    onEntry?.(entry);
    return entry;
  }

  async settleDefinitions(entries: readonly ChangeEntry[]): Promise<void> {
    const changed = entries.filter((entry) => entry.action === "created" || entry.action === "configured");
    if (changed.length === 0 || this.#options.dryRun) return;
    await waitFor(
      this.#client,
      changed.flatMap((entry) => (entry.object ? [namedRefOf(entry.object)] : [])),
      { until: untilCondition("Established"), ...this.#settling() },
    );
    this.#client.discovery.invalidate();
  }

  async #apply(object: KubeObject): Promise<Omit<ChangeEntry, "ref">> {
    const { live: known, skip, takeOver, dryRun, fieldManager, signal } = this.#options;
    let before = known?.(object) ?? (await this.#read(object));
    const reason = skip?.(object, before);
    if (reason !== undefined) return { action: "skipped", reason, before };
    if (before !== undefined && takeOver !== undefined && !dryRun) {
      before = await takeOverFields(this.#client, before, takeOver, fieldManager, signal);
    }
    try {
      return compare(before, await this.#send(object), dryRun === true);
    } catch (error) {
      const mayRecreate = this.#options.recreate === "onImmutable" && before !== undefined;
      if (!mayRecreate || !isImmutableRefusal(error)) throw error;
      return this.#recreate(object, before as KubeObject, error as Error);
    }
  }

  #read(object: KubeObject): Promise<KubeObject | undefined> {
    const { name, namespace } = object.metadata;
    if (!name) throw problemError("ObjectInvalid", `a ${object.kind} has no name, which an apply needs`);
    return this.#client.find(object, name, namespace, { signal: this.#options.signal });
  }

  #send(object: KubeObject): Promise<KubeObject> {
    const { fieldManager, force, dryRun, fieldValidation, signal } = this.#options;
    return this.#client.apply(object, { fieldManager, force, dryRun, fieldValidation, signal });
  }

  async #recreate(object: KubeObject, before: KubeObject, why: Error): Promise<Omit<ChangeEntry, "ref">> {
    const reason = `deleted and created anew: ${why.message}`;
    if (this.#options.dryRun) return { action: "configured", reason, before };
    const { name = "", namespace, uid } = before.metadata;
    await this.#client.delete(before, name, namespace, { preconditions: { uid }, propagationPolicy: "Background" });
    const gone = await waitFor(this.#client, [{ ...namedRefOf(before), uid }], {
      until: untilDeleted,
      ...this.#settling(),
    });
    const failure = gone.entries.find((entry) => entry.action === "failed")?.error;
    if (failure !== undefined) throw failure;
    return { action: "created", reason, before, object: await this.#send(object) };
  }

  #settling(): { timeoutMs: number; clock: Clock; signal: AbortSignal | undefined } {
    const { settleMs = SETTLE_MS, clock = systemClock, signal } = this.#options;
    return { timeoutMs: settleMs, clock, signal };
  }

  #cannotBeTried(object: KubeObject, error: Error): string | undefined {
    if (error instanceof ProblemError && error.code === "KindNotServed") {
      const isDefinedHere = this.#newKinds.has(`${object.apiVersion.split("/")[0]} ${object.kind}`);
      return isDefinedHere ? "its kind is defined in the same run and cannot be tried before" : undefined;
    }
    if (error instanceof ApiError && isNotFound(error) && this.#newNamespaces.has(object.metadata.namespace ?? "")) {
      return "its namespace is created in the same run and it cannot be tried before";
    }
    return undefined;
  }
}

function compare(
  before: KubeObject | undefined,
  object: KubeObject,
  isDryRun: boolean,
): Pick<ChangeEntry, "action" | "before" | "object"> {
  if (before === undefined || before.metadata.uid !== object.metadata.uid) return { action: "created", object, before };
  // A dry run answers with the version there was, whatever it would have changed.
  const isSame = isDryRun
    ? jsonEqual(withoutBookkeeping(before), withoutBookkeeping(object))
    : before.metadata.resourceVersion === object.metadata.resourceVersion;
  return { action: isSame ? "unchanged" : "configured", object, before };
}

function kindsDefinedBy(crd: KubeObject): string[] {
  const spec = crd["spec"] as { group?: string; names?: { kind?: string } } | undefined;
  return [`${spec?.group} ${spec?.names?.kind}`];
}

function namedRefOf(object: KubeObject): { apiVersion: string; kind: string; name: string; namespace?: string } {
  const { name = "", namespace } = object.metadata;
  const { apiVersion, kind } = object;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

/** One line a person reads: `Deployment shop/checkout configured`, with the reason or the error. */
export function describeEntry(entry: ChangeEntry): string {
  const { action, reason, error, conflicts = [] } = entry;
  const words = action === "failed" ? `failed: ${error?.message ?? "unknown error"}` : action;
  const fields = conflicts.map(({ field, manager }) => `\n  ${field} is managed by ${manager}`).join("");
  return `${describeRef(entry.ref)} ${words}${reason ? ` (${reason})` : ""}${fields}`;
}
