import {
  joinPath,
  problemError,
  ProblemError,
  problemsOf,
  readText,
  type FileTree,
  type Problem,
} from "@fairlead/base";
import { compileGlob } from "../glob.ts";
import { RENDER_LIMITS } from "../limits.ts";
import { readManifests } from "../manifests.ts";
import { renderJsonnet } from "./jsonnet.ts";
import type { DirectoryOptions, RenderedObject } from "../types.ts";

const MANIFEST_FILE = /\.(ya?ml|json|jsonnet)$/;
const JSONNET_FILE = /\.jsonnet$/;
const SKIP_MARK = "+argocd:skip-file-rendering";

/** Thrown where fewer bytes were asked for than a source may have. */
export class MoreThanAsked extends Error {}

/**
 * Every manifest of a directory, files by name, documents in order. Files that are not YAML, JSON or Jsonnet are not looked at.
 * @param bytesMax fewer than a source may have: then Jsonnet, which takes as long as it takes, is more than was asked too
 * @throws ProblemError with every fault of every file; MoreThanAsked
 */
export function renderDirectory(
  tree: FileTree,
  path: string,
  options: DirectoryOptions,
  bytesMax: number = RENDER_LIMITS.directoryBytesMax,
): RenderedObject[] {
  const problems: Problem[] = [];
  const objects: RenderedObject[] = [];
  let bytes = 0;
  for (const file of manifestFiles(tree, path, options)) {
    try {
      const isJsonnet = JSONNET_FILE.test(file);
      if (isJsonnet && bytesMax < RENDER_LIMITS.directoryBytesMax) throw new MoreThanAsked();
      const text = readText(tree, file);
      // What Jsonnet reads and makes is bounded by limits of its own.
      if (!isJsonnet) bytes += text.length;
      if (bytes > RENDER_LIMITS.directoryBytesMax) throw tooMuch(path);
      if (bytes > bytesMax) throw new MoreThanAsked();
      if (text.includes(SKIP_MARK)) continue;
      const found = isJsonnet ? renderJsonnet(tree, path, file, options.jsonnet ?? {}) : readManifests(text, file);
      objects.push(...found.objects);
      problems.push(...found.problems);
    } catch (error) {
      if (error instanceof MoreThanAsked) throw error;
      problems.push(...problemsOf(error, { file }));
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return objects;
}

function manifestFiles(tree: FileTree, root: string, options: DirectoryOptions): string[] {
  const isIncluded = options.include ? compileGlob(options.include) : () => true;
  const isExcluded = options.exclude ? compileGlob(options.exclude) : () => false;
  const files: string[] = [];
  const visit = (directory: string, relative: string): void => {
    for (const entry of tree.list(directory)) {
      const file = joinPath(directory, entry.name);
      const below = relative === "" ? entry.name : `${relative}/${entry.name}`;
      const isDirectory = entry.kind === "directory";
      if (isDirectory && options.recurse) visit(file, below);
      if (isDirectory || entry.kind === "submodule" || !MANIFEST_FILE.test(entry.name)) continue;
      if (isIncluded(below) && !isExcluded(below) && tree.stat(file)?.kind === "file") files.push(file);
    }
  };
  visit(root, "");
  return files;
}

function tooMuch(path: string): Error {
  const limit = RENDER_LIMITS.directoryBytesMax;
  return problemError(
    "LimitExceeded",
    `the manifests of ${JSON.stringify(path)} have more than ${limit} bytes together`,
    {
      hint: "split the directory, or narrow it with spec.source.directory.include",
    },
  );
}
