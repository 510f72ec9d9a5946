import type { Problem } from "@fairlead/base";
import type { HelmOptions } from "../generate/helm-types.ts";
import type { ParseCache } from "../load/cache.ts";
import type { LoadedFile, Loader } from "../load/loader.ts";
import type { SchemaStore } from "../merge/schema.ts";
import type { ParsedFile } from "../node/load.ts";

/** What all kustomizations of one build share. */
export interface BuildContext {
  readonly cache: ParseCache;
  readonly schemas: SchemaStore & { use(openapi: ReadonlyMap<string, string> | undefined, loader: Loader): void };
  /** Absent unless Helm was enabled. */
  readonly helm: HelmOptions | undefined;
  warn(problem: Problem): void;
  /** From here on nothing is warned of: the real tool ends at its first fault, where ours looks for others. */
  endWarnings(): void;
  parse(loaded: LoadedFile): ParsedFile;
}
