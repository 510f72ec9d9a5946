import { existsSync, globSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** One render to compare: a chart and value files laid over its defaults. */
export interface ChartCase {
  readonly name: string;
  /** A folder or an archive. */
  readonly chart: string;
  readonly values: readonly string[];
}

/** Every chart below the roots with its default values and with each file of its ci folder, as chart-testing does. */
export function casesIn(roots: readonly string[]): ChartCase[] {
  return roots.flatMap((root) => {
    const folders = globSync("**/Chart.yaml", { cwd: root }).map((file) => dirname(file));
    const archives = globSync("**/*.{tgz,tar.gz}", { cwd: root });
    return [...folders, ...archives]
      .filter((path) => !isInsideChart(root, path))
      .sort()
      .flatMap((path) => casesOf(resolve(root, path), relative(root, resolve(root, path)) || "."));
  });
}

function casesOf(chart: string, name: string): ChartCase[] {
  const files = globSync("ci/*.{yaml,yml}", { cwd: chart }).sort();
  return [
    { name, chart, values: [] },
    ...files.map((file) => ({ name: `${name} ${file}`, chart, values: [join(chart, file)] })),
  ];
}

/** Subcharts, and charts among a chart's templates or files, are looked at with their parent. */
function isInsideChart(root: string, path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (path !== "." && existsSync(join(root, folder, "Chart.yaml"))) return true;
    if (folder === ".") return false;
  }
}
