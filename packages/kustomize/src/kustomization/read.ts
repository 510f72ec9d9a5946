import { joinPath, type Json, type Problem, problemError, ProblemError } from "@fairlead/base";
import { decodeYaml, parseYaml } from "@fairlead/yaml";
import type { Loader } from "../load/loader.ts";
import { textOfFile } from "../load/text.ts";
import { type DecodeFault, decodeInto } from "./decode.ts";
import { positionAt } from "./position.ts";
import { type Kustomization, kustomization, type HelmChartArgsSpec, type HelmChartSpec } from "./types.ts";

const FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;
const COMPONENT = "Component";

/** A kustomization file as it is meant: deprecated fields are moved to the ones that took their place. */
export interface ReadKustomization {
  readonly file: string;
  readonly fileName: string;
  readonly text: string;
  readonly content: Kustomization;
  readonly isComponent: boolean;
}

/**
 * Reads the kustomization file of a directory.
 * @throws ProblemError KustomizationMissing, KustomizationInvalid with every fault of the file
 */
export function readKustomization(loader: Loader, warn: (problem: Problem) => void): ReadKustomization {
  const { file, fileName, text } = findFile(loader);
  const content = decode(text, file);
  for (const message of deprecations(content)) {
    warn({ code: "KustomizeDeprecated", message, file, severity: "warning" });
  }
  const fixed = fix(content);
  if (isEmpty(fixed)) throw problemError("KustomizationInvalid", "kustomization.yaml is empty", { file });
  const faults = identityFaults(fixed);
  if (faults.length > 0) {
    const message = `Failed to read kustomization file under ${loader.show(loader.root)}:\n${faults.join("\n")}`;
    throw problemError("KustomizationInvalid", message, { file, line: 1 });
  }
  return { file, fileName, text, content: fixed, isComponent: fixed.kind === COMPONENT };
}

function findFile(loader: Loader): { file: string; fileName: string; text: string } {
  const found = FILE_NAMES.flatMap((fileName) => {
    try {
      // Looked for first, because two of the three are missing and a fault is dear.
      if (loader.tree.stat(joinPath(loader.root, fileName)) === undefined) return [];
      const loaded = loader.load(fileName);
      return [{ file: loaded.file, fileName, text: textOfFile(loaded) }];
    } catch (error) {
      // A directory of that name, or a link out of the root, is as good as none; bad text is not.
      if (error instanceof ProblemError && error.code !== "InvalidUtf8") return [];
      throw error;
    }
  });
  const where = loader.show(loader.root);
  if (found.length > 1) {
    throw problemError("KustomizationMissing", `Found multiple kustomization files under: ${where}\n`, {
      file: found[1]?.file,
    });
  }
  const [only] = found;
  if (only) return only;
  const names = FILE_NAMES.map((name) => `'${name}'`);
  throw problemError(
    "KustomizationMissing",
    `unable to find one of ${names.slice(0, -1).join(", ")} or ${names.at(-1)} in directory '${where}'`,
    { file: loader.root },
  );
}

function decode(text: string, file: string): Kustomization {
  let json: Json;
  try {
    json = decodeYaml(text, { file });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(
      error.problems.map((problem) => ({
        ...problem,
        code: "KustomizationInvalid",
        message: `invalid Kustomization: ${problem.message.replace(/^error converting YAML to JSON: /, "")}`,
      })),
    );
  }
  const faults: DecodeFault[] = [];
  const content = json === null ? {} : decodeInto(kustomization, json, faults, true);
  if (faults.length > 0) throw new ProblemError(faults.map((fault) => located(fault, text, file)));
  return content ?? {};
}

function located({ message, path }: DecodeFault, text: string, file: string): Problem {
  const [document] = parseYaml(text, { file }).documents;
  const position = document && positionAt(document.content, path);
  return { code: "KustomizationInvalid", message: `invalid Kustomization: ${message}`, file, ...position };
}

const EDIT_FIX = "Run 'kustomize edit fix' to update your Kustomization automatically.";
const REPLACED: readonly (readonly [keyof Kustomization, string, string?])[] = [
  ["bases", "resources"],
  ["commonLabels", "labels"],
  ["imageTags", "images"],
  ["patchesJson6902", "patches"],
  ["patchesStrategicMerge", "patches"],
  ["vars", "replacements", "[EXPERIMENTAL] "],
];

function deprecations(content: Kustomization): string[] {
  return REPLACED.filter(([field]) => content[field] !== undefined).map(
    ([field, successor, mark = ""]) =>
      `# Warning: '${field}' is deprecated. Please use '${successor}' instead. ${mark}${EDIT_FIX}`,
  );
}

function fix(content: Kustomization): Kustomization {
  const { bases, imageTags, helmChartInflationGenerator: inflation, ...rest } = content;
  const isComponent = rest.kind === COMPONENT;
  const version = isComponent ? "v1alpha1" : "v1beta1";
  const fixed: Kustomization = {
    ...rest,
    kind: rest.kind || "Kustomization",
    apiVersion: rest.apiVersion || `kustomize.config.k8s.io/${version}`,
  };
  if (bases?.length) fixed.resources = [...(rest.resources ?? []), ...bases];
  if (imageTags?.length) fixed.images = [...(rest.images ?? []), ...imageTags];
  for (const field of ["configMapGenerator", "secretGenerator"] as const) {
    const generators = rest[field];
    if (generators)
      fixed[field] = generators.map(({ env, ...one }) => (env ? { ...one, envs: [...(one.envs ?? []), env] } : one));
  }
  if (inflation?.length) fixInflation(fixed, inflation);
  return fixed;
}

function fixInflation(fixed: Kustomization, inflation: readonly HelmChartArgsSpec[]): void {
  const chartHome = inflation.findLast((one) => one.chartHome)?.chartHome;
  const configHome = inflation.findLast((one) => one.helmHome)?.helmHome;
  if (!fixed.helmGlobals && (chartHome || configHome)) fixed.helmGlobals = { chartHome, configHome };
  const charts = inflation.map((one): HelmChartSpec => ({
    name: one.chartName,
    version: one.chartVersion,
    repo: one.chartRepoUrl,
    valuesFile: one.values,
    valuesInline: one.valuesLocal,
    valuesMerge: one.valuesMerge,
    releaseName: one.releaseName,
  }));
  fixed.helmCharts = [...(fixed.helmCharts ?? []), ...charts];
}

/** An empty list is something that was said, an empty string is not. */
function isEmpty({ apiVersion: _version, kind: _kind, ...rest }: Kustomization): boolean {
  return Object.values(rest).every((value) => value === undefined || value === "");
}

function identityFaults({ apiVersion, kind }: Kustomization): string[] {
  const faults: string[] = [];
  if (kind !== "Kustomization" && kind !== COMPONENT) faults.push("kind should be Kustomization or Component");
  const required = `kustomize.config.k8s.io/${kind === COMPONENT ? "v1alpha1" : "v1beta1"}`;
  if (apiVersion !== required) faults.push(`apiVersion for ${kind} should be ${required}`);
  return faults;
}
