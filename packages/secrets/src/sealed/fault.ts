/** What went wrong with a SealedSecret, as it may be told: never in words that could hold a value. */
import { ProblemError } from "@fairlead/base";
import { ApiError, isImmutableRefusal } from "@fairlead/kube";
import type { ErrorReason } from "./metrics.ts";

export interface Fault {
  /** Of the metric. */
  readonly reason: ErrorReason;
  /** Of the event. */
  readonly event: "ErrUnsealFailed" | "ErrUpdateFailed";
  /** Of the event. */
  readonly message: string;
  /** Of the condition. */
  readonly condition: string;
  /** Whether trying again can help though nothing changed. */
  readonly canTimeHelp: boolean;
}

export function faultOf(error: unknown): Fault {
  if (error instanceof ProblemError) {
    const why = error.problems.map(({ message }) => message).join("; ");
    if (error.code === "TargetRefused") return refusal("unmanaged", why, false);
    const message = `Failed to unseal: ${why}`;
    return { reason: "unseal", event: "ErrUnsealFailed", message, condition: why, canTimeHelp: false };
  }
  if (!(error instanceof ApiError)) return refusal("update", "the Secret could not be written", true);
  // The server's own sentence may quote what was sent; its reason and the fields it names do not.
  const fields = error.status.details?.causes?.flatMap(({ field }) => (field ? [field] : [])) ?? [];
  if (isImmutableRefusal(error)) {
    const why = fields.includes("type")
      ? "the type of a Secret cannot be changed; once it is deleted it is made anew"
      : "the Secret is immutable, so it cannot be changed";
    return refusal("update", why, false);
  }
  const where = fields.length > 0 ? ` (${[...new Set(fields)].join(", ")})` : "";
  return refusal("update", `the Secret could not be written: ${error.reason || `answer ${error.code}`}${where}`, true);
}

/** The condition says it with the peer's first words, which alerts look for. */
function refusal(reason: ErrorReason, why: string, canTimeHelp: boolean): Fault {
  return { reason, event: "ErrUpdateFailed", message: why, condition: `failed update: ${why}`, canTimeHelp };
}
