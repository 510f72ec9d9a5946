import { posix } from "node:path";
import { joinPath, problemError, type FileTree, type Json, type JsonObject } from "@fairlead/base";
import { overlayTree } from "@fairlead/sources";

interface Mounted {
  readonly tree: FileTree;
  readonly helm: JsonObject;
}

/**
 * Value files of other sources: `$name/path` is a path in the source with that `ref`. Those trees are laid over this one as a directory
 * `$name` at its root, so that what is read there is recorded like everything else.
 * @throws ProblemError SourceNotFound for a name that no source has
 */
export function mountRefs(
  tree: FileTree,
  helm: JsonObject,
  refs: ReadonlyMap<string, { readonly tree: FileTree }>,
): Mounted {
  const used = new Map<string, FileTree>();
  const rewrite = (path: Json | undefined): Json => {
    const name = typeof path === "string" ? /^\$([^/]+)(?:\/|$)/.exec(path)?.[1] : undefined;
    if (name === undefined) return path ?? null;
    const found = refs.get(name);
    if (!found) throw unknownRef(name, path as string, refs);
    used.set(`$${name}`, found.tree);
    return `/${path as string}`;
  };
  const valueFiles = Array.isArray(helm["valueFiles"]) ? (helm["valueFiles"] as Json[]).map(rewrite) : undefined;
  const fileParameters = Array.isArray(helm["fileParameters"])
    ? (helm["fileParameters"] as Json[]).map((entry) => ({
        ...(entry as JsonObject),
        path: rewrite((entry as JsonObject)["path"]),
      }))
    : undefined;
  if (used.size === 0) return { tree, helm };
  return {
    tree: overlayTree(tree, used),
    helm: {
      ...helm,
      ...(valueFiles ? { valueFiles } : {}),
      ...(fileParameters ? { fileParameters } : {}),
    } as JsonObject,
  };
}

function unknownRef(name: string, path: string, refs: ReadonlyMap<string, unknown>): Error {
  const names = [...refs.keys()].map((ref) => `$${ref}`).join(", ");
  return problemError(
    "SourceNotFound",
    `value file ${JSON.stringify(path)} refers to source "${name}", which is not one of the application's`,
    { hint: names === "" ? "give another source of the application a `ref`" : `sources with a ref: ${names}` },
  );
}

/** Globs among the value files, each in place of the files it finds, sorted; one that finds nothing gives nothing. */
export function expandValueFiles(tree: FileTree, path: string, helm: JsonObject): JsonObject {
  const { valueFiles } = helm;
  if (!Array.isArray(valueFiles) || !(valueFiles as Json[]).some(isGlob)) return helm;
  const expanded = (valueFiles as Json[]).flatMap((file): Json[] =>
    isGlob(file) ? filesMatching(tree, path, file) : [file],
  );
  return { ...helm, valueFiles: expanded };
}

function isGlob(file: Json): file is string {
  // A file may have such a name only where there is one; addresses have `?` in another meaning.
  return typeof file === "string" && /[*?[{]/.test(file) && !/^[a-z]+:\/\//.test(file);
}

function filesMatching(tree: FileTree, path: string, glob: string): string[] {
  const pattern = glob.startsWith("/") ? joinPath(glob.slice(1)) : joinPath(path, glob);
  const fixed = pattern.split("/");
  const first = fixed.findIndex((part) => /[*?[{]/.test(part));
  const root = fixed.slice(0, first).join("/");
  const found: string[] = [];
  const visit = (folder: string): void => {
    if (tree.stat(folder)?.kind !== "directory") return;
    for (const { name } of tree.list(folder)) {
      const at = joinPath(folder, name);
      const kind = tree.stat(at)?.kind;
      if (kind === "directory" && (pattern.includes("**") || at.split("/").length < fixed.length)) visit(at);
      else if (kind === "file" && posix.matchesGlob(at, pattern)) found.push(`/${at}`);
    }
  };
  visit(root);
  return found.sort();
}
