import { isJsonObject, problemError, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { EXTERNAL_LIMITS } from "../limits.ts";

/** A member's name, or a place in a list. */
export type PathStep = string | number;

/** What an object is and where it is are not a template's to say: another namespace would be another team's. */
const FIXED = ["apiVersion", "kind", "metadata", "status"];

/** `spec.rules[0].from` in steps. undefined: not a path below an object's own content. */
export function parseTargetPath(path: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  for (const segment of path.split(".")) {
    const match = /^([^[\]]*)((?:\[\d+\])*)$/.exec(segment);
    const [, name = "", indexes = ""] = match ?? [];
    if (match === null || segment === "" || (name === "" && steps.length === 0)) return undefined;
    if (name !== "") steps.push(name);
    for (const [, index] of indexes.matchAll(/\[(\d+)\]/g)) {
      if (Number(index) > EXTERNAL_LIMITS.targetListIndex) return undefined;
      steps.push(Number(index));
    }
  }
  if (steps.length > EXTERNAL_LIMITS.targetPathSteps || FIXED.includes(String(steps[0]))) return undefined;
  return steps;
}

/** The node with the value at the path; maps and lists on the way are made where they are missing. @throws ProblemError SecretTemplateFailed */
export function setAtPath(
  node: Json | undefined,
  steps: readonly PathStep[],
  leaf: (before: Json | undefined) => Json,
): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return leaf(node);
  if (typeof step === "number") {
    if (node !== undefined && node !== null && !Array.isArray(node)) throw misfit(`[${step}]`, "a list");
    const list = [...(node ?? [])];
    while (list.length < step) list.push(null);
    list[step] = setAtPath(list[step] ?? undefined, rest, leaf);
    return list;
  }
  if (node !== undefined && node !== null && !isJsonObject(node)) throw misfit(step, "a map");
  const map: JsonObject = { ...node };
  const before = Object.hasOwn(map, step) ? map[step] : undefined;
  setOwn(map, step, setAtPath(before, rest, leaf));
  return map;
}

function misfit(step: string, what: string): Error {
  return problemError(
    "SecretTemplateFailed",
    `failed to set the target's path at ${step}: what is there is not ${what}`,
  );
}
