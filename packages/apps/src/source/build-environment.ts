import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { ApplicationSource } from "../application/types.ts";

/** The variables of Argo CD's build environment (facts/argocd.md §1.1). */
export type BuildEnvironment = Readonly<Record<string, string>>;

export interface EnvironmentFacts {
  /** As objects call the application. */
  readonly instance: string;
  readonly namespace: string;
  readonly project: string;
  readonly revision: string;
  readonly source: ApplicationSource;
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
}

export function buildEnvironment(facts: EnvironmentFacts): BuildEnvironment {
  const { source, revision } = facts;
  return {
    ARGOCD_APP_NAME: facts.instance,
    ARGOCD_APP_NAMESPACE: facts.namespace,
    ARGOCD_APP_PROJECT_NAME: facts.project,
    ARGOCD_APP_REVISION: revision,
    ARGOCD_APP_REVISION_SHORT: revision.slice(0, 7),
    ARGOCD_APP_REVISION_SHORT_8: revision.slice(0, 8),
    ARGOCD_APP_SOURCE_PATH: source.path ?? "",
    ARGOCD_APP_SOURCE_REPO_URL: source.repoURL,
    ARGOCD_APP_SOURCE_TARGET_REVISION: source.targetRevision ?? "",
    KUBE_VERSION: facts.kubeVersion?.replace(/^v/, "") ?? "",
    KUBE_API_VERSIONS: facts.apiVersions?.join(",") ?? "",
  };
}

/** Whether rendering depends on the commit's own number: then every commit renders anew. */
export function namesRevision(source: ApplicationSource): boolean {
  return JSON.stringify(source).includes("ARGOCD_APP_REVISION");
}

/** Whether rendering depends on what the cluster serves. */
export function namesCluster(source: ApplicationSource): boolean {
  return /KUBE_(API_)?VERSION/.test(JSON.stringify(source));
}

/** `$NAME` and `${NAME}` replaced, `$$` is a dollar sign, what is not in the environment is empty: as Go's os.Expand reads it. */
export function substitute(text: string, environment: BuildEnvironment): string {
  if (!text.includes("$")) return text;
  return text.replace(
    /\$(?:\$|\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*|[0-9*#@!?-]))/g,
    (whole, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined || name === "$") return "$";
      return Object.hasOwn(environment, name) ? (environment[name] ?? "") : "";
    },
  );
}

/**
 * A source with the build environment put into the fields that take it: Helm parameters, file parameters and value files, Kustomize
 * images, labels and (where asked for) annotations, variables of Jsonnet. Everything else is handed on as written.
 * @param refs names of the application's other sources; `$name/…` of a value file or file parameter is one of these and no variable
 */
export function withEnvironment(
  source: ApplicationSource,
  environment: BuildEnvironment,
  refs: ReadonlySet<string>,
): ApplicationSource {
  if (!JSON.stringify(source).includes("$")) return source;
  const put = (value: Json | undefined): Json | undefined =>
    typeof value === "string" ? substitute(value, environment) : value;
  // The name of the other source stays, what is below it has variables like any path.
  const putBehindRef = (file: Json | undefined): Json | undefined => {
    const ref = refOf(file, refs);
    return ref === undefined ? put(file) : `${ref}${substitute((file as string).slice(ref.length), environment)}`;
  };
  const next: ApplicationSource = { ...source };
  if (source.helm) {
    next.helm = mapFields(source.helm, {
      parameters: (list) => mapItems(list, { value: put }),
      fileParameters: (list) => mapItems(list, { path: putBehindRef }),
      valueFiles: (list) => mapList(list, putBehindRef),
    });
  }
  if (source.kustomize) {
    const intoAnnotations = source.kustomize["commonAnnotationsEnvsubst"] === true;
    next.kustomize = mapFields(source.kustomize, {
      images: (list) => mapList(list, put),
      commonLabels: (labels) => mapValues(labels, put),
      ...(intoAnnotations ? { commonAnnotations: (labels: Json) => mapValues(labels, put) } : {}),
    });
  }
  if (isJsonObject(source.directory?.["jsonnet"])) {
    const jsonnet = mapFields(source.directory["jsonnet"] as JsonObject, {
      extVars: (list) => mapItems(list, { value: put }),
      tlas: (list) => mapItems(list, { value: put }),
    });
    next.directory = { ...source.directory, jsonnet };
  }
  return next;
}

/** The `$name` that a file of another source begins with. */
function refOf(file: Json | undefined, refs: ReadonlySet<string>): string | undefined {
  const name = typeof file === "string" ? /^\$([^/]+)\//.exec(file)?.[1] : undefined;
  return name !== undefined && refs.has(name) ? `$${name}` : undefined;
}

type Change = (value: Json) => Json | undefined;

function mapFields(object: JsonObject, changes: Readonly<Record<string, Change>>): JsonObject {
  const next: JsonObject = { ...object };
  for (const [name, change] of Object.entries(changes)) {
    const value = object[name];
    const changed = value === undefined || value === null ? value : change(value);
    if (changed !== undefined) next[name] = changed;
  }
  return next;
}

function mapList(list: Json, change: Change): Json {
  return Array.isArray(list) ? list.map((item) => change(item as Json) ?? null) : list;
}

function mapItems(list: Json, changes: Readonly<Record<string, Change>>): Json {
  return mapList(list, (item) => (isJsonObject(item) ? mapFields(item as JsonObject, changes) : item));
}

function mapValues(labels: Json, change: Change): Json {
  if (!isJsonObject(labels)) return labels;
  const keys = Object.keys(labels);
  return mapFields(labels as JsonObject, Object.fromEntries(keys.map((key) => [key, change])));
}
