import { problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { parseApplication } from "../application/parse.ts";
import type {
  ApplicationStatus,
  Operation,
  RevisionHistory,
  SyncOperation,
  SyncOperationResource,
} from "../application/types.ts";
import { ANNOTATIONS, APPLICATION_KIND, FINALIZERS } from "../names.ts";
import type { Where } from "./access.ts";
import { wantedRevisions, type RevisionFlags } from "./revisions.ts";
import { operationResources, type ResourcePattern } from "./selection.ts";

async function merge(hub: KubeClient, where: Where, body: unknown): Promise<KubeObject> {
  return hub.patch({ ...APPLICATION_KIND, ...where }, { type: "merge", body }, { fieldManager: "fairlead-cli" });
}

export interface SyncFlags extends RevisionFlags {
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly replace?: boolean;
  readonly applyOutOfSyncOnly?: boolean;
  readonly strategy?: "apply" | "hook";
  readonly syncOption?: readonly string[];
  readonly retryLimit?: number;
  readonly retryBackoffDuration?: string;
  readonly retryBackoffFactor?: number;
  readonly retryBackoffMaxDuration?: string;
  readonly info?: readonly { name: string; value: string }[];
  readonly resource?: readonly ResourcePattern[];
  readonly user: string;
}

/** What a rollback brings along beside revisions. */
type OwnSources = Pick<SyncOperation, "source" | "sources">;

/**
 * Sets the operation field; the engine takes it from there.
 * @param resources chosen otherwise than by `flags.resource`
 * @throws ProblemError OperationRunning when there is one already
 */
export async function requestSync(
  hub: KubeClient,
  object: KubeObject,
  flags: SyncFlags,
  own: OwnSources & { readonly resources?: SyncOperationResource[] } = {},
): Promise<void> {
  const { application: app } = parseApplication(object);
  const { name, namespace } = app.metadata;
  const { phase } = app.status.operationState ?? {};
  if (app.operation || phase === "Running" || phase === "Terminating") {
    throw problemError("OperationRunning", `${namespace}/${name} has an operation under way`, {
      hint: "wait for it, or end it with fairlead app terminate",
    });
  }
  const options = [
    ...app.spec.syncOptions,
    ...(flags.replace ? ["Replace=true"] : []),
    ...(flags.applyOutOfSyncOnly ? ["ApplyOutOfSyncOnly=true"] : []),
    ...(flags.syncOption ?? []),
  ];
  const resources = own.resources ?? (flags.resource?.length ? operationResources(object, flags.resource) : []);
  const revisions = wantedRevisions(app, flags);
  const sync: SyncOperation = {
    ...(flags.prune ? { prune: true } : {}),
    ...(flags.dryRun ? { dryRun: true } : {}),
    ...strategyFields(flags),
    ...(resources.length > 0 ? { resources } : {}),
    ...(options.length > 0 ? { syncOptions: options } : {}),
    ...(revisions ? revisionFields(revisions, app.spec.isMultiSource) : {}),
    ...(own.source ? { source: own.source } : {}),
    ...(own.sources ? { sources: own.sources } : {}),
  };
  const operation: Operation = {
    initiatedBy: { username: flags.user },
    sync,
    ...(flags.info ? { info: [...flags.info] } : {}),
    ...retryFields(flags),
  };
  await merge(hub, { name, namespace }, { operation });
}

function strategyFields({ strategy = "hook", force }: SyncFlags): SyncOperation {
  if (strategy === "hook" && !force) return {};
  return { syncStrategy: { [strategy]: force ? { force: true } : {} } };
}

function retryFields(flags: SyncFlags): Pick<Operation, "retry"> {
  if (flags.retryLimit === undefined) return {};
  const { retryLimit: limit, retryBackoffFactor: factor = 2 } = flags;
  const { retryBackoffDuration: duration = "5s", retryBackoffMaxDuration: maxDuration = "3m" } = flags;
  return { retry: { limit, backoff: { duration, factor, maxDuration } } };
}

/** Reads NAME=VALUE. @throws ProblemError */
export function parseInfo(text: string): { name: string; value: string } {
  const cut = text.indexOf("=");
  if (cut <= 0) throw problemError("InvalidInput", `${JSON.stringify(text)} is not NAME=VALUE`);
  return { name: text.slice(0, cut), value: text.slice(cut + 1) };
}

function revisionFields(revisions: readonly string[], isMultiSource: boolean): SyncOperation {
  return isMultiSource ? { revisions: [...revisions] } : { revision: revisions[0] ?? "" };
}

/** A line of history; the one before the last when no id is given. @throws ProblemError when it is not there */
export function historyLine(object: KubeObject, id: number | undefined): RevisionHistory {
  const { application: app } = parseApplication(object);
  const history = app.status.history ?? [];
  const entry = id === undefined ? history.at(-2) : history.find((line) => line.id === id);
  if (!entry) {
    const ids = history.map((line) => line.id).join(", ");
    throw problemError(
      "InvalidInput",
      id === undefined ? "there is no earlier deployment to go back to" : `history has no id ${id}`,
      {
        hint: ids ? `ids there: ${ids}` : "fairlead app history NAME shows what there is",
      },
    );
  }
  return entry;
}

export async function release(hub: KubeClient, where: Where): Promise<void> {
  await merge(hub, where, {
    metadata: { annotations: { [ANNOTATIONS.heldAt]: null, [ANNOTATIONS.heldHistory]: null } },
  });
}

export async function refresh(hub: KubeClient, where: Where, isHard: boolean): Promise<void> {
  await merge(hub, where, { metadata: { annotations: { [ANNOTATIONS.refresh]: isHard ? "hard" : "normal" } } });
}

/** Ends what runs, or takes back what has not begun yet. @throws ProblemError NoOperation when there is neither */
export async function terminate(hub: KubeClient, object: KubeObject, where: Where): Promise<void> {
  const { phase } = ((object["status"] ?? {}) as ApplicationStatus).operationState ?? {};
  if (phase === "Running") await merge(hub, where, { status: { operationState: { phase: "Terminating" } } });
  else if (phase === "Terminating") return;
  else if (object["operation"] !== undefined) await merge(hub, where, { operation: null });
  else throw problemError("NoOperation", `${where.namespace}/${where.name} has no operation under way`);
}

/** Deletes the application, with its objects as the policy says, or leaving them where they are. */
export async function remove(
  hub: KubeClient,
  object: KubeObject,
  where: Where,
  policy: "foreground" | "background" | undefined,
): Promise<void> {
  const present = object.metadata.finalizers ?? [];
  const cascading: readonly string[] = [FINALIZERS.cascade, FINALIZERS.cascadeForeground, FINALIZERS.cascadeBackground];
  const others = present.filter((finalizer) => !cascading.includes(finalizer));
  const wanted = policy === "background" ? FINALIZERS.cascadeBackground : FINALIZERS.cascade;
  // One that is there already was chosen by whoever wrote the application.
  const keeps =
    policy !== undefined && (policy === "foreground" ? others.length < present.length : present.includes(wanted));
  const finalizers = policy === undefined ? others : keeps ? present : [...others, wanted];
  if (finalizers.join() !== present.join()) {
    await merge(hub, where, { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } });
  }
  await hub.delete(APPLICATION_KIND, where.name, where.namespace);
}
