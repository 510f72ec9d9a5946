import { type Clock, problemError } from "@fairlead/base";
import type { CredentialSource } from "./types.ts";

/** Kubelets write a new token at 80 % of its life, which is 10 minutes at least. */
const REREAD_MS = 60_000;

export function tokenFileSource(
  path: string,
  fallback: string | undefined,
  clock: Clock,
  readFile: (path: string) => Promise<string>,
): CredentialSource {
  let last = fallback;
  return {
    async obtain() {
      try {
        const token = (await readFile(path)).trim();
        if (token !== "") last = token;
      } catch (error) {
        // A file that is being replaced is missing for a moment; the token read before is still good.
        if (last === undefined) throw unreadable(path, error);
      }
      if (last === undefined) throw unreadable(path, undefined);
      return { token: last, expiresAt: clock.now() + REREAD_MS };
    },
  };
}

function unreadable(path: string, cause: unknown): Error {
  const why = cause === undefined ? "is empty" : "cannot be read";
  return problemError("CredentialsFailed", `the token file ${why}`, { file: path }, cause);
}
