import { problemError } from "@fairlead/base";
import type { Backend } from "./types.ts";

/** Keeps nothing: the caches above hold all there is. */
export function memoryBackend(): Backend {
  return {
    load: () => [],
    lastRevision: 0,
    compactedRevision: 0,
    append: () => undefined,
    remove: () => Promise.resolve(),
    backup: () =>
      Promise.reject(
        problemError("DataDirectoryUnusable", "a server in memory has no database to back up", {
          hint: "start it with --data DIR",
        }),
      ),
    close: () => Promise.resolve(),
  };
}
