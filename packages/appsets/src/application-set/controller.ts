import { jsonEqual, isJsonObject, type Clock, type Logger, formatProblem } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  createController,
  createInformer,
  createWorkQueue,
  done,
  isNotFound,
  keyOf,
  splitKey,
  stalled,
  type EventRecorder,
  type KubeClient,
  type Outcome,
} from "@fairlead/kube";
import { ProblemError } from "@fairlead/base";
import { decide, type Decision } from "./decide.ts";
import { APPLICATION_KIND, APPLICATION_SET_KIND, type Condition } from "./types.ts";

const FIELD_MANAGER = "fairlead-applicationset";
const OWNER_INDEX = "owner";
const WORKERS = 4;

export interface AppSetsOptions {
  readonly hub: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  /** Where ApplicationSets are read; every namespace when absent. */
  readonly namespace?: string | undefined;
}

export interface AppSets {
  run(signal: AbortSignal): Promise<void>;
}

/** The shell around `decide`: watches sets and the Applications they own, writes what differs, and the status when it changed. */
export function createAppSets(options: AppSetsOptions): AppSets {
  const { hub, clock, logger } = options;
  const scope = options.namespace === undefined ? {} : { namespace: options.namespace };
  const sets = createInformer(hub, { kind: APPLICATION_SET_KIND, ...scope });
  const applications = createInformer(hub, {
    kind: APPLICATION_KIND,
    ...scope,
    transform: ownedOnly,
    indexes: { [OWNER_INDEX]: ownersOf },
  });
  const queue = createWorkQueue({ clock });
  sets.subscribe(({ object }) => queue.add(keyOf(object)));
  applications.subscribe(({ object, old }) => {
    for (const owner of new Set([...ownersOf(object), ...(old ? ownersOf(old) : [])])) queue.add(owner);
  });

  const reconcile = async (key: string): Promise<Outcome> => {
    const set = sets.get(key);
    if (!set || set.metadata.deletionTimestamp !== undefined) return done();
    const decision = decide(set, applications.byIndex(OWNER_INDEX, key));
    await act(hub, decision);
    await writeStatus(options, set, decision);
    return decision.problems.length > 0 ? stalled(new ProblemError(decision.problems)) : done();
  };
  const controller = createController({ name: "applicationset", queue, workers: WORKERS, reconcile, clock, logger });
  return {
    async run(signal) {
      sets.start(signal);
      applications.start(signal);
      // Before both are known, an Application that is merely not seen yet would look as if it were missing.
      await Promise.all([sets.synced, applications.synced]);
      await controller.run(signal);
    },
  };
}

/** Status is by far the largest part of an Application and no concern of its set; of one that no set owns nothing is. */
function ownedOnly(application: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = application;
  if (ownersOf(application).length === 0) {
    const { name = "", namespace, uid, resourceVersion } = metadata;
    return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } as KubeObject["metadata"] };
  }
  delete application["status"];
  return application;
}

function ownersOf(application: KubeObject): string[] {
  const { namespace, ownerReferences = [] } = application.metadata;
  return ownerReferences
    .filter((owner) => owner.kind === APPLICATION_SET_KIND.kind && owner.apiVersion.startsWith("argoproj.io/"))
    .map((owner) => keyOf({ metadata: { ...(namespace ? { namespace } : {}), name: owner.name } }));
}

async function act(hub: KubeClient, decision: Decision): Promise<void> {
  for (const application of decision.write) {
    await hub.apply(application, { fieldManager: FIELD_MANAGER, force: true });
  }
  for (const application of decision.remove) {
    const { name = "", namespace, uid } = application.metadata;
    try {
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await hub.delete(APPLICATION_KIND, name, namespace, preconditions);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

async function writeStatus(options: AppSetsOptions, set: KubeObject, decision: Decision): Promise<void> {
  const status = isJsonObject(set["status"]) ? set["status"] : {};
  const before = (Array.isArray(status["conditions"]) ? status["conditions"] : []) as Condition[];
  const conditions = withTimes(before, decision.conditions, new Date(options.clock.now()).toISOString());
  if (jsonEqual(before, conditions)) return;
  const { namespace, name } = splitKey(keyOf(set));
  const ref = { ...APPLICATION_SET_KIND, name, namespace };
  await options.hub.patch(ref, { type: "merge", body: { status: { conditions } } }, { subresource: "status" });
  announce(options, set, decision);
}

/** A condition keeps its time while nothing but the time would change: a quiet set writes nothing. */
function withTimes(before: readonly Condition[], after: readonly Condition[], now: string): Condition[] {
  const seconds = now.replace(/\.\d+Z$/, "Z");
  return after.map((condition) => {
    const old = before.find((candidate) => candidate.type === condition.type);
    const isSame =
      old?.status === condition.status && old.reason === condition.reason && old.message === condition.message;
    return { lastTransitionTime: isSame ? (old.lastTransitionTime ?? seconds) : seconds, ...condition };
  });
}

function announce({ events, logger }: AppSetsOptions, set: KubeObject, decision: Decision): void {
  if (decision.problems.length > 0) {
    const message = decision.problems.map(formatProblem).join("; ");
    events.event(set, { type: "Warning", reason: "ApplicationGenerationError", message });
    logger.warn("application set not generated", { set: keyOf(set), problems: decision.problems.map(formatProblem) });
  } else if (decision.held.length > 0) {
    events.event(set, { type: "Warning", reason: "DeletionHeld", message: `held: ${decision.held.join(", ")}` });
    logger.warn("deletion of applications held", { set: keyOf(set), held: decision.held });
  }
}
