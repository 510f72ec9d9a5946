import { joinPath, type FileTree, type Json, type Problem } from "@fairlead/base";
import { evaluateFile, type Variable } from "@fairlead/jsonnet";
import { objectsOf } from "../manifests.ts";
import type { JsonnetOptions, JsonnetVariable, RenderedObject } from "../types.ts";

/**
 * What a `.jsonnet` file gives: one object, or a list of them (Argo CD v3.1.9 reposerver/repository/repository.go findManifests).
 * Imports are looked for beside the importing file, in `libs` from the last to the first, then in the source's directory; none of
 * it leads out of the repository.
 * @param path of the source
 * @throws ProblemError with the place in the file that is wrong
 */
export function renderJsonnet(
  tree: FileTree,
  path: string,
  file: string,
  options: JsonnetOptions,
): { objects: RenderedObject[]; problems: Problem[] } {
  const value = evaluateFile(file, {
    read: (wanted) => readIfThere(tree, wanted),
    // A library path starts at the repository's root, with or without a slash.
    libraries: [path, ...(options.libs ?? []).map((library) => joinPath(library.replace(/^\/+/, "")))],
    externalVariables: variablesOf(options.extVars),
    topLevelArguments: variablesOf(options.tlas),
  });
  const values: readonly Json[] = Array.isArray(value) ? value : [value];
  return objectsOf(values, { file, line: 1 });
}

function variablesOf(given: readonly JsonnetVariable[] = []): Variable[] {
  return given.map(({ name, value = "", code = false }) => ({ name, value, isCode: code }));
}

function readIfThere(tree: FileTree, path: string): Uint8Array | "directory" | undefined {
  const found = tree.stat(path);
  if (found?.kind === "directory") return "directory";
  return found && tree.read(path);
}
