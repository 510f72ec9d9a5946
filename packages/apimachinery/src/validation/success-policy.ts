import type { JsonObject } from "@fairlead/base";
import { eachOf, has, nonNegative, numberOf, structsOf, textOf } from "./access.ts";
import { child, invalid, required, type FieldError } from "./field-error.ts";

/** The internal type, as the server prints it. */
export function goSuccess(policy: JsonObject): JsonObject {
  const rules = structsOf(policy, "rules").map((rule) => ({
    SucceededIndexes: rule["succeededIndexes"] ?? null,
    SucceededCount: rule["succeededCount"] ?? null,
  }));
  return { Rules: rules };
}

/** When a Job with indexes is called successful before all of them are done. */
export function successFaults(policy: JsonObject, path: string, completions: number): FieldError[] {
  const rules = structsOf(policy, "rules");
  if (rules.length === 0) {
    return [required(child(path, "rules"), "at least one rules must be specified when the successPolicy is specified")];
  }
  return eachOf(policy, "rules", path, (rule, inner) => {
    const [indexes, count] = [textOf(rule, "succeededIndexes"), numberOf(rule, "succeededCount")];
    if (!has(rule, "succeededIndexes") && count === undefined) {
      return [required(inner, "at least one of succeededCount or succeededIndexes must be specified")];
    }
    const errors = nonNegative(rule, inner, "succeededCount");
    const place = child(inner, "succeededIndexes");
    const fault = indexes === "" ? undefined : indexFault(indexes, completions);
    if (fault !== undefined) errors.push(invalid(place, indexes, `error parsing succeededIndexes: ${fault}`));
    if (count !== undefined && count > completions) {
      errors.push(
        invalid(
          child(inner, "succeededCount"),
          count,
          `must be less than or equal to ${completions} (the number of specified completions)`,
        ),
      );
    }
    return errors;
  });
}

/** Why `1,3-5` is no list of rising indexes. */
function indexFault(text: string, completions: number): string | undefined {
  let previous: number | undefined;
  for (const part of text.split(",")) {
    for (const word of part.split("-")) {
      if (!/^\d+$/.test(word)) return `cannot convert string to integer for index: "${word}"`;
      const current = Number(word);
      if (previous !== undefined && previous >= current) {
        return `non-increasing order, previous: ${previous}, current: ${current}`;
      }
      if (current >= completions) return `too large index: "${word}"`;
      previous = current;
    }
  }
  return undefined;
}
