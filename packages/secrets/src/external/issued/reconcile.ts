import type { KubeObject } from "@fairlead/apimachinery";
import { problemError, problemsOf, ProblemError, type JsonObject } from "@fairlead/base";
import { again, done, failed, isConflict, isNotFound, type EventRecorder, type Outcome } from "@fairlead/kube";
import { GENERATORS } from "../generators/index.ts";
import { Fields, problemSink } from "../model/fields.ts";
import { GENERATOR_STATE, STATE_FINALIZER } from "../model/names.ts";
import { providerDeps } from "../store/registry.ts";
import type { ReadDeps } from "../sync/read-values.ts";
import { withCondition } from "../sync/status.ts";

export interface StateCheckDeps extends ReadDeps {
  readonly events: EventRecorder;
}

/** Ends a GeneratorState when its time has come, and takes back what it stands for before it goes. */
export async function reconcileState(state: KubeObject, deps: StateCheckDeps): Promise<Outcome> {
  const { hub, clock } = deps;
  const { name = "", namespace, deletionTimestamp, finalizers = [] } = state.metadata;
  if (deletionTimestamp !== undefined) return finalizers.includes(STATE_FINALIZER) ? takeBack(state, deps) : done();
  if (!finalizers.includes(STATE_FINALIZER)) return setFinalizers(state, [...finalizers, STATE_FINALIZER], deps);
  const deadline = Date.parse(String((state["spec"] as JsonObject | undefined)?.["garbageCollectionDeadline"] ?? ""));
  if (Number.isNaN(deadline)) {
    await tell(state, true, "GeneratorState created", deps);
    return done();
  }
  const leftMs = deadline - clock.now();
  if (leftMs > 0) return again(leftMs, "kept until its end");
  await hub.delete(GENERATOR_STATE, name, namespace).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  return done();
}

async function takeBack(state: KubeObject, deps: StateCheckDeps): Promise<Outcome> {
  const { finalizers = [] } = state.metadata;
  try {
    await revoke(state, deps);
  } catch (error) {
    const why = problemsOf(error)
      .map(({ message }) => message)
      .join("; ");
    await tell(state, false, `could not cleanup generator state: ${why}`, deps);
    return failed(error);
  }
  return setFinalizers(
    state,
    finalizers.filter((finalizer) => finalizer !== STATE_FINALIZER),
    deps,
  );
}

async function revoke(object: KubeObject, deps: StateCheckDeps): Promise<void> {
  const { namespace = "", name = "" } = object.metadata;
  const spec = (object["spec"] ?? {}) as JsonObject;
  const resource = (spec["resource"] ?? {}) as JsonObject;
  const kind = String(resource["kind"] ?? "");
  const generator = GENERATORS.find((one) => one.kind === kind);
  if (generator?.takeBack === undefined)
    throw problemError("InvalidExternalSecret", `generator ${kind} is not one that takes back what it issued`);
  const { problems, report } = problemSink("InvalidExternalSecret", `GeneratorState ${namespace}/${name}`);
  const run = generator.takeBack(
    new Fields(resource["spec"], "spec.resource.spec", report),
    new Fields(spec["state"], "spec.state", report),
  );
  if (problems.length > 0) throw new ProblemError(problems);
  const store = { kind: "SecretStore", name, namespace } as const;
  await run(providerDeps(deps, store, namespace), deps.signal);
}

async function setFinalizers(
  { metadata }: KubeObject,
  finalizers: string[],
  { hub }: StateCheckDeps,
): Promise<Outcome> {
  const { name = "", namespace, resourceVersion } = metadata;
  const body = { metadata: { finalizers, ...(resourceVersion !== undefined && { resourceVersion }) } };
  await hub.patch({ ...GENERATOR_STATE, name, namespace }, { type: "merge", body }).catch((error: unknown) => {
    // A newer one is on its way through the watch.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  });
  return done();
}

async function tell(state: KubeObject, isReady: boolean, message: string, deps: StateCheckDeps): Promise<void> {
  const reason = isReady ? "Created" : "Error";
  const conditions = withCondition(state, "Ready", isReady, reason, message, deps.clock.now());
  const before = (state["status"] as JsonObject | undefined)?.["conditions"];
  if (JSON.stringify(before) === JSON.stringify(conditions)) return;
  const { name = "", namespace } = state.metadata;
  // The kind has no status of its own to be written to (External Secrets' definition).
  const body = { status: { conditions } };
  await deps.hub.patch({ ...GENERATOR_STATE, name, namespace }, { type: "merge", body }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  if (!isReady) deps.events.event(state, { type: "Warning", reason, message });
}
