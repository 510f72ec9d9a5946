import { isAbsolute, posix } from "node:path";
import { baseName, parentPath, problemError, ProblemError, readText, type FileTree } from "@fairlead/base";
import { SOURCE_LIMITS } from "../limits.ts";
import { overlayTree } from "../tree/overlay.ts";
import { maskCredentials } from "./run.ts";

export interface Submodule {
  readonly path: string;
  /** As .gitmodules has it. */
  readonly url: string;
  readonly commit: string;
}

/** The files of another repository at a commit, with its own submodules. */
export type OpenSubmodule = (url: string, commit: string, depth: number) => Promise<FileTree>;

/**
 * A commit's tree with its submodules' files in their places. One that .gitmodules does not tell the address of stays away, as with git.
 * @throws ProblemError SubmoduleFailed that names the path
 */
export async function withSubmodules(
  tree: FileTree,
  parentUrl: string,
  open: OpenSubmodule,
  depth: number,
): Promise<FileTree> {
  const all = readSubmodules(tree);
  if (all.length === 0) return tree;
  if (depth >= SOURCE_LIMITS.submoduleDepthMax) {
    throw problemError("LimitExceeded", `submodules are nested deeper than ${SOURCE_LIMITS.submoduleDepthMax}`);
  }
  const overlays = new Map<string, FileTree>();
  for (const { path, url, commit } of all) {
    try {
      overlays.set(path, await open(submoduleUrl(parentUrl, url), commit, depth + 1));
    } catch (error) {
      const why = error instanceof ProblemError ? (error.problems[0]?.message ?? "") : String(error);
      throw problemError(
        "SubmoduleFailed",
        `submodule ${JSON.stringify(path)}: ${why}`,
        { file: ".gitmodules" },
        error,
      );
    }
  }
  return overlayTree(tree, overlays);
}

function readSubmodules(tree: FileTree): Submodule[] {
  if (tree.stat(".gitmodules")?.kind !== "file") return [];
  const found: Submodule[] = [];
  for (const { path, url } of parseGitmodules(readText(tree, ".gitmodules"))) {
    const folder = parentPath(path);
    if (tree.stat(folder)?.kind !== "directory") continue;
    const entry = tree.list(folder).find(({ name, kind }) => name === baseName(path) && kind === "submodule");
    if (entry) found.push({ path, url, commit: entry.id });
  }
  if (found.length <= SOURCE_LIMITS.submodulesMax) return found;
  throw problemError("LimitExceeded", `${found.length} submodules are more than ${SOURCE_LIMITS.submodulesMax}`);
}

function parseGitmodules(text: string): { path: string; url: string }[] {
  const sections: { path: string; url: string }[] = [];
  for (const line of text.split("\n")) {
    if (/^\s*\[\s*submodule\b/i.test(line)) sections.push({ path: "", url: "" });
    const current = sections.at(-1);
    const [, key = "", raw = ""] = /^\s*(path|url)\s*=\s*(.*?)\s*$/i.exec(line) ?? [];
    const value = raw.replace(/^"(.*)"$/, "$1");
    if (current && key.toLowerCase() === "path") current.path = value.replace(/\/+$/, "");
    if (current && key.toLowerCase() === "url") current.url = value;
  }
  return sections.filter(({ path, url }) => path !== "" && url !== "");
}

/**
 * `../other.git` is beside the parent repository. A repository of this machine is never reached from one that is not of it: what a
 * stranger commits must not be able to name our files. @throws ProblemError SourceAddressInvalid
 */
export function submoduleUrl(parentUrl: string, url: string): string {
  const resolved = /^\.\.?\//.test(url) ? beside(parentUrl, url) : url;
  const isRemote = /^(?:https?|ssh):\/\//i.test(resolved) || /^[^/:@\s-][^/:@\s]*@[^/:\s]+:[^-]/.test(resolved);
  if (isRemote || (isLocalUrl(parentUrl) && isLocalUrl(resolved))) return resolved;
  throw problemError(
    "SourceAddressInvalid",
    `${JSON.stringify(maskCredentials(url))} is not an address that a submodule may have`,
    {
      hint: "https://…, ssh://…, git@host:path, or relative to the repository it is in",
    },
  );
}

function isLocalUrl(url: string): boolean {
  return url.startsWith("file:///") || isAbsolute(url);
}

function beside(parentUrl: string, relative: string): string {
  const [, head = "", path = parentUrl] = /^([a-z+]+:\/\/[^/]+|file:\/\/|[^/]+@[^/:]+:)(.*)$/i.exec(parentUrl) ?? [];
  const joined = posix.join(path.startsWith("/") ? path : `/${path}`, relative);
  return head.endsWith(":") ? `${head}${path.startsWith("/") ? joined : joined.slice(1)}` : `${head}${joined}`;
}
