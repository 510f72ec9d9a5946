import { problemError, type FileTree, type Json } from "@fairlead/base";
import type { Row } from "../application-set/types.ts";
import { APPSET_LIMITS } from "../limits.ts";
import { normalizeName } from "../template/names.ts";

export interface GitFile {
  readonly path: string;
  /** Content id: the same id, the same bytes. */
  readonly id: string;
}

/**
 * Every directory below the root, parents before what they hold, names in byte order; those whose name starts with a dot are left
 * out with all they hold, as Argo CD walks a checkout. @throws ProblemError GeneratorFailed beyond the limit
 */
export function listDirectories(tree: FileTree): string[] {
  const found: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of tree.list(directory)) {
      if (entry.kind !== "directory" || entry.name.startsWith(".")) continue;
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      found.push(path);
      if (found.length > APPSET_LIMITS.pathsMax) throw tooMany("directories");
      walk(path);
    }
  };
  walk("");
  return found;
}

/** Every file and every symlink (which is read through), dot files included. @throws ProblemError GeneratorFailed beyond the limit */
export function listFiles(tree: FileTree): GitFile[] {
  const found: GitFile[] = [];
  const walk = (directory: string): void => {
    for (const entry of tree.list(directory)) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.kind === "directory") walk(path);
      else if (entry.kind !== "submodule") found.push({ path, id: entry.id });
      if (found.length > APPSET_LIMITS.pathsMax) throw tooMany("files");
    }
  };
  walk("");
  return found;
}

function tooMany(what: string): Error {
  return problemError("GeneratorFailed", `the repository holds more than ${APPSET_LIMITS.pathsMax} ${what}`);
}

/** `path`, `path.basename`, `path[0]` …; in the Go dialect `.path.path`, `.path.segments` …; all below the prefix when there is one. */
export function pathParameters(directory: string, fileName: string | undefined, prefix: string, isGo: boolean): Row {
  const basename = directory.slice(directory.lastIndexOf("/") + 1);
  const segments = directory.split("/");
  const named: Record<string, Json> = { basename, basenameNormalized: normalizeName(basename) };
  if (fileName !== undefined) {
    named["filename"] = fileName;
    named["filenameNormalized"] = normalizeName(fileName);
  }
  if (isGo) {
    const path = { path: { path: directory, segments, ...named } };
    return prefix === "" ? path : { [prefix]: path };
  }
  const key = prefix === "" ? "path" : `${prefix}.path`;
  const row: Record<string, Json> = { [key]: directory };
  for (const [name, value] of Object.entries(named)) row[`${key}.${name}`] = value;
  segments.forEach((segment, index) => {
    if (segment !== "") row[`${key}[${index}]`] = segment;
  });
  return row;
}
