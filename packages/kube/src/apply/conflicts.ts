import { ApiError } from "../http/status.ts";
import type { FieldConflict } from "./types.ts";

/** The fields other managers hold, from the 409 of a server-side apply; empty for any other error. */
export function conflictsOf(error: unknown): readonly FieldConflict[] {
  if (!(error instanceof ApiError) || error.code !== 409) return [];
  return (error.status.details?.causes ?? [])
    .filter((cause) => cause.reason === "FieldManagerConflict")
    .map(({ field = "", message = "" }) => ({ field, message, manager: managerIn(message) }));
}

/** The server names the manager only in words: `conflict with "kubectl-edit" using apps/v1 at 2026-…`. */
function managerIn(message: string): string {
  const quoted = /^conflict with ("(?:[^"\\]|\\.)*")/.exec(message)?.[1];
  try {
    return quoted === undefined ? "" : (JSON.parse(quoted) as string);
  } catch {
    return quoted ?? "";
  }
}

const IMMUTABLE =
  /immutable|may not change once set|updates to \S+ spec for fields other than|cannot be changed|Forbidden: /i;

/** Whether the server refused a change of fields that never change, so that only deleting and creating anew would help. */
export function isImmutableRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code === 422 && IMMUTABLE.test(error.message);
}
