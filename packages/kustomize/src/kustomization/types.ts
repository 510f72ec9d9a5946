import { anything, boolean, type Decoded, integer, list, string, stringMap, struct } from "./decode.ts";

/** The fields of kustomization.yaml, as in facts/render.md §4. Every one is absent where it is not written. */

const gvkFields = { group: string, version: string, kind: string };
const idFields = { ...gvkFields, name: string, namespace: string };

const selector = struct("Selector", { ...idFields, annotationSelector: string, labelSelector: string });
export type SelectorSpec = Decoded<typeof selector>;

const fieldSpec = struct("FieldSpec", { ...gvkFields, path: string, create: boolean });
export const fieldSpecs = list(fieldSpec);
export type FieldSpecSpec = Decoded<typeof fieldSpec>;

const label = struct("Label", {
  pairs: stringMap(string),
  includeSelectors: boolean,
  includeTemplates: boolean,
  includeVolumeClaimTemplates: boolean,
  fields: fieldSpecs,
});
export type LabelSpec = Decoded<typeof label>;

export const patchFields = {
  path: string,
  patch: string,
  target: selector,
  options: struct("PatchArgs", { allowNameChange: boolean, allowKindChange: boolean }),
};
const patch = struct("Patch", patchFields);
export type PatchSpec = Decoded<typeof patch>;

export const image = struct("Image", {
  name: string,
  newName: string,
  tagSuffix: string,
  newTag: string,
  digest: string,
});
export type ImageSpec = Decoded<typeof image>;

export const replica = struct("Replica", { name: string, count: integer("int64") });
export type ReplicaSpec = Decoded<typeof replica>;

const fieldOptions = struct("FieldOptions", {
  delimiter: string,
  index: integer("int"),
  encoding: string,
  create: boolean,
});
export type FieldOptionsSpec = Decoded<typeof fieldOptions>;

const replacementFields = {
  source: struct("SourceSelector", { ...idFields, fieldPath: string, options: fieldOptions }),
  targets: list(
    struct("TargetSelector", {
      select: selector,
      reject: list(selector),
      fieldPaths: list(string),
      options: fieldOptions,
    }),
  ),
  sourceValue: string,
};
export const replacement = struct("Replacement", replacementFields);
export type ReplacementSpec = Decoded<typeof replacement>;
export const replacementEntries = list(struct("ReplacementField", { ...replacementFields, path: string }));

const variable = struct("Var", {
  name: string,
  objref: struct("Target", { apiVersion: string, ...idFields }),
  fieldref: struct("FieldSelector", { fieldPath: string }),
});
export type VariableSpec = Decoded<typeof variable>;

export const sortOptions = struct("SortOptions", {
  order: string,
  legacySortOptions: struct("LegacySortOptions", { orderFirst: list(string), orderLast: list(string) }),
});
export type SortOptionsSpec = Decoded<typeof sortOptions>;

const generatorOptions = struct("GeneratorOptions", {
  labels: stringMap(string),
  annotations: stringMap(string),
  disableNameSuffixHash: boolean,
  immutable: boolean,
});
export type GeneratorOptionsSpec = Decoded<typeof generatorOptions>;

export const generatorFields = {
  namespace: string,
  name: string,
  behavior: string,
  literals: list(string),
  files: list(string),
  envs: list(string),
  env: string,
  options: generatorOptions,
};
const configMapArgs = struct("ConfigMapArgs", generatorFields);
const secretArgs = struct("SecretArgs", { ...generatorFields, type: string });
/** A Secret's also has a type. */
export type GeneratorSpec = Decoded<typeof secretArgs>;

const helmGlobalFields = { chartHome: string, configHome: string };
const helmChartFields = {
  name: string,
  version: string,
  repo: string,
  releaseName: string,
  namespace: string,
  additionalValuesFiles: list(string),
  valuesFile: string,
  valuesInline: stringMap(anything),
  valuesMerge: string,
  includeCRDs: boolean,
  skipHooks: boolean,
  apiVersions: list(string),
  kubeVersion: string,
  nameTemplate: string,
  skipTests: boolean,
  debug: boolean,
  devel: boolean,
};
export const helmGlobals = struct("HelmGlobals", helmGlobalFields);
export type HelmGlobalsSpec = Decoded<typeof helmGlobals>;
export const helmChart = struct("HelmChart", helmChartFields);
export type HelmChartSpec = Decoded<typeof helmChart>;
export const helmPluginFields = { ...helmGlobalFields, ...helmChartFields };
const helmChartArgs = struct("HelmChartArgs", {
  chartName: string,
  chartVersion: string,
  chartRepoUrl: string,
  chartHome: string,
  chartRepoName: string,
  helmBin: string,
  helmHome: string,
  values: string,
  valuesLocal: stringMap(anything),
  valuesMerge: string,
  releaseName: string,
  releaseNamespace: string,
  extraArgs: list(string),
});
export type HelmChartArgsSpec = Decoded<typeof helmChartArgs>;

export const objectMeta = struct("ObjectMeta", {
  name: string,
  namespace: string,
  labels: stringMap(string),
  annotations: stringMap(string),
});

export const kustomization = struct("Kustomization", {
  apiVersion: string,
  kind: string,
  metadata: objectMeta,
  openapi: stringMap(string),
  namePrefix: string,
  nameSuffix: string,
  namespace: string,
  commonLabels: stringMap(string),
  labels: list(label),
  commonAnnotations: stringMap(string),
  patchesStrategicMerge: list(string),
  patchesJson6902: list(patch),
  patches: list(patch),
  images: list(image),
  imageTags: list(image),
  replacements: replacementEntries,
  replicas: list(replica),
  vars: list(variable),
  sortOptions,
  resources: list(string),
  components: list(string),
  crds: list(string),
  bases: list(string),
  configMapGenerator: list(configMapArgs),
  secretGenerator: list(secretArgs),
  helmGlobals,
  helmCharts: list(helmChart),
  helmChartInflationGenerator: list(helmChartArgs),
  generatorOptions,
  configurations: list(string),
  generators: list(string),
  transformers: list(string),
  validators: list(string),
  buildMetadata: list(string),
});
export type Kustomization = Decoded<typeof kustomization>;
