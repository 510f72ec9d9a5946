import { problemError, type Json } from "@fairlead/base";
import { LIMITS } from "../limits.ts";

/** Everything behind this walks values by calling itself. @throws ProblemError InvalidPatch */
export function refuseDeep(value: Json, depth = 0): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > LIMITS.fieldDepthMax) {
    throw problemError("InvalidPatch", `the patch or its object is nested deeper than ${LIMITS.fieldDepthMax} levels`);
  }
  for (const item of Object.values(value)) if (item !== undefined) refuseDeep(item, depth + 1);
}
