import { joinPath, type FileTree } from "@fairlead/base";
import { chartArchiveTree } from "../archive/tree.ts";
import { overlayTree } from "../tree/overlay.ts";
import { buildDependencies } from "./build.ts";
import { readChartDependencies } from "./chart-file.ts";
import type { DependencyRequest } from "./types.ts";

/**
 * The tree with what is missing in the chart's `charts/` laid over it; the tree itself when nothing is, or when there is no chart. A lock
 * is kept to; what it names is fetched once and then comes from disk.
 * @throws ProblemError as `buildDependencies`
 */
export async function withDependencies(
  request: Omit<DependencyRequest, "mode" | "generated" | "needsKnownRepositories" | "say">,
): Promise<FileTree> {
  const { tree, chartPath } = request;
  if (tree.stat(joinPath(chartPath, "Chart.yaml"))?.kind !== "file" || !isAnyMissing(tree, chartPath)) return tree;
  const { archives } = await buildDependencies({ ...request, mode: "build", generated: "" });
  const real = tree.stat(chartPath)?.path ?? chartPath;
  return overlayTree(tree, new Map([...archives].map(([name, data]) => [joinPath(real, "charts", name), data])));
}

/** As Helm sees it: each dependency has to be among the charts of `charts/` by its name. */
function isAnyMissing(tree: FileTree, chartPath: string): boolean {
  const { declared = [] } = readChartDependencies(tree, chartPath);
  if (declared.length === 0) return false;
  const there = namesBelow(tree, joinPath(chartPath, "charts"));
  return declared.some(({ name }) => !there.has(name));
}

function namesBelow(tree: FileTree, folder: string): Set<string> {
  const names = new Set<string>();
  if (tree.stat(folder)?.kind !== "directory") return names;
  for (const { name: entry } of tree.list(folder)) {
    if (/^[_.]/.test(entry)) continue;
    const path = joinPath(folder, entry);
    const kind = tree.stat(path)?.kind;
    const chart =
      kind === "directory" && tree.stat(joinPath(path, "Chart.yaml"))?.kind === "file"
        ? readChartDependencies(tree, path)
        : kind === "file" && entry.endsWith(".tgz")
          ? readChartDependencies(chartArchiveTree(tree.read(path), path), "")
          : undefined;
    if (chart) names.add(chart.name);
  }
  return names;
}
