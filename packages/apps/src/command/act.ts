import { problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { parseApplication } from "../application/parse.ts";
import type { ApplicationStatus, Operation, SyncOperation, SyncOperationResource } from "../application/types.ts";
import { ANNOTATIONS, APPLICATION_KIND, FINALIZERS } from "../names.ts";

interface Where {
  readonly name: string;
  readonly namespace: string;
}

async function merge(hub: KubeClient, where: Where, body: unknown): Promise<KubeObject> {
  return hub.patch({ ...APPLICATION_KIND, ...where }, { type: "merge", body }, { fieldManager: "fairlead-cli" });
}

export interface SyncFlags {
  readonly revision?: string;
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly replace?: boolean;
  readonly applyOutOfSyncOnly?: boolean;
  readonly strategy?: string;
  readonly syncOption?: readonly string[];
  readonly retryLimit?: string;
  readonly retryBackoffDuration?: string;
  readonly retryBackoffFactor?: string;
  readonly retryBackoffMaxDuration?: string;
  /** `name=value` */
  readonly info?: readonly string[];
  /** `[!]group:kind:name` or `[!]group:kind:namespace/name`. */
  readonly resource?: readonly string[];
  readonly user: string;
}

/** Sets the operation field; the engine takes it from there. @throws ProblemError OperationRunning when there is one already */
export async function requestSync(hub: KubeClient, object: KubeObject, where: Where, flags: SyncFlags): Promise<void> {
  const { application: app } = parseApplication(object);
  if (app.operation || app.status.operationState?.phase === "Running") {
    throw problemError("OperationRunning", `${where.namespace}/${where.name} has an operation under way`, {
      hint: "wait for it, or end it with fairlead app terminate",
    });
  }
  const options = [
    ...app.spec.syncOptions,
    ...(flags.replace ? ["Replace=true"] : []),
    ...(flags.applyOutOfSyncOnly ? ["ApplyOutOfSyncOnly=true"] : []),
    ...(flags.syncOption ?? []),
  ];
  const sync: SyncOperation = {
    ...(flags.prune ? { prune: true } : {}),
    ...(flags.dryRun ? { dryRun: true } : {}),
    ...strategyFields(flags),
    ...(flags.resource?.length ? { resources: flags.resource.map(parseResource) } : {}),
    ...(options.length > 0 ? { syncOptions: options } : {}),
    ...revisionFields(flags.revision, app.spec.isMultiSource),
  };
  const info = flags.info?.map(parseInfo);
  const operation: Operation = {
    initiatedBy: { username: flags.user },
    sync,
    ...(info ? { info } : {}),
    ...retryFields(flags),
  };
  await merge(hub, where, { operation });
}

function strategyFields({ strategy = "hook", force }: SyncFlags): SyncOperation {
  if (strategy !== "hook" && strategy !== "apply") {
    throw problemError("InvalidInput", `--strategy ${JSON.stringify(strategy)} is neither apply nor hook`);
  }
  if (strategy === "hook" && !force) return {};
  return { syncStrategy: { [strategy]: force ? { force: true } : {} } };
}

function retryFields(flags: SyncFlags): Pick<Operation, "retry"> {
  if (flags.retryLimit === undefined) return {};
  const limit = Number(flags.retryLimit);
  const factor = Number(flags.retryBackoffFactor ?? 2);
  if (!Number.isInteger(limit) || !Number.isInteger(factor) || factor < 1) {
    throw problemError("InvalidInput", "--retry-limit and --retry-backoff-factor are whole numbers");
  }
  const { retryBackoffDuration: duration = "5s", retryBackoffMaxDuration: maxDuration = "3m" } = flags;
  return { retry: { limit, backoff: { duration, factor, maxDuration } } };
}

function parseInfo(text: string): { name: string; value: string } {
  const cut = text.indexOf("=");
  if (cut <= 0) throw problemError("InvalidInput", `--info ${JSON.stringify(text)} is not NAME=VALUE`);
  return { name: text.slice(0, cut), value: text.slice(cut + 1) };
}

function revisionFields(revision: string | undefined, isMultiSource: boolean): SyncOperation {
  if (revision === undefined) return {};
  return isMultiSource ? { revisions: revision.split(",") } : { revision };
}

function parseResource(written: string): SyncOperationResource {
  const isExcluded = written.startsWith("!");
  const text = isExcluded ? written.slice(1) : written;
  const match = /^([^:]*):([^:]+):(?:([^/]+)\/)?([^/]+)$/.exec(text);
  if (!match) {
    throw problemError("InvalidInput", `${JSON.stringify(text)} names no object`, {
      hint: "write group:kind:name or group:kind:namespace/name; the core group is empty, e.g. :ConfigMap:settings",
    });
  }
  const [, group = "", kind = "", namespace, name = ""] = match;
  return {
    ...(group ? { group } : {}),
    kind,
    name,
    ...(namespace ? { namespace } : {}),
    ...(isExcluded ? { exclude: true } : {}),
  };
}

/** The revision of a line of history; of the one before the last when no id is given. */
export function historyRevision(object: KubeObject, id: number | undefined): string {
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
  return entry.revision ?? entry.revisions?.join(",") ?? "";
}

export async function release(hub: KubeClient, where: Where): Promise<void> {
  await merge(hub, where, { metadata: { annotations: { [ANNOTATIONS.heldAt]: null } } });
}

export async function refresh(hub: KubeClient, where: Where, isHard: boolean): Promise<void> {
  await merge(hub, where, { metadata: { annotations: { [ANNOTATIONS.refresh]: isHard ? "hard" : "normal" } } });
}

/** @throws ProblemError NoOperation when nothing runs */
export async function terminate(hub: KubeClient, object: KubeObject, where: Where): Promise<void> {
  const status = (object["status"] ?? {}) as ApplicationStatus;
  if (status.operationState?.phase !== "Running") {
    throw problemError("NoOperation", `${where.namespace}/${where.name} has no operation under way`);
  }
  await merge(hub, where, { status: { operationState: { phase: "Terminating" } } });
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
