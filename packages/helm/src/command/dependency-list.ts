import { joinPath, ProblemError, type FileTree } from "@fairlead/base";
import { parseConstraint, parseVersion, satisfies } from "@fairlead/gotemplate";
import { loadChart, loadChartArchive } from "../chart/load.ts";
import type { Chart, ChartDependency } from "../chart/types.ts";
import { FlagFault } from "./flags.ts";
import type { CommandIo } from "./io.ts";

const HEAD = ["NAME", "VERSION", "REPOSITORY", "STATUS"];
const STRICT = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** `helm dependency list`: a table of what Chart.yaml declares, and warnings about what lies in charts/ besides. @throws FlagFault */
export function listDependencies(path: string, columnMax: number, io: CommandIo): string {
  const content = io.openChart(path);
  if (content === undefined) throw new FlagFault(`stat ${path}: no such file or directory`);
  const place = io.absolute(path);
  const chart =
    content instanceof Uint8Array ? loadChartArchive(content, place) : loadChart(content, "", { place, compat: "v4" });
  const declared = chart.metadata.dependencies;
  if (!declared) return `WARNING: no dependencies at ${path === "." ? "charts" : `${path}/charts`}\n`;
  const tree = content instanceof Uint8Array ? undefined : content;
  const rows = declared.map((dependency) => [
    dependency.name,
    dependency.version ?? "",
    dependency.repository ?? "",
    statusOf(dependency, chart, tree),
  ]);
  return `${table([HEAD, ...rows], columnMax)}\n\n${strangers(path, tree, declared)}`;
}

/** An archive in charts/ says more than the chart that was loaded from it; Helm has kept that since its second version. */
function statusOf(dependency: ChartDependency, chart: Chart, tree: FileTree | undefined): string {
  const archives = archivesOf(dependency.name, tree);
  const versioned = archives.filter((file) => STRICT.test(file.slice(dependency.name.length + 1, -".tgz".length)));
  if (archives.length > 1 && versioned.length > 1) return "too many matches";
  const [only] = archives.length > 1 ? versioned : archives;
  if (only !== undefined && tree) return archiveStatus(tree, only, dependency);
  const found = chart.dependencies.findLast(({ metadata }) => metadata.name === dependency.name);
  if (!found) return "missing";
  return versionFault(found.metadata.version, dependency.version ?? "") ?? "unpacked";
}

function archivesOf(name: string, tree: FileTree | undefined): string[] {
  if (tree?.stat("charts")?.kind !== "directory") return [];
  return tree
    .list("charts")
    .map((entry) => entry.name)
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith(".tgz"));
}

function archiveStatus(tree: FileTree, file: string, dependency: ChartDependency): string {
  const at = joinPath("charts", file);
  try {
    const { metadata } = loadChartArchive(tree.read(at), at);
    if (metadata.name !== dependency.name) return "misnamed";
    return versionFault(metadata.version, dependency.version ?? "") ?? "ok";
  } catch (error) {
    if (error instanceof ProblemError) return "corrupt";
    throw error;
  }
}

function versionFault(found: string, wanted: string): string | undefined {
  if (found === wanted) return undefined;
  try {
    return satisfies(parseVersion(found), parseConstraint(wanted, "3.5")) ? undefined : "wrong version";
  } catch {
    return "invalid version";
  }
}

/** What lies in charts/ and is no chart, or one that Chart.yaml does not name. */
function strangers(path: string, tree: FileTree | undefined, declared: readonly ChartDependency[]): string {
  if (tree?.stat("charts")?.kind !== "directory") return "";
  return tree
    .list("charts")
    .map(({ name }) => {
      const at = joinPath("charts", name);
      const shown = JSON.stringify(path === "." ? at : `${path}/${at}`);
      const isDirectory = tree.stat(at)?.kind === "directory";
      if (!isDirectory && !name.endsWith(".tgz")) return "";
      try {
        const chart = isDirectory ? loadChart(tree, at) : loadChartArchive(tree.read(at), at);
        const isDeclared = declared.some((dependency) => dependency.name === chart.metadata.name);
        return isDeclared ? "" : `WARNING: ${shown} is not in Chart.yaml.\n`;
      } catch (error) {
        if (error instanceof ProblemError) return `WARNING: ${shown} is not a chart.\n`;
        throw error;
      }
    })
    .join("");
}

/** Columns padded to the widest cell and told apart by tabs, as gosuri/uitable draws them. */
function table(rows: readonly (readonly string[])[], columnMax: number): string {
  const widths = HEAD.map((_, column) =>
    Math.min(columnMax, Math.max(...rows.map((row) => (row[column] ?? "").length))),
  );
  const cell = (text: string, width: number): string =>
    text.length > width ? `${text.slice(0, Math.max(width - 3, 0))}...` : text.padEnd(width);
  return rows.map((row) => row.map((text, column) => cell(text, widths[column] ?? 0)).join("\t")).join("\n");
}
