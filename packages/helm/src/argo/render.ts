import {
  cloneJson,
  joinPath,
  ownText,
  problemError,
  ProblemError,
  readText,
  RecentMap,
  type FileTree,
  type JsonObject,
  type Problem,
} from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";
import { decodeDocuments, encodeYaml } from "@fairlead/yaml";
import { loadChart } from "../chart/load.ts";
import { HELM_LIMITS } from "../limits.ts";
import { collectValues } from "../values/options.ts";
import { renderChart } from "../render-chart.ts";
import { stableSources } from "../stable.ts";

/** `source.helm` of an Application (facts/argocd.md §1.1). */
export interface ArgoHelmOptions {
  readonly valueFiles?: readonly string[] | undefined;
  readonly parameters?:
    | readonly { readonly name: string; readonly value?: string; readonly forceString?: boolean }[]
    | undefined;
  readonly fileParameters?: readonly { readonly name: string; readonly path: string }[] | undefined;
  readonly values?: string | undefined;
  readonly valuesObject?: JsonObject | undefined;
  readonly releaseName?: string | undefined;
  readonly version?: string | undefined;
  readonly ignoreMissingValueFiles?: boolean | undefined;
  readonly skipCrds?: boolean | undefined;
  readonly skipTests?: boolean | undefined;
  readonly skipSchemaValidation?: boolean | undefined;
  readonly namespace?: string | undefined;
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
}

export interface ArgoHelmEnvironment {
  readonly appName: string;
  readonly namespace: string;
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  /** Where value files and file parameters are read, if not in the tree of the chart: the same files, decrypted. */
  readonly values?: FileTree | undefined;
  /** See StableOptions; without it chance and time are the machine's. */
  readonly stable?: { readonly key: string; readonly nowMs: number } | undefined;
}

/**
 * What Argo CD makes of a chart: `helm template` in Helm 3's manner, hooks and CRDs among the objects. Precedence: parameters, then
 * valuesObject, values, value files (the last one wins), the chart's own.
 * @throws ProblemError with every fault, as renderChart
 */
export function renderArgoHelm(
  tree: FileTree,
  path: string,
  options: ArgoHelmOptions,
  environment: ArgoHelmEnvironment,
): { objects: { object: KubeObject; origin: Origin }[]; warnings: readonly Problem[] } {
  const chart = loadChart(tree, path, { compat: "v3" });
  const release = {
    name: options.releaseName ?? environment.appName,
    namespace: options.namespace ?? environment.namespace,
  };
  const stable = environment.stable && {
    ...environment.stable,
    chartName: chart.metadata.name,
    releaseName: release.name,
    namespace: release.namespace,
  };
  const rendered = renderChart(chart, {
    compat: "v3",
    release,
    values: valuesOf(environment.values ?? tree, path, options),
    kubeVersion: options.kubeVersion ?? environment.kubeVersion,
    apiVersions: options.apiVersions ?? environment.apiVersions,
    skipSchemaValidation: options.skipSchemaValidation,
    ...(stable ? stableSources(stable) : {}),
  });
  const hooks = options.skipTests
    ? rendered.hooks.filter((hook) => !hook.events.every((event) => event === "test"))
    : rendered.hooks;
  const crds = options.skipCrds ? [] : rendered.crds;
  const problems: Problem[] = [];
  const objects: { object: KubeObject; origin: Origin }[] = [];
  for (const { path: file, text } of [...crds, ...rendered.manifests, ...hooks]) {
    const found = documentsIn(text, file);
    problems.push(...found.problems);
    for (const { value, line } of found.documents) {
      if (value !== null)
        objects.push({ object: value as KubeObject, origin: { file: joinPath(path, below(file)), line } });
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return { objects, warnings: rendered.warnings };
}

type Documents = ReturnType<typeof decodeDocuments>["documents"];

/** A render repeats most of what the last one gave, CRDs above all: a document is read once, and everybody gets a copy. */
const kept = new RecentMap<string, Documents>(HELM_LIMITS.documentCharsKept);

function documentsIn(text: string, file: string): ReturnType<typeof decodeDocuments> {
  const known = kept.get(text);
  if (known) return { documents: known.map((each) => ({ ...each, value: cloneJson(each.value) })), problems: [] };
  const found = decodeDocuments(text, { file });
  if (found.problems.length > 0) return found;
  kept.set(ownText(text), found.documents, text.length);
  return { documents: found.documents.map((each) => ({ ...each, value: cloneJson(each.value) })), problems: [] };
}

/** Helm names templates by the chart's name; the tree knows only the chart's folder. */
function below(file: string): string {
  return file.slice(file.indexOf("/") + 1);
}

function valuesOf(tree: FileTree, path: string, options: ArgoHelmOptions): JsonObject {
  const files = (options.valueFiles ?? []).flatMap((file) =>
    readValueFile(tree, path, file, options.ignoreMissingValueFiles === true),
  );
  const inline = options.valuesObject ? encodeYaml(options.valuesObject) : options.values;
  if (inline)
    files.push({
      name: options.valuesObject ? "spec.source.helm.valuesObject" : "spec.source.helm.values",
      text: inline,
    });
  const assign = (isString: boolean): string[] =>
    (options.parameters ?? [])
      .filter((parameter) => (parameter.forceString === true) === isString)
      .map(({ name, value = "" }) => `${name}=${escapeCommas(value)}`);
  return collectValues({
    compat: "v3",
    files,
    set: assign(false),
    setString: assign(true),
    setFile: (options.fileParameters ?? []).map(({ name, path: file }) => `${name}=${file}`),
    readFile: (file) => readText(tree, placeOf(path, file)),
  });
}

/** Relative to the chart, or to the repository where it begins with a slash. */
function placeOf(path: string, file: string): string {
  return file.startsWith("/") ? joinPath(file.slice(1)) : joinPath(path, file);
}

function readValueFile(
  tree: FileTree,
  path: string,
  file: string,
  mayBeMissing: boolean,
): { name: string; text: string }[] {
  const full = placeOf(path, file);
  if (tree.stat(full)?.kind === "file") return [{ name: full, text: readText(tree, full) }];
  if (mayBeMissing) return [];
  throw problemError("ChartValuesInvalid", `value file ${JSON.stringify(file)} does not exist`, {
    file: full,
    hint: "name it relative to the chart, or set ignoreMissingValueFiles",
  });
}

/** A comma would begin another assignment; a list in braces is meant as one. */
function escapeCommas(value: string): string {
  if (value.startsWith("{") && value.endsWith("}")) return value;
  return value.replace(/(?<!\\),/g, "\\,");
}
