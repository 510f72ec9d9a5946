/**
 * Which fields of an Application are not text. Argo CD's template is an Application itself, so that a flag or a number in it cannot
 * be templated at all; here a text in such a place is read, once filled, as the YAML of what belongs there.
 */
export type FieldKind =
  | "string"
  | "boolean"
  | "integer"
  | "intOrString"
  | "any"
  /** Any map: its values keep their types. */
  | "object"
  | { readonly items: FieldKind }
  | { readonly values: FieldKind }
  | { readonly fields: Readonly<Record<string, FieldKind>> };

const strings: FieldKind = { items: "string" };
const stringMap: FieldKind = { values: "string" };
const fields = (map: Readonly<Record<string, FieldKind>>): FieldKind => ({ fields: map });
const list = (items: FieldKind): FieldKind => ({ items });
/** Fields that are text, by name. */
const texts = (...names: readonly string[]): Record<string, FieldKind> =>
  Object.fromEntries(names.map((name) => [name, "string" as const]));

const HELM = fields({
  ...texts("values", "releaseName", "version", "namespace", "kubeVersion"),
  valueFiles: strings,
  apiVersions: strings,
  parameters: list(fields({ ...texts("name", "value"), forceString: "boolean" })),
  fileParameters: list(fields(texts("name", "path"))),
  valuesObject: "object",
  passCredentials: "boolean",
  ignoreMissingValueFiles: "boolean",
  skipCrds: "boolean",
  skipTests: "boolean",
  skipSchemaValidation: "boolean",
});

const KUSTOMIZE = fields({
  ...texts("namePrefix", "nameSuffix", "namespace", "version", "kubeVersion"),
  images: strings,
  components: strings,
  apiVersions: strings,
  replicas: list(fields({ name: "string", count: "intOrString" })),
  commonLabels: stringMap,
  commonAnnotations: stringMap,
  forceCommonLabels: "boolean",
  labelWithoutSelector: "boolean",
  labelIncludeTemplates: "boolean",
  forceCommonAnnotations: "boolean",
  commonAnnotationsEnvsubst: "boolean",
  ignoreMissingComponents: "boolean",
  patches: list(
    fields({
      ...texts("path", "patch"),
      target: fields(texts("group", "version", "kind", "name", "namespace", "annotationSelector", "labelSelector")),
      options: { values: "boolean" },
    }),
  ),
});

const VARIABLES = list(fields({ ...texts("name", "value"), code: "boolean" }));

const SOURCE = fields({
  ...texts("repoURL", "path", "targetRevision", "chart", "ref", "name", "tagPrefix"),
  helm: HELM,
  kustomize: KUSTOMIZE,
  directory: fields({
    ...texts("include", "exclude"),
    recurse: "boolean",
    disableExtensionFilter: "boolean",
    jsonnet: fields({ extVars: VARIABLES, tlas: VARIABLES, libs: strings }),
  }),
  plugin: fields({
    name: "string",
    env: list(fields(texts("name", "value"))),
    parameters: list(fields({ ...texts("name", "string"), map: stringMap, array: strings })),
  }),
});

const SPEC = fields({
  project: "string",
  source: SOURCE,
  sources: list(SOURCE),
  sourceHydrator: fields({
    drySource: SOURCE,
    syncSource: fields(texts("targetBranch", "path", "repoURL")),
    hydrateTo: fields(texts("targetBranch")),
  }),
  destination: fields(texts("server", "name", "namespace")),
  syncPolicy: fields({
    automated: fields({ enabled: "boolean", prune: "boolean", selfHeal: "boolean", allowEmpty: "boolean" }),
    syncOptions: strings,
    retry: fields({
      limit: "integer",
      refresh: "boolean",
      backoff: fields({ ...texts("duration", "maxDuration"), factor: "integer" }),
    }),
    managedNamespaceMetadata: fields({ labels: stringMap, annotations: stringMap }),
  }),
  ignoreDifferences: list(
    fields({
      ...texts("group", "kind", "name", "namespace"),
      jsonPointers: strings,
      jqPathExpressions: strings,
      managedFieldsManagers: strings,
    }),
  ),
  info: list(fields(texts("name", "value"))),
  revisionHistoryLimit: "integer",
});

/** An Application as far as a set makes one. */
export const APPLICATION_FIELDS: FieldKind = fields({
  metadata: fields({
    ...texts("name", "namespace"),
    labels: stringMap,
    annotations: stringMap,
    finalizers: strings,
  }),
  spec: SPEC,
});
