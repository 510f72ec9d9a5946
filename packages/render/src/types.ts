import type { Problem, ProblemError, ReadSet } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";
import type { RemoteFetcher, RemoteSource } from "@fairlead/kustomize";
import type { EncryptedFiles, OpenFile } from "./encrypted/types.ts";

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
  /** Flags of `kustomize build` for every kustomization, as Argo CD's kustomize.buildOptions. */
  readonly kustomizeBuildOptions?: string | undefined;
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
  /** Of the keys with which encrypted files were opened, or could not be; undefined where there were none. */
  readonly keysId?: string | undefined;
}

/** What a render in this very thread may have of the world beside its tree. */
export interface RenderAids {
  /** Remote bases, charts and files of a kustomization; without it they are a problem. */
  readonly remote?: RemoteSource | undefined;
  /** Opens encrypted files; without it they are read as they are. */
  readonly encrypted?: { readonly keysId: string; readonly open: OpenFile } | undefined;
}

/** The same for one in another thread: asked and awaited in the main one. */
export interface RenderOutside {
  readonly remotes?: RemoteFetcher | undefined;
  readonly encrypted?: EncryptedFiles | undefined;
}
