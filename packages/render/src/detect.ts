import { joinPath, problemError, type FileTree } from "@fairlead/base";
import type { SourceSpec, SourceType } from "./types.ts";

const KUSTOMIZATION_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/**
 * Which tool a source is for. Explicit options decide; without any, Chart.yaml means Helm, a kustomization means Kustomize, and
 * everything else is a directory of manifests (facts/argocd.md §1.1).
 * @throws ProblemError AmbiguousSourceType, SourcePathMissing
 */
export function detectType(tree: FileTree, spec: SourceSpec): SourceType {
  const asked = (["helm", "kustomize", "directory"] as const).filter((tool) => spec[tool] !== undefined);
  if (asked.length > 1) {
    throw problemError("AmbiguousSourceType", `source asks for ${asked.join(" and ")} at once`, {
      hint: "keep one of them",
    });
  }
  assertDirectory(tree, spec.path);
  if (asked[0] === "helm") return "Helm";
  if (asked[0] === "kustomize") return "Kustomize";
  if (asked[0] === "directory") return "Directory";
  if (tree.stat(joinPath(spec.path, "Chart.yaml"))?.kind === "file") return "Helm";
  const isKustomization = KUSTOMIZATION_NAMES.some((name) => tree.stat(joinPath(spec.path, name))?.kind === "file");
  return isKustomization ? "Kustomize" : "Directory";
}

function assertDirectory(tree: FileTree, path: string): void {
  const found = tree.stat(path);
  if (found?.kind === "directory") return;
  const what = found ? "is a file, not a directory" : "does not exist";
  throw problemError("SourcePathMissing", `path ${JSON.stringify(path)} ${what}`, {
    file: path,
    hint: "name a directory of the repository at this revision in spec.source.path",
  });
}
