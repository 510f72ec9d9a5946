import type { FileTree } from "@fairlead/base";
import type { Chart } from "../chart/types.ts";
import { readObjects } from "./documents.ts";
import type { Report } from "./types.ts";

/** Helm 4 looks at crds/ of a chart and its dependencies: there must be nothing but definitions. */
export function lintCrds(tree: FileTree, load: () => Chart | undefined, report: Report): void {
  const found = tree.stat("crds");
  if (!found) return;
  if (found.kind !== "directory") return report("ERROR", "crds/", "not a directory");
  const chart = load();
  if (!chart) return;
  for (const { name, data } of crdFiles(chart)) {
    const { objects, fault } = readObjects(Buffer.from(data).toString("utf8"), "v4");
    for (const { apiVersion, kind } of objects) {
      if (!apiVersion.startsWith("apiextensions.k8s.io"))
        report("ERROR", name, "apiVersion is not in 'apiextensions.k8s.io'");
      if (kind !== "CustomResourceDefinition") report("ERROR", name, "object kind is not 'CustomResourceDefinition'");
    }
    if (fault !== undefined) return report("ERROR", name, `unable to parse YAML: ${fault}`);
  }
}

function crdFiles(chart: Chart): { name: string; data: Uint8Array }[] {
  const own = chart.crds.filter(({ name }) => /\.(ya?ml|json)$/i.test(name));
  return [...own, ...chart.dependencies.flatMap(crdFiles)];
}
