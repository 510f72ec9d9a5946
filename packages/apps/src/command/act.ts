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
  /** `group:kind:name` or `group:kind:namespace/name`. */
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
  const sync: SyncOperation = {
    ...(flags.prune ? { prune: true } : {}),
    ...(flags.dryRun ? { dryRun: true } : {}),
    ...(flags.force ? { syncStrategy: { hook: { force: true } } } : {}),
    ...(flags.resource?.length ? { resources: flags.resource.map(parseResource) } : {}),
    ...(app.spec.syncOptions.length > 0 ? { syncOptions: [...app.spec.syncOptions] } : {}),
    ...revisionFields(flags.revision, app.spec.isMultiSource),
  };
  const operation: Operation = { initiatedBy: { username: flags.user }, sync };
  await merge(hub, where, { operation });
}

function revisionFields(revision: string | undefined, isMultiSource: boolean): SyncOperation {
  if (revision === undefined) return {};
  return isMultiSource ? { revisions: revision.split(",") } : { revision };
}

function parseResource(text: string): SyncOperationResource {
  const match = /^([^:]*):([^:]+):(?:([^/]+)\/)?([^/]+)$/.exec(text);
  if (!match) {
    throw problemError("InvalidInput", `${JSON.stringify(text)} names no object`, {
      hint: "write group:kind:name or group:kind:namespace/name; the core group is empty, e.g. :ConfigMap:settings",
    });
  }
  const [, group = "", kind = "", namespace, name = ""] = match;
  return { ...(group ? { group } : {}), kind, name, ...(namespace ? { namespace } : {}) };
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

/** Deletes the application, with its objects (`cascade`) or leaving them where they are. */
export async function remove(hub: KubeClient, object: KubeObject, where: Where, isCascade: boolean): Promise<void> {
  const present = object.metadata.finalizers ?? [];
  const cascading: readonly string[] = [FINALIZERS.cascade, FINALIZERS.cascadeForeground, FINALIZERS.cascadeBackground];
  const has = present.some((finalizer) => cascading.includes(finalizer));
  if (isCascade && !has) await merge(hub, where, { metadata: { finalizers: [...present, FINALIZERS.cascade] } });
  if (!isCascade && has) {
    const rest = present.filter((finalizer) => !cascading.includes(finalizer));
    await merge(hub, where, { metadata: { finalizers: rest.length > 0 ? rest : null } });
  }
  await hub.delete(APPLICATION_KIND, where.name, where.namespace);
}
