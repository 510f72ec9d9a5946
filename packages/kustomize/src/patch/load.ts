import { type Problem, problemError, ProblemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { parseFile } from "../node/load.ts";
import type { SchemaStore } from "../merge/schema.ts";
import { resourcesOf } from "../resource/factory.ts";
import type { Resource } from "../resource/resource.ts";
import { operationsIn, type PatchOperation } from "./operations.ts";

/** A patch as it was read: documents to merge, or operations. Neither, when the text holds nothing. */
export interface LoadedPatch {
  readonly documents: readonly Resource[];
  readonly operations: readonly PatchOperation[] | undefined;
}

/**
 * Finds out which kind of patch a text is. `source` names it in messages, as `[path: "p.yaml"]`.
 * @throws ProblemError KustomizePatch when it is both or neither
 */
export function readPatch(text: string, source: string, file: string, schemas: SchemaStore): LoadedPatch {
  const strategic = attempt(() => resourcesOf(parseFile(text, file), schemas));
  const json = attempt(() => parseOperations(text));
  if (strategic.value && json.value && strategic.value.length > 0 && json.value.length > 0) {
    throw problemError("KustomizePatch", `illegally qualifies as both an SM and JSON patch: ${source}`, { file });
  }
  if (strategic.value) return { documents: strategic.value, operations: undefined };
  if (json.value) return { documents: [], operations: json.value };
  throw unreadable(source, file, strategic.problems);
}

/** The most telling reason comes along: a list was meant as operations, anything else as an object. */
function unreadable(source: string, file: string, problems: readonly Problem[]): Error {
  const [reason] = problems;
  return problemError("KustomizePatch", `unable to parse SM or JSON patch from ${source}`, {
    file,
    line: reason?.line,
    column: reason?.column,
    hint: reason?.message,
  });
}

/** JSON 6902 operations in YAML or JSON. @throws ProblemError */
export function parseOperations(text: string): PatchOperation[] {
  if (text === "") throw problemError("KustomizePatch", "empty json patch operations");
  const operations = operationsIn(decodeYaml(text));
  if (!operations) {
    throw problemError("KustomizePatch", "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  }
  return operations;
}

interface Attempt<T> {
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
}

function attempt<T>(read: () => T): Attempt<T> {
  try {
    return { value: read(), problems: [] };
  } catch (error) {
    if (error instanceof ProblemError) return { value: undefined, problems: error.problems };
    throw error;
  }
}
