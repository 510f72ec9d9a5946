import { isJsonObject, jsonEqual, type JsonObject, type Problem } from "@fairlead/base";
import { controllerOf, describeRef, refOf, type KubeObject } from "@fairlead/apimachinery";
import { APPSET_LIMITS } from "../limits.ts";
import {
  failureConditions,
  rolloutCondition,
  successConditions,
  validationConditions,
  withTimes,
} from "./conditions.ts";
import type { Generation } from "./generate.ts";
import { heldDeletions } from "./guard.ts";
import { inRollout, rollOut, type Rollout, type RolloutEntry } from "./rolling.ts";
import { APPLICATION_KIND, type ApplicationsSync, type Condition, type GeneratedApplication } from "./types.ts";
import { updateFor, withOwner, type JqPaths } from "./update.ts";

export interface Facts {
  readonly set: KubeObject;
  readonly generation: Generation;
  /** Every Application of the set's namespace that it owns or that has a name it wants. */
  readonly applications: readonly KubeObject[];
  readonly nowMs: number;
  /** Of the installation, where the set names none. */
  readonly policy: ApplicationsSync;
  /** See GuardFacts. */
  readonly explained: ReadonlySet<string>;
  readonly jq: JqPaths;
  /** The rollout as last decided, where that is newer than what the set's status says. */
  readonly rollout?: readonly RolloutEntry[] | undefined;
}

export interface Update {
  readonly live: KubeObject;
  readonly patch: JsonObject;
}

/** Everything one look at a set leads to, as a value. */
export interface Decision {
  readonly create: readonly GeneratedApplication[];
  readonly update: readonly Update[];
  readonly remove: readonly KubeObject[];
  /** Names whose deletion the guard holds back. */
  readonly held: readonly string[];
  readonly problems: readonly Problem[];
  /** How far a rollout is. */
  readonly rollout: readonly RolloutEntry[] | undefined;
  /** Status as it should be while `left` writes are still to be made. */
  status(left: number): JsonObject;
}

const NO_ROLLOUT: Rollout = { entries: [], sync: new Set(), step: undefined };

/** What to do about a set, given what it generates and the Applications there are. Pure. */
export function decide(facts: Facts): Decision {
  const { set, generation } = facts;
  const owned = facts.applications.filter((application) => isOwned(application, set));
  const wrong = generation.problems.filter((problem) => problem.severity !== "warning");
  if (!generation.isComplete) return failed(facts, owned, wrong);
  const { spec } = generation;
  const policy = spec.applicationsSync ?? facts.policy;
  const live = new Map(facts.applications.map((application) => [application.metadata.name ?? "", application]));
  const ownedByName = new Map(owned.map((application) => [application.metadata.name ?? "", application]));
  const now = secondsOf(facts.nowMs);
  const rollout: Rollout =
    spec.rollingSteps === undefined
      ? NO_ROLLOUT
      : rollOut({
          steps: spec.rollingSteps,
          wanted: generation.applications,
          live: ownedByName,
          before: facts.rollout ?? rolloutOf(set),
          now,
        });
  const create: GeneratedApplication[] = [];
  const update: Update[] = [];
  const taken: Problem[] = [];
  for (const application of generation.applications) {
    const name = application.metadata.name ?? "";
    const current = live.get(name);
    if (current && isTaken(current, set)) {
      taken.push(takenProblem(current, set));
      continue;
    }
    const wanted = inRollout(application, spec, rollout);
    if (!current) create.push(withOwner(wanted, set));
    else if ((policy === "sync" || policy === "create-update") && current.metadata.deletionTimestamp === undefined) {
      const patch = updateFor(set, spec, current, wanted, facts.jq);
      if (patch) update.push({ live: current, patch });
    }
  }
  const allowsDelete = policy === "sync" || policy === "create-delete";
  const gone = allowsDelete
    ? owned.filter(
        ({ metadata }) => !generation.names.has(metadata.name ?? "") && metadata.deletionTimestamp === undefined,
      )
    : [];
  const held = heldDeletions({
    set,
    surplus: gone,
    total: owned.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length,
    explained: facts.explained,
    isFleeting: spec.generators.some((entry) => entry.generators.some((generator) => generator.kind === "pullRequest")),
  });
  const heldNames = held.map(({ metadata }) => metadata.name ?? "");
  const problems = [...wrong, ...taken];
  const total = generation.applications.length;
  return {
    create,
    update,
    remove: held.length > 0 ? [] : gone,
    held: heldNames,
    problems,
    rollout: spec.rollingSteps === undefined ? undefined : rollout.entries,
    status(left) {
      const conditions =
        problems.length > 0 ? validationConditions(problems) : successConditions({ held: heldNames, left, total });
      if (spec.rollingSteps !== undefined) conditions.push(rolloutCondition(rollout.step));
      return statusOf(facts, owned, conditions, spec.rollingSteps === undefined ? undefined : rollout.entries);
    },
  };
}

/** A generator that fails changes nothing. */
function failed(facts: Facts, owned: readonly KubeObject[], problems: readonly Problem[]): Decision {
  const entries = rolloutOf(facts.set);
  return {
    create: [],
    update: [],
    remove: [],
    held: [],
    problems,
    rollout: undefined,
    status: () => statusOf(facts, owned, failureConditions(problems), entries.length > 0 ? entries : undefined),
  };
}

function isOwned(application: KubeObject, set: KubeObject): boolean {
  const owner = controllerOf(application);
  return (
    owner !== undefined &&
    owner.kind === set.kind &&
    owner.name === set.metadata.name &&
    (owner.uid === set.metadata.uid || set.metadata.uid === undefined)
  );
}

/** Of another set, or of whatever else controls it. */
function isTaken(application: KubeObject, set: KubeObject): boolean {
  const owner = controllerOf(application);
  return (
    owner !== undefined &&
    owner.uid !== set.metadata.uid &&
    !(owner.kind === set.kind && owner.name === set.metadata.name)
  );
}

function takenProblem(application: KubeObject, set: KubeObject): Problem {
  const owner = controllerOf(application);
  return {
    code: "DuplicateApplication",
    message: `Application ${JSON.stringify(application.metadata.name)} belongs to ${owner?.kind ?? ""} ${owner?.name ?? ""} and is left to it`,
    object: describeRef(refOf(set)),
  };
}

function rolloutOf(set: KubeObject): RolloutEntry[] {
  const status = isJsonObject(set["status"]) ? set["status"] : {};
  const list = status["applicationStatus"];
  return Array.isArray(list) ? (list.filter(isJsonObject) as RolloutEntry[]) : [];
}

function statusOf(
  facts: Facts,
  owned: readonly KubeObject[],
  conditions: readonly Condition[],
  rollout: readonly RolloutEntry[] | undefined,
): JsonObject {
  const before = isJsonObject(facts.set["status"]) ? facts.set["status"] : {};
  const old = (Array.isArray(before["conditions"]) ? before["conditions"] : []) as Condition[];
  const resources = owned.map(resourceOf).sort((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1));
  return {
    conditions: withTimes(old, conditions, secondsOf(facts.nowMs)),
    ...(rollout === undefined ? {} : { applicationStatus: [...rollout] }),
    resources: resources.slice(0, APPSET_LIMITS.statusResourcesMax),
    resourcesCount: resources.length,
  };
}

function resourceOf(application: KubeObject): JsonObject {
  const status = isJsonObject(application["status"]) ? application["status"] : {};
  const sync = isJsonObject(status["sync"]) ? status["sync"]["status"] : undefined;
  const health = isJsonObject(status["health"]) ? status["health"]["status"] : undefined;
  return {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: APPLICATION_KIND.kind,
    name: application.metadata.name ?? "",
    namespace: application.metadata.namespace ?? "",
    ...(sync === undefined ? {} : { status: sync }),
    ...(health === undefined ? {} : { health: { status: health } }),
  };
}

/** Whether a status would be written: times do not count, and a set without rollout loses its old entries. */
export function statusPatch(set: KubeObject, wanted: JsonObject): JsonObject | undefined {
  const before = isJsonObject(set["status"]) ? set["status"] : {};
  const own = {
    ...wanted,
    ...(wanted["applicationStatus"] === undefined && before["applicationStatus"] !== undefined
      ? { applicationStatus: null }
      : {}),
  };
  const changed = Object.entries(own).filter(([key, value]) => !jsonEqual(before[key], value ?? undefined));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function secondsOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
