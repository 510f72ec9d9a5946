import { isJsonObject, problemsOf, type FileTree, type Json } from "@fairlead/base";
import type { FieldReader } from "../application-set/faults.ts";
import type { Row } from "../application-set/types.ts";
import { normalizeName, slugOf } from "../template/names.ts";
import { mergeDeep } from "../template/merge.ts";
import type { GitBranch } from "./facts.ts";
import { fileRows } from "./git-files.ts";
import { listDirectories, listFiles, pathParameters, type GitFile } from "./git-paths.ts";
import { branchGlob, directoryGlob, doublestarGlob, fileGlob, type Glob } from "./globs.ts";
import { ask, fail, withValues, type Leaf } from "./scope.ts";

interface Pattern {
  readonly path: string;
  readonly isExcluded: boolean;
  readonly matches: (path: string) => boolean;
}

/** Directories or files of a repository at a revision; or, ours, branches of it, alone or each with its directories or files. */
export function gitRows(leaf: Leaf): Row[] {
  const { fields } = leaf;
  const repoURL = fields.required("repoURL");
  const directories = readPatterns(leaf, "directories", directoryGlob);
  const globbing = leaf.scope.settings.newGitFileGlobbing ? doublestarGlob : fileGlob;
  const files = readPatterns(leaf, "files", globbing);
  const branches = readPatterns(leaf, "branches", branchGlob);
  if (directories.length + files.length + branches.length === 0) {
    if (!["directories", "files", "branches"].some((name) => fields.has(name))) {
      fail(leaf, "names neither directories nor files nor branches");
    }
    return [];
  }
  if (repoURL === "") return [];
  const at = (revision: string, kept: string): Row[] => {
    const tree = treeAt(leaf, repoURL, revision);
    if (!tree) return [];
    try {
      // Directories go before files where both are named, as in Argo CD.
      return directories.length > 0
        ? directoryRows(leaf, tree, directories)
        : fileRows(leaf, tree, pick(files, tree), kept);
    } catch (error) {
      leaf.scope.faults.take(leaf.path, problemsOf(error));
      return [];
    }
  };
  if (branches.length === 0) return at(fields.text("revision") ?? "", "");
  return branchesOf(leaf, repoURL, branches).flatMap((branch) => {
    const own = branchParameters(leaf, branch);
    if (directories.length + files.length === 0) return [own];
    return at(branch.commit, branch.name).map((row) => leaf.scope.cache.pair(row, own, () => mergeDeep(row, own)));
  });
}

/** The patterns of a list: `{path, exclude}` or, for short, text, where a leading `!` excludes. */
function readPatterns(leaf: Leaf, name: string, glob: (pattern: string) => Glob): Pattern[] {
  return leaf.fields.list(name).flatMap((item, index): Pattern[] => {
    const read = readPattern(leaf.fields, item, `${name}[${index}]`);
    if (!read) return [];
    const found = glob(read.path);
    if ("matches" in found) return [{ ...read, matches: found.matches }];
    leaf.scope.faults.add("GeneratorFailed", `${leaf.path}.${name}[${index}]`, found.fault);
    return [];
  });
}

function readPattern(fields: FieldReader, item: Json, name: string): Omit<Pattern, "matches"> | undefined {
  if (typeof item === "string") {
    const isExcluded = item.startsWith("!");
    return { path: isExcluded ? item.slice(1) : item, isExcluded };
  }
  const path = isJsonObject(item) ? (item["path"] ?? item["match"]) : undefined;
  const exclude = isJsonObject(item) ? item["exclude"] : undefined;
  if (typeof path !== "string" || path === "") {
    fields.fault(name, "has no path");
    return undefined;
  }
  return { path, isExcluded: exclude === true || exclude === "true" };
}

/** What excludes wins, wherever it stands. */
function isPicked(patterns: readonly Pattern[], path: string): boolean {
  let isIncluded = false;
  for (const pattern of patterns) {
    if (!pattern.matches(path)) continue;
    if (pattern.isExcluded) return false;
    isIncluded = true;
  }
  return isIncluded;
}

function pick(patterns: readonly Pattern[], tree: FileTree): GitFile[] {
  const files = listFiles(tree).filter((file) => isPicked(patterns, file.path));
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function treeAt(leaf: Leaf, repoURL: string, revision: string): FileTree | undefined {
  const key = JSON.stringify(["git", repoURL, revision]);
  return ask<"git">(leaf, { kind: "git", key, repoURL, revision })?.tree;
}

function branchesOf(leaf: Leaf, repoURL: string, patterns: readonly Pattern[]): GitBranch[] {
  const all = ask<"branches">(leaf, { kind: "branches", key: JSON.stringify(["branches", repoURL]), repoURL }) ?? [];
  return all.filter((branch) => isPicked(patterns, branch.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function branchParameters(leaf: Leaf, { name, commit }: GitBranch): Row {
  const key = JSON.stringify(["branch", name, commit]);
  const kept = leaf.memo.get(key) as Row | undefined;
  if (kept) return kept;
  const row = withValues(leaf, {
    branch: name,
    branchNormalized: normalizeName(name),
    branch_slug: slugOf(name),
    sha: commit,
    short_sha: commit.slice(0, 8),
    short_sha_7: commit.slice(0, 7),
  });
  leaf.memo.set(key, row);
  return row;
}

function directoryRows(leaf: Leaf, tree: FileTree, patterns: readonly Pattern[]): Row[] {
  const prefix = leaf.fields.text("pathParamPrefix") ?? "";
  const picked = listDirectories(tree).filter((path) => isPicked(patterns, path));
  return picked.map((path) => {
    const key = `directory ${path}`;
    const kept = leaf.memo.get(key) as Row | undefined;
    if (kept) return kept;
    const row = withValues(leaf, pathParameters(path, undefined, prefix, leaf.scope.dialect.isGo));
    leaf.memo.set(key, row);
    return row;
  });
}
