import { joinPath, problemError, ProblemError, subTree, type FileTree, type Problem } from "@fairlead/base";
import { HELM_LIMITS } from "../limits.ts";
import { refuseOther, unpackChart } from "./archive.ts";
import { parseIgnore } from "./ignore.ts";
import { decodeMap, decodeValues, parseMetadata, validateMetadata, type Compat } from "./metadata.ts";
import type { Chart, ChartFile } from "./types.ts";

const BOM = [0xef, 0xbb, 0xbf];

export interface LoadOptions {
  /** Whose rules and words; Helm 4's where nothing is said. */
  readonly compat?: Compat | undefined;
  /** How the person knows the place of a chart, for messages that name it: an absolute path on their machine. */
  readonly place?: string | undefined;
  /** A linter tells of versions of the chart format itself. */
  readonly isLint?: boolean | undefined;
}

/** What stays the same from chart to subchart. */
interface Loading {
  readonly compat: Compat;
  readonly depth: number;
  readonly isLint?: boolean | undefined;
}

/**
 * The chart in a directory of a tree, its own .helmignore obeyed, subcharts in charts/ (directories and archives) included.
 * @param path where the chart is; `""` is the root
 * @throws ProblemError ChartInvalid, ChartArchiveInvalid with every fault of Chart.yaml
 */
export function loadChart(tree: FileTree, path = "", options: LoadOptions = {}): Chart {
  const { compat = "v4", place, isLint } = options;
  const root = subTree(tree, path);
  // Helm 4 looks at Chart.yaml before it reads the rest, .helmignore or not.
  if (compat === "v4" && !isLint && root.stat("Chart.yaml") === undefined) throw missingChartFile(path, place);
  const ignoreText = root.stat(".helmignore")?.kind === "file" ? textOf(root.read(".helmignore")) : "";
  const isIgnored = parseIgnore(ignoreText, joinPath(path, ".helmignore"));
  const files: ChartFile[] = [];
  const visit = (directory: string, depth: number): void => {
    if (depth > HELM_LIMITS.chartDepthMax * 3)
      throw problemError("LimitExceeded", `${directory} is nested too deep`, { file: directory });
    for (const { name, kind: listed } of root.list(directory)) {
      const file = directory === "" ? name : `${directory}/${name}`;
      // Only what a symlink leads to has to be looked at; a submodule is nothing.
      const kind = listed === "symlink" || listed === "submodule" ? root.stat(file)?.kind : listed;
      if (kind === undefined || isIgnored(file, kind === "directory")) continue;
      if (kind === "directory") visit(file, depth + 1);
      else files.push({ name: file, data: withoutBom(root.read(file)) });
      if (files.length > HELM_LIMITS.filesMax)
        throw problemError("LimitExceeded", `chart has more than ${HELM_LIMITS.filesMax} files`);
    }
  };
  visit("", 0);
  return assembleChart(files, path, { compat, depth: 0, isLint });
}

function missingChartFile(root: string, place: string | undefined): Error {
  const file = join(root, "Chart.yaml");
  const where = place === undefined ? file : `${place}/Chart.yaml`;
  const message = `unable to detect chart at ${where}: open ${where}: no such file or directory`;
  return problemError("ChartInvalid", message, { file, hint: "is this directory a chart?" });
}

/** The chart in an archive (.tgz). @throws ProblemError as loadChart */
export function loadChartArchive(data: Uint8Array, name: string, options: LoadOptions = {}): Chart {
  const { compat = "v4" } = options;
  const files = unpackForPerson(data, name, compat);
  if (compat === "v4" && !files.some((file) => file.name === "Chart.yaml"))
    throw problemError("ChartInvalid", "unable to detect chart version, no Chart.yaml found", { file: name });
  return assembleChart(files, name, { compat, depth: 0 });
}

/** Helm 4 keeps back what is wrong inside an archive that a person names; here it is the hint. */
function unpackForPerson(data: Uint8Array, name: string, compat: Compat): ChartFile[] {
  refuseOther(data, name);
  try {
    return unpackChart(data, name);
  } catch (error) {
    if (compat === "v3" || !(error instanceof ProblemError)) throw error;
    const [problem] = error.problems;
    throw problemError(
      "ChartArchiveInvalid",
      "unable to load chart archive",
      { file: name, hint: problem?.message },
      error,
    );
  }
}

/** What each file of a chart is, by its name. @param root the prefix for messages */
function assembleChart(files: readonly ChartFile[], root: string, loading: Loading): Chart {
  const { compat, depth } = loading;
  if (depth > HELM_LIMITS.chartDepthMax)
    throw problemError("LimitExceeded", `charts are nested deeper than ${HELM_LIMITS.chartDepthMax}`);
  const at = (name: string): string => join(root, name);
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
  const requirements = read("requirements.yaml");
  const metadata = parseMetadata(chartText, at("Chart.yaml"), {
    compat,
    isWhole: depth === 0 && !loading.isLint,
    requirements: requirements === undefined ? undefined : { text: requirements, file: at("requirements.yaml") },
  });
  if (compat === "v4" && depth === 0 && !loading.isLint && !API_VERSIONS.has(metadata.apiVersion))
    throw problemError("ChartInvalid", "unsupported chart version", { file: at("Chart.yaml") });
  const lock = loadLock(read, at);
  const values = decodeValues(read("values.yaml") ?? "", at("values.yaml"), "cannot load values.yaml", compat);
  const problems = validateMetadata(metadata, at("Chart.yaml"), compat);
  if (problems.length > 0) throw new ProblemError(problems);
  const below = (prefix: string): ChartFile[] => files.filter((file) => file.name.startsWith(prefix));
  return {
    metadata,
    lock,
    values,
    schema: byName.get("values.schema.json")?.data,
    templates: below("templates/"),
    crds: below("crds/"),
    files: files.filter((file) => isPlain(file, metadata.apiVersion)),
    dependencies: loadSubcharts(below("charts/"), root, metadata.name, loading),
    root,
  };
}

function loadLock(read: (name: string) => string | undefined, at: (name: string) => string): Chart["lock"] {
  const [name = ""] = ["requirements.lock", "Chart.lock"].filter((each) => read(each) !== undefined);
  const text = read(name);
  return text === undefined ? undefined : (decodeMap(text, at(name), `cannot load ${name}`) as { digest?: string });
}

/** Helm 4 knows v3, and refuses to render it unless an experiment is switched on. */
const API_VERSIONS: ReadonlySet<string> = new Set(["v1", "v2", "v3"]);
const MEANT = new Set(["Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"]);
const MEANT_BEFORE_V2 = new Set(["requirements.yaml", "requirements.lock"]);

/** What `.Files` offers: CRDs too, templates, subcharts and the chart's own files not. */
function isPlain({ name }: ChartFile, apiVersion: string): boolean {
  if (name.startsWith("charts/")) return name.endsWith(".prov");
  if (MEANT_BEFORE_V2.has(name)) return apiVersion === "v1";
  return !MEANT.has(name) && !name.startsWith("templates/");
}

function loadSubcharts(files: readonly ChartFile[], root: string, parent: string, loading: Loading): Chart[] {
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
    try {
      return loadSubchart(name, group, join(root, `charts/${name}`), { ...loading, depth: loading.depth + 1 });
    } catch (error) {
      throw inSubchart(error, name, parent);
    }
  });
}

function loadSubchart(name: string, group: readonly ChartFile[], at: string, loading: Loading): Chart {
  if (name.endsWith(".tgz")) {
    const [first] = group;
    if (first?.name === name) return assembleChart(unpackChart(first.data, at), at, loading);
    throw problemError("ChartInvalid", `expected ${name}, got ${first?.name}`, { file: at });
  }
  const own = group
    .filter((file) => file.name.includes("/"))
    .map((file) => ({ ...file, name: file.name.slice(name.length + 1) }));
  return assembleChart(own, at, loading);
}

function inSubchart(error: unknown, name: string, parent: string): unknown {
  if (!(error instanceof ProblemError)) return error;
  const tell = (problem: Problem): Problem => ({
    ...problem,
    message: `error unpacking subchart ${problem.message.startsWith(`expected ${name}, got `) ? "tar" : name} in ${parent}: ${problem.message}`,
  });
  return new ProblemError(error.problems.map(tell), { cause: error });
}

/** An archive may have been named by an absolute path; what is in it is told by its place below that name. */
function join(root: string, name: string): string {
  return root === "" ? name : `${root}/${name}`;
}

function withoutBom(data: Uint8Array): Uint8Array {
  return BOM.every((byte, index) => data[index] === byte) ? data.subarray(BOM.length) : data;
}

/** Go takes bytes as they come; what is not UTF-8 becomes U+FFFD where it is printed. */
function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}
