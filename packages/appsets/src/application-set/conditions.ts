import { formatProblem, type Problem } from "@fairlead/base";
import { APPSET_LIMITS } from "../limits.ts";
import { APPROVE_DELETION_ANNOTATION, type Condition } from "./types.ts";

const UP_TO_DATE = "All applications have been generated successfully";
const GENERATED = "Successfully generated parameters for all Applications";

/** Conditions with Argo CD's types and reasons, so that whatever watches them there works here. */
export function failureConditions(problems: readonly Problem[]): Condition[] {
  const message = messageOf(problems);
  const isTemplate = problems.some((problem) => problem.code === "SetTemplateFailed");
  const reason = isTemplate ? "RenderTemplateParamsError" : "ApplicationGenerationFromParamsError";
  return [
    { type: "ErrorOccurred", status: "True", reason, message },
    { type: "ParametersGenerated", status: "False", reason: "ErrorOccurred", message },
    { type: "ResourcesUpToDate", status: "False", reason: "ErrorOccurred", message },
  ];
}

/** Everything was generated; some Applications are faulty by themselves and are left as they are. */
export function validationConditions(problems: readonly Problem[]): Condition[] {
  const message = messageOf(problems);
  return [
    { type: "ErrorOccurred", status: "True", reason: "ApplicationValidationError", message },
    { type: "ParametersGenerated", status: "True", reason: "ParametersGenerated", message: GENERATED },
    { type: "ResourcesUpToDate", status: "False", reason: "ErrorOccurred", message },
  ];
}

export interface Progress {
  readonly held: readonly string[];
  /** Applications still to be written or deleted. */
  readonly left: number;
  readonly total: number;
}

export function successConditions({ held, left, total }: Progress): Condition[] {
  const ready = {
    type: "ErrorOccurred",
    status: "False",
    reason: "ApplicationSetUpToDate",
    message: UP_TO_DATE,
  } as const;
  const generated = {
    type: "ParametersGenerated",
    status: "True",
    reason: "ParametersGenerated",
    message: GENERATED,
  } as const;
  const upToDate = (status: "True" | "False", reason: string, message: string): Condition[] => [
    ready,
    generated,
    { type: "ResourcesUpToDate", status, reason, message },
  ];
  if (held.length > 0) return upToDate("False", "DeletionHeld", heldMessage(held));
  if (left > 0)
    return upToDate(
      "False",
      "ApplicationSetModified",
      `${total - left} of ${total} applications are as generated; the others follow, in turns with other sets`,
    );
  return upToDate("True", "ApplicationSetUpToDate", UP_TO_DATE);
}

export function heldMessage(held: readonly string[]): string {
  const names = `${held.slice(0, 20).join(", ")}${held.length > 20 ? ", …" : ""}`;
  return `${held.length} applications are no longer generated and are held: ${names}. Annotate the set with ${APPROVE_DELETION_ANNOTATION}: "${held.length}" to delete them`;
}

export function rolloutCondition(step: string | undefined): Condition {
  return step === undefined
    ? {
        type: "RolloutProgressing",
        status: "False",
        reason: "ApplicationSetRolloutComplete",
        message: "ApplicationSet Rollout has completed",
      }
    : {
        type: "RolloutProgressing",
        status: "True",
        reason: "ApplicationSetModified",
        message: `ApplicationSet is performing rollout of step ${step}`,
      };
}

/** A condition keeps its time while its status stays: a quiet set writes nothing. */
export function withTimes(before: readonly Condition[], after: readonly Condition[], now: string): Condition[] {
  return after.map((condition) => {
    const old = before.find((candidate) => candidate.type === condition.type);
    const isSame =
      old?.status === condition.status && old.reason === condition.reason && old.message === condition.message;
    return { lastTransitionTime: isSame ? (old.lastTransitionTime ?? now) : now, ...condition };
  });
}

function messageOf(problems: readonly Problem[]): string {
  const errors = problems.filter((problem) => problem.severity !== "warning");
  const texts = errors.map(
    (problem) => formatProblem({ ...problem, object: undefined }) + (problem.hint ? ` (${problem.hint})` : ""),
  );
  return texts.join("; ").slice(0, APPSET_LIMITS.messageCharsMax);
}
