import { type Problem, problemError, ProblemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { ParsedFile } from "../node/load.ts";
import type { SchemaStore } from "../merge/schema.ts";
import { resourcesOf } from "../resource/factory.ts";
import type { Resource } from "../resource/resource.ts";
import { operationsIn, type PatchOperation } from "./operations.ts";

/** A patch as it was read: documents to merge, or operations. Neither, when the text holds nothing. */
export interface LoadedPatch {
  readonly documents: readonly Resource[];
  readonly operations: readonly PatchOperation[] | undefined;
}

export interface PatchText {
  readonly text: string;
  /** Names it in messages, as `[path: "p.yaml"]`. */
  readonly source: string;
  readonly file: string;
  /** Its documents, each use anew. @throws ProblemError */
  parse(): ParsedFile;
}

/**
 * Finds out which kind of patch a text is: a list of operations is no object, and an object no list, so nothing is both.
 * @throws ProblemError KustomizePatch when it is neither
 */
export function readPatch(patch: PatchText, schemas: SchemaStore): LoadedPatch {
  const { text, source, file } = patch;
  // Told apart by the first character of content, since a failed attempt is dear.
  const isList = /^(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\n)*[ \t]*(?:-(?!--)|\[)/.test(text);
  const operations = isList ? operationsOf(text) : undefined;
  if (operations && operations.length > 0) return { documents: [], operations };
  let problems: readonly Problem[];
  try {
    return { documents: resourcesOf(patch.parse(), schemas), operations: undefined };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    ({ problems } = error);
  }
  const late = operations ?? operationsOf(text);
  if (late) return { documents: [], operations: late };
  throw unreadable(source, file, problems);
}

function operationsOf(text: string): PatchOperation[] | undefined {
  if (text === "") return undefined;
  try {
    return operationsIn(decodeYaml(text));
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** The most telling reason comes along. */
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
