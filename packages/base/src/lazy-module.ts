import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * A module that is loaded when it is first needed, and at once: for libraries whose loading is a good part of a start that may never
 * use them. `import()` would make every caller asynchronous.
 *
 * The file is named `*.lazy.ts` and asked for by its address beside the asking one, as a worker is: the build finds it by that. It must
 * not wait at its top level, and nothing may import it otherwise, or it is loaded after all.
 */
export function lazyModule<T extends object>(file: URL): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= createRequire(file)(fileURLToPath(file)) as T);
}
