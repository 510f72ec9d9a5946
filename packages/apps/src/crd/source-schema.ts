import {
  anyObject,
  boolean,
  integer,
  intOrString,
  list,
  map,
  object,
  string,
  stringMap,
  strings,
  type Schema,
} from "./schema.ts";

/** spec.source and every place that repeats it: operation, history, comparedTo (facts/argocd.md §1.1). */
export function sourceSchema(): Schema {
  return object(
    {
      repoURL: string(),
      path: string(),
      targetRevision: string(),
      chart: string(),
      ref: string(),
      name: string(),
      tagPrefix: string(),
      helm: helmSchema(),
      kustomize: kustomizeSchema(),
      directory: directorySchema(),
      plugin: pluginSchema(),
    },
    ["repoURL"],
  );
}

function helmSchema(): Schema {
  return object({
    valueFiles: strings(),
    parameters: list(object({ name: string(), value: string(), forceString: boolean() })),
    fileParameters: list(object({ name: string(), path: string() })),
    values: string(),
    valuesObject: anyObject(),
    releaseName: string(),
    version: string(),
    passCredentials: boolean(),
    ignoreMissingValueFiles: boolean(),
    skipCrds: boolean(),
    skipTests: boolean(),
    skipSchemaValidation: boolean(),
    namespace: string(),
    kubeVersion: string(),
    apiVersions: strings(),
  });
}

function kustomizeSchema(): Schema {
  const target = object({
    group: string(),
    version: string(),
    kind: string(),
    name: string(),
    namespace: string(),
    annotationSelector: string(),
    labelSelector: string(),
  });
  return object({
    namePrefix: string(),
    nameSuffix: string(),
    images: strings(),
    replicas: list(object({ name: string(), count: intOrString() }, ["count", "name"])),
    commonLabels: stringMap(),
    forceCommonLabels: boolean(),
    labelWithoutSelector: boolean(),
    labelIncludeTemplates: boolean(),
    commonAnnotations: stringMap(),
    forceCommonAnnotations: boolean(),
    commonAnnotationsEnvsubst: boolean(),
    namespace: string(),
    patches: list(object({ path: string(), patch: string(), target, options: map(boolean()) })),
    components: strings(),
    ignoreMissingComponents: boolean(),
    version: string(),
    kubeVersion: string(),
    apiVersions: strings(),
  });
}

function directorySchema(): Schema {
  const variable = (): Schema => object({ name: string(), value: string(), code: boolean() }, ["name", "value"]);
  return object({
    recurse: boolean(),
    include: string(),
    exclude: string(),
    disableExtensionFilter: boolean(),
    jsonnet: object({ extVars: list(variable()), tlas: list(variable()), libs: strings() }),
  });
}

function pluginSchema(): Schema {
  return object({
    name: string(),
    env: list(object({ name: string(), value: string() }, ["name", "value"])),
    parameters: list(object({ name: string(), string: string(), map: stringMap(), array: strings() })),
  });
}

export function destinationSchema(): Schema {
  return object({ server: string(), name: string(), namespace: string() });
}

export function ignoreDifferencesSchema(): Schema {
  return list(
    object(
      {
        group: string(),
        kind: string(),
        name: string(),
        namespace: string(),
        jsonPointers: strings(),
        jqPathExpressions: strings(),
        managedFieldsManagers: strings(),
      },
      ["kind"],
    ),
  );
}

export function infoSchema(): Schema {
  return list(object({ name: string(), value: string() }, ["name", "value"]));
}

export function retrySchema(): Schema {
  return object({
    limit: integer(),
    refresh: boolean(),
    backoff: object({ duration: string(), factor: integer(), maxDuration: string() }),
  });
}
