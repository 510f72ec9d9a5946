import { joinPath, problemError, ProblemError, subTree, type FileTree, type JsonObject } from "@fairlead/base";
import { HELM_LIMITS } from "../limits.ts";
import { unpackChart } from "./archive.ts";
import { parseIgnore } from "./ignore.ts";
import { decodeMap, parseDependencies, parseMetadata, validateMetadata } from "./metadata.ts";
import type { Chart, ChartFile } from "./types.ts";

const BOM = [0xef, 0xbb, 0xbf];

/**
 * The chart in a directory of a tree, its own .helmignore obeyed, subcharts in charts/ (directories and archives) included.
 * @param path where the chart is; `""` is the root
 * @throws ProblemError ChartInvalid, ChartArchiveInvalid with every fault of Chart.yaml
 */
export function loadChart(tree: FileTree, path = ""): Chart {
  const root = subTree(tree, path);
  const ignoreText = root.stat(".helmignore")?.kind === "file" ? textOf(root.read(".helmignore")) : "";
  const isIgnored = parseIgnore(ignoreText, joinPath(path, ".helmignore"));
  const files: ChartFile[] = [];
  const visit = (directory: string, depth: number): void => {
    if (depth > HELM_LIMITS.chartDepthMax * 3)
      throw problemError("LimitExceeded", `${directory} is nested too deep`, { file: directory });
    for (const { name } of root.list(directory)) {
      const file = directory === "" ? name : `${directory}/${name}`;
      const found = root.stat(file);
      if (!found || isIgnored(file, found.kind === "directory")) continue;
      if (found.kind === "directory") visit(file, depth + 1);
      else files.push({ name: file, data: withoutBom(root.read(file)) });
      if (files.length > HELM_LIMITS.filesMax)
        throw problemError("LimitExceeded", `chart has more than ${HELM_LIMITS.filesMax} files`);
    }
  };
  visit("", 0);
  return assembleChart(files, path, 0);
}

/** The chart in an archive (.tgz). @throws ProblemError as loadChart */
export function loadChartArchive(data: Uint8Array, name: string): Chart {
  return assembleChart(unpackChart(data, name), name, 0);
}

/** What each file of a chart is, by its name. @param root the prefix for messages */
function assembleChart(files: readonly ChartFile[], root: string, depth: number): Chart {
  if (depth > HELM_LIMITS.chartDepthMax)
    throw problemError("LimitExceeded", `charts are nested deeper than ${HELM_LIMITS.chartDepthMax}`);
  const at = (name: string): string => joinPath(root, name);
  const byName = new Map(files.map((file) => [file.name, file]));
  const read = (name: string): string | undefined => {
    const file = byName.get(name);
    return file && textOf(file.data);
  };
  const chartText = read("Chart.yaml");
  if (chartText === undefined) {
    throw problemError("ChartInvalid", "Chart.yaml file is missing", {
      file: at("Chart.yaml"),
      hint: "is this directory a chart?",
    });
  }
  const metadata = parseMetadata(chartText, at("Chart.yaml"));
  const requirements = read("requirements.yaml");
  if (requirements !== undefined && metadata.apiVersion === "v1") {
    metadata.dependencies = parseDependencies(
      decodeMap(requirements, at("requirements.yaml"), "cannot load requirements.yaml"),
    );
  }
  const problems = validateMetadata(metadata, at("Chart.yaml"));
  if (problems.length > 0) throw new ProblemError(problems);
  const below = (prefix: string): ChartFile[] => files.filter((file) => file.name.startsWith(prefix));
  const lock = read("Chart.lock") ?? read("requirements.lock");
  return {
    metadata,
    lock:
      lock === undefined
        ? undefined
        : (decodeMap(lock, at("Chart.lock"), "cannot load Chart.lock") as { digest?: string }),
    values: loadValues(read("values.yaml"), at("values.yaml")),
    schema: byName.get("values.schema.json")?.data,
    templates: below("templates/"),
    crds: below("crds/"),
    files: files.filter(isPlain),
    dependencies: loadSubcharts(below("charts/"), root, depth),
    root,
  };
}

function loadValues(text: string | undefined, file: string): JsonObject {
  return text === undefined ? {} : decodeMap(text, file, "cannot load values.yaml");
}

const MEANT = new Set(["Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"]);

/** What `.Files` offers: CRDs too, templates, subcharts and the chart's own files not. */
function isPlain({ name }: ChartFile): boolean {
  if (name.startsWith("charts/")) return name.endsWith(".prov");
  return !MEANT.has(name) && !name.startsWith("templates/");
}

function loadSubcharts(files: readonly ChartFile[], root: string, depth: number): Chart[] {
  const groups = new Map<string, ChartFile[]>();
  for (const file of files) {
    if (file.name.endsWith(".prov")) continue;
    const rest = file.name.slice("charts/".length);
    const name = rest.split("/", 1)[0] ?? "";
    const group = groups.get(name) ?? [];
    group.push({ name: rest, data: file.data });
    groups.set(name, group);
  }
  return [...groups].flatMap(([name, group]) => {
    if (/^[_.]/.test(name)) return [];
    const at = joinPath(root, "charts", name);
    if (name.endsWith(".tgz"))
      return group[0]?.name === name ? [assembleChart(unpackChart(group[0].data, at), at, depth + 1)] : [];
    const own = group
      .filter((file) => file.name.includes("/"))
      .map((file) => ({ ...file, name: file.name.slice(name.length + 1) }));
    return own.length === 0 ? [] : [assembleChart(own, at, depth + 1)];
  });
}

function withoutBom(data: Uint8Array): Uint8Array {
  return BOM.every((byte, index) => data[index] === byte) ? data.subarray(BOM.length) : data;
}

/** Go takes bytes as they come; what is not UTF-8 becomes U+FFFD where it is printed. */
function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}
