import {
  isJsonObject,
  joinPath,
  problemError,
  ProblemError,
  readText,
  type FileTree,
  type Json,
  type JsonObject,
} from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { SOURCE_LIMITS } from "../limits.ts";

/** One entry of `dependencies`, fields as Helm reads them. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
  readonly importValues?: readonly Json[] | undefined;
  readonly alias?: string | undefined;
}

export interface Lock {
  readonly digest: string;
  readonly dependencies: readonly Dependency[];
}

/** What a chart's own files say about its dependencies. */
export interface ChartDependencies {
  readonly name: string;
  readonly version: string;
  /** Dependencies of `v1` are in requirements.yaml and requirements.lock. */
  readonly apiVersion: string;
  /** Undefined where there is no such key at all. */
  readonly declared: readonly Dependency[] | undefined;
  readonly lock: Lock | undefined;
}

/** @throws ProblemError ChartDependencyInvalid, FileNotFound */
export function readChartDependencies(tree: FileTree, chartPath: string): ChartDependencies {
  const chart = readMapping(tree, joinPath(chartPath, "Chart.yaml"));
  if (!chart)
    throw problemError("FileNotFound", "Chart.yaml file is missing", { file: joinPath(chartPath, "Chart.yaml") });
  const apiVersion = textOf(chart["apiVersion"]);
  const isFirst = apiVersion === "v1";
  const requirements = isFirst ? readMapping(tree, joinPath(chartPath, "requirements.yaml")) : undefined;
  const own = (requirements ?? chart)["dependencies"];
  const lock =
    readMapping(tree, joinPath(chartPath, "Chart.lock")) ??
    (isFirst ? readMapping(tree, joinPath(chartPath, "requirements.lock")) : undefined);
  const file = joinPath(chartPath, requirements ? "requirements.yaml" : "Chart.yaml");
  return {
    name: textOf(chart["name"]),
    version: textOf(chart["version"]),
    apiVersion,
    declared: own === undefined || own === null ? undefined : readDependencies(own, file),
    lock: lock && {
      digest: textOf(lock["digest"]),
      dependencies: readDependencies(lock["dependencies"] ?? [], joinPath(chartPath, "Chart.lock")),
    },
  };
}

function readMapping(tree: FileTree, file: string): JsonObject | undefined {
  if (tree.stat(file)?.kind !== "file") return undefined;
  const value = decodeYaml(readText(tree, file), { file });
  if (isJsonObject(value)) return value;
  if (value === null) return {};
  throw problemError("ChartDependencyInvalid", `${file} is not a mapping`, { file });
}

function readDependencies(value: Json, file: string): Dependency[] {
  if (!Array.isArray(value)) throw problemError("ChartDependencyInvalid", "dependencies are not a list", { file });
  if (value.length > SOURCE_LIMITS.dependenciesMax) {
    throw problemError("LimitExceeded", `${value.length} dependencies are more than ${SOURCE_LIMITS.dependenciesMax}`, {
      file,
    });
  }
  const faults = value.flatMap((entry, index) => (isJsonObject(entry) ? [] : [index]));
  if (faults.length > 0) {
    throw new ProblemError(
      faults.map((index) => ({
        code: "ChartDependencyInvalid",
        message: `dependency ${index + 1} is not a mapping: dependencies must not contain empty or null nodes`,
        file,
      })),
    );
  }
  return (value as JsonObject[]).map((entry) => ({
    name: textOf(entry["name"]),
    version: textOf(entry["version"]),
    repository: textOf(entry["repository"]),
    condition: textOf(entry["condition"]),
    tags: Array.isArray(entry["tags"]) ? entry["tags"].filter((tag) => typeof tag === "string") : undefined,
    enabled: entry["enabled"] === true,
    importValues: Array.isArray(entry["import-values"]) ? entry["import-values"] : undefined,
    alias: textOf(entry["alias"]),
  }));
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
