import type { Problem, ProblemError, ReadSet } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";

export type SourceType = "Directory" | "Helm" | "Kustomize" | "Plugin";

/** What a source asks of the renderer: the fields of an Application's source that decide its objects. */
export interface SourceSpec {
  /** Directory in the tree; `"."` and `""` are the root. */
  readonly path: string;
  readonly directory?: DirectoryOptions | undefined;
  readonly kustomize?: KustomizeOptions | undefined;
  readonly helm?: HelmOptions | undefined;
}

export interface DirectoryOptions {
  readonly recurse?: boolean | undefined;
  /** Globs in Argo CD's dialect: `*` crosses `/`, `{a,b}` alternates. */
  readonly include?: string | undefined;
  readonly exclude?: string | undefined;
  readonly jsonnet?: JsonnetOptions | undefined;
}

/** `directory.jsonnet` of an Application's source. */
export interface JsonnetOptions {
  readonly extVars?: readonly JsonnetVariable[] | undefined;
  /** Arguments of files that are functions. */
  readonly tlas?: readonly JsonnetVariable[] | undefined;
  /** Folders of libraries, from the repository's root. */
  readonly libs?: readonly string[] | undefined;
}

export interface JsonnetVariable {
  readonly name: string;
  readonly value?: string | undefined;
  /** Whether the value is Jsonnet code. */
  readonly code?: boolean | undefined;
}

/** `source.kustomize` of an Application; see @fairlead/kustomize for what each does. */
export interface KustomizeOptions {
  readonly [field: string]: unknown;
}

/** `source.helm` of an Application; see @fairlead/helm for what each does. */
export interface HelmOptions {
  readonly [field: string]: unknown;
}

/** What a render may know of the world it is for. */
export interface RenderEnvironment {
  readonly appName: string;
  /** Of the destination. */
  readonly namespace: string;
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  /** Makes chance and time in charts stand still; see @fairlead/helm's stableSources. */
  readonly stable?: { readonly key: string; readonly nowMs: number } | undefined;
}

export interface RenderedObject {
  readonly object: KubeObject;
  readonly origin: Origin;
}

/** The outcome of a render: objects in output order and everything that was read to make them. */
export interface Rendered {
  readonly type: SourceType;
  readonly objects: readonly RenderedObject[];
  readonly warnings: readonly Problem[];
  readonly reads: ReadSet;
}

/** What became of a render that does not throw. */
export interface RenderOutcome {
  readonly outcome: Rendered | ProblemError;
  /** Undefined for a render that was stopped: what it would have read is not known. */
  readonly reads: ReadSet | undefined;
}
