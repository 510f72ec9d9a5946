import { sleep } from "@fairlead/base";
import { describeRef, gvkOf, type KubeObject } from "@fairlead/apimachinery";
import { ApiError } from "@fairlead/kube";
import { adoptedFields } from "../drift/adopt.ts";
import { FIELD_MANAGER } from "../names.ts";
import type { Task } from "../sync/tasks.ts";
import type { Execution } from "./execution.ts";

const OK = 200;
const CREATED = 201;
const DELETED_TIMEOUT_MS = 60_000;
const DELETED_POLL_MS = 200;

export function isImmutable(error: ApiError): boolean {
  return error.code === 422 && /immutable|may not change once set|updates to .* are forbidden/.test(error.message);
}

export async function send(execution: Execution, task: Task, object: KubeObject): Promise<KubeObject> {
  const { signal, isDryRun, active } = execution;
  const { writer: client } = execution;
  const strategy = active.operation.sync?.syncStrategy ?? {};
  const isForced = task.options.force || [strategy["apply"], strategy["hook"]].some((entry) => isForce(entry));
  const options = {
    fieldManager: FIELD_MANAGER,
    force: true,
    signal,
    dryRun: isDryRun,
    fieldValidation: task.options.validate ? undefined : ("Ignore" as const),
  };
  try {
    if (task.options.replace && !isDryRun) await replace(execution, task, object);
    return await counted(execution, task, "Patch", client.apply(object, options));
  } catch (error) {
    if (!(error instanceof ApiError) || !isForced || isDryRun || !isImmutable(error)) throw error;
    await removeAndWait(execution, task);
    return counted(execution, task, "Patch", client.apply(object, options));
  }
}

/** Counts a request for an application by how it ended, as Argo CD does; those that found no server have no code. */
export async function counted<T>(
  { engine, target, isDryRun }: Execution,
  { ref, live }: Task,
  verb: "Patch" | "Update" | "Delete",
  asked: Promise<T>,
): Promise<T> {
  const tell = (code: number): void => {
    const { name, namespace } = target.app.metadata;
    engine.metrics.requested({
      name,
      namespace,
      project: target.app.spec.project,
      server: target.cluster.server,
      response_code: String(code),
      verb,
      resource_kind: ref.kind,
      resource_namespace: ref.namespace ?? "",
      dry_run: String(isDryRun),
    });
  };
  try {
    const answer = await asked;
    tell(verb === "Patch" && live === undefined ? CREATED : OK);
    return answer;
  } catch (error) {
    if (error instanceof ApiError) tell(error.code);
    throw error;
  }
}

function isForce(entry: unknown): boolean {
  return typeof entry === "object" && entry !== null && "force" in entry && entry.force === true;
}

/** Replace=true: what is there becomes exactly what Git says, other managers' fields included. The apply that follows takes ownership. */
async function replace(execution: Execution, task: Task, object: KubeObject): Promise<void> {
  const { target, signal } = execution;
  const { writer: client } = execution;
  const { name = "", namespace } = object.metadata;
  const found = await client.find(object, name, namespace, { signal });
  if (!found) return;
  const kept = { resourceVersion: found.metadata.resourceVersion ?? "" };
  const next = { ...object, metadata: { ...object.metadata, ...kept } };
  const answer = await counted(execution, task, "Update", client.update(next, { fieldManager: FIELD_MANAGER, signal }));
  target.live.absorb(answer);
  execution.engine.logger.debug("object replaced", { object: describeRef(task.ref) });
}

async function removeAndWait(execution: Execution, task: Task): Promise<void> {
  const { engine, target, signal } = execution;
  const { store } = target.live;
  const { writer: client } = execution;
  const object = task.desired?.object as KubeObject;
  const options = { propagationPolicy: "Foreground" as const, signal };
  await counted(execution, task, "Delete", client.delete(object, task.ref.name, task.ref.namespace, options));
  const until = engine.clock.now() + DELETED_TIMEOUT_MS;
  while (engine.clock.now() < until && !signal.aborted) {
    if (!(await client.find(object, task.ref.name, task.ref.namespace, { signal }))) {
      return void store.remove(task.key, "", true);
    }
    await sleep(engine.clock, DELETED_POLL_MS, signal);
  }
}

/**
 * An object that others applied before us: their field managers are taken over, so that what Git drops later is really removed
 * (facts/kube.md §4, 4). One read and at most one write, only the first time.
 */
export async function adopt(execution: Execution, task: Task, object: KubeObject): Promise<void> {
  const { engine, signal } = execution;
  const { writer: client } = execution;
  const found = await client.find(object, task.ref.name, task.ref.namespace, { signal });
  const entries = found && adoptedFields(found, gvkOf(object));
  if (!found || !entries) return;
  const body = [
    { op: "replace", path: "/metadata/managedFields", value: entries.managedFields },
    { op: "replace", path: "/metadata/resourceVersion", value: found.metadata.resourceVersion },
  ];
  const ref = { apiVersion: object.apiVersion, kind: object.kind, name: task.ref.name, namespace: task.ref.namespace };
  await client.patch(ref, { type: "json", body }, { fieldManager: FIELD_MANAGER, signal });
  engine.logger.info("object adopted", {
    app: execution.state.key,
    object: describeRef(task.ref),
    from: entries.from.join(", "),
  });
}
