import { cloneJson, isJsonObject, jsonEqual, type JsonObject, type Problem, formatProblem } from "@fairlead/base";
import type { KubeObject, OwnerReference } from "@fairlead/apimachinery";
import { generateApplications } from "./generate.ts";
import { APPROVE_DELETION_ANNOTATION, type Condition, type GeneratedApplication } from "./types.ts";

/** More than this share of a set's Applications is not deleted at once without a person's word. */
const DELETED_SHARE_MAX = 0.2;
/** Below this count the share says nothing: one of three is a third. */
const DELETED_COUNT_FREE = 1;
const MESSAGE_LENGTH_MAX = 4096;

export interface Decision {
  /** Applications to create or to change, as they should be. */
  readonly write: readonly GeneratedApplication[];
  readonly remove: readonly KubeObject[];
  /** Set when the guard holds deletions back. */
  readonly held: readonly string[];
  readonly conditions: readonly Condition[];
  readonly problems: readonly Problem[];
}

/** What to do about a set, given the Applications it owns now. Pure. */
export function decide(set: KubeObject, owned: readonly KubeObject[]): Decision {
  const { applications, problems } = generateApplications(set);
  if (problems.length > 0) {
    return { write: [], remove: [], held: [], conditions: failureConditions(problems), problems };
  }
  const wanted = new Map(applications.map((application) => [application.metadata.name, withOwner(application, set)]));
  const current = new Map(owned.map((application) => [application.metadata.name, application]));
  const write = [...wanted.values()].filter((application) => {
    const live = current.get(application.metadata.name);
    return !live || !carries(live, application);
  });
  const surplus = owned.filter((application) => !wanted.has(application.metadata.name));
  const isHeld = needsApproval(surplus.length, owned.length) && !isApproved(set, surplus.length);
  const held = isHeld ? surplus.map((application) => application.metadata.name ?? "") : [];
  return { write, remove: isHeld ? [] : surplus, held, conditions: successConditions(held), problems };
}

function needsApproval(deleted: number, of: number): boolean {
  return deleted > DELETED_COUNT_FREE && deleted > of * DELETED_SHARE_MAX;
}

/** The annotation names the count it allows, so that an old approval does not release another, larger deletion. */
function isApproved(set: KubeObject, count: number): boolean {
  return set.metadata.annotations?.[APPROVE_DELETION_ANNOTATION] === String(count);
}

function withOwner(application: GeneratedApplication, set: KubeObject): GeneratedApplication {
  const owner: OwnerReference = {
    apiVersion: set.apiVersion,
    kind: set.kind,
    name: set.metadata.name ?? "",
    uid: set.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
  const copy = cloneJson(application);
  copy.metadata.ownerReferences = [owner];
  return copy;
}

/** True when the live object has everything the set wants: defaults and what others added do not count. */
function carries(live: KubeObject, wanted: GeneratedApplication): boolean {
  return covers(live, wanted);
}

function covers(live: unknown, wanted: unknown): boolean {
  if (!isJsonObject(wanted)) return jsonEqual(live, wanted);
  if (!isJsonObject(live)) return false;
  return Object.entries(wanted as JsonObject).every(([key, value]) => value === undefined || covers(live[key], value));
}

function failureConditions(problems: readonly Problem[]): Condition[] {
  const message = problems.map(formatProblem).join("; ").slice(0, MESSAGE_LENGTH_MAX);
  const reason = "ApplicationGenerationFromParamsError";
  return [
    { type: "ErrorOccurred", status: "True", reason, message },
    { type: "ParametersGenerated", status: "False", reason: "ErrorOccurred", message },
    { type: "ResourcesUpToDate", status: "False", reason, message },
  ];
}

function successConditions(held: readonly string[]): Condition[] {
  const upToDate = "All applications have been generated successfully";
  const generated = "Successfully generated parameters for all Applications";
  const holding = `${held.length} applications are no longer generated and are held: ${held.slice(0, 20).join(", ")}. Annotate the set with ${APPROVE_DELETION_ANNOTATION}: "${held.length}" to delete them`;
  return [
    { type: "ErrorOccurred", status: "False", reason: "ApplicationSetUpToDate", message: upToDate },
    { type: "ParametersGenerated", status: "True", reason: "ParametersGenerated", message: generated },
    held.length === 0
      ? { type: "ResourcesUpToDate", status: "True", reason: "ApplicationSetUpToDate", message: upToDate }
      : { type: "ResourcesUpToDate", status: "False", reason: "DeletionHeld", message: holding },
  ];
}
