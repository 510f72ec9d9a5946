import {
  isJsonObject,
  joinPath,
  ProblemError,
  problemError,
  readText,
  recordingTree,
  type FileTree,
  type JsonObject,
  type ReadSet,
} from "@fairlead/base";
import { mergePatch } from "@fairlead/apimachinery";
import { decodeYaml } from "@fairlead/yaml";
import type { ApplicationSource } from "../application/types.ts";

export interface OverriddenSource {
  readonly source: ApplicationSource;
  /** The override files that were looked for: a commit that brings or changes one is a commit that concerns the application. */
  readonly reads: ReadSet;
}

/** Where a source comes from is the Application's business alone; what is in the repository decides only how it is rendered. */
const KEPT = ["repoURL", "path", "targetRevision", "chart", "ref", "name", "tagPrefix"] as const;

/**
 * The source with `.argocd-source.yaml` and `.argocd-source-<instance>.yaml` of its directory laid over it, in this order, as merge
 * patches (facts/argocd.md §1.1). Image updaters write such files. @throws ProblemError InvalidSourceOverride
 */
export function withRepositoryOverrides(tree: FileTree, source: ApplicationSource, instance: string): OverriddenSource {
  const recording = recordingTree(tree);
  let merged: JsonObject = source;
  for (const name of [".argocd-source.yaml", `.argocd-source-${instance}.yaml`]) {
    const file = joinPath(source.path ?? "", name);
    if (recording.tree.stat(file)?.kind !== "file") continue;
    merged = mergePatch(merged, parseOverride(recording.tree, file)) as JsonObject;
  }
  if (merged === source) return { source, reads: recording.reads };
  const next: JsonObject = { ...merged };
  for (const key of KEPT) {
    delete next[key];
    if (source[key] !== undefined) next[key] = source[key];
  }
  return { source: next as ApplicationSource, reads: recording.reads };
}

function parseOverride(tree: FileTree, file: string): JsonObject {
  const value = decodeOverride(readText(tree, file), file);
  if (value === null || value === undefined) return {};
  if (isJsonObject(value)) return value as JsonObject;
  throw problemError("InvalidSourceOverride", "must be an object with helm, kustomize, directory or plugin", { file });
}

function decodeOverride(text: string, file: string): unknown {
  try {
    return decodeYaml(text);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(error.problems.map((problem) => ({ ...problem, file })));
  }
}
