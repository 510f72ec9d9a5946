import type { FileTree, Problem, ReadSet } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";
import type { ApplicationSource } from "../application/types.ts";

/** A source's revision, resolved, and the files there. */
export interface ResolvedSource {
  /** Commit id, chart version or digest. */
  readonly revision: string;
  readonly tree: FileTree;
}

export interface RenderRequest {
  /** Whose render it is: one is remembered per owner. */
  readonly owner: string;
  readonly source: ApplicationSource;
  readonly resolved: ResolvedSource;
  /** The other sources of the application by their `ref`, for `$ref/…` value files. */
  readonly refs: ReadonlyMap<string, ResolvedSource>;
  readonly app: {
    readonly name: string;
    readonly namespace: string;
    readonly project: string;
    /** Of the destination. */
    readonly destinationNamespace: string;
    /** As objects call it: the default release name and instance label. */
    readonly instance: string;
  };
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  /** Flags of `kustomize build`, as argocd-cm has them. */
  readonly kustomizeBuildOptions?: string | undefined;
  /** The Secret whose keys open encrypted files; undefined is the default one. */
  readonly sopsSecret?: string | undefined;
}

export interface RenderAnswer {
  readonly type: string;
  readonly objects: readonly { readonly object: KubeObject; readonly origin: Origin }[];
  readonly warnings: readonly Problem[];
  /** Why it was rendered now, e.g. the path that changed; undefined when nothing did and the last answer still holds. */
  readonly why: string | undefined;
  /** What was read; lets a new commit be checked without rendering. */
  readonly reads?: ReadSet | undefined;
  /** Values that came out of encrypted files: they are to be in no message and in nothing that is shown. */
  readonly decrypted?: readonly string[] | undefined;
}

/** How the engine gets at sources. Failures are ProblemErrors that hold every fault. */
export interface SourceAccess {
  /**
   * `revision` instead of the source's own targetRevision: for rollbacks and fixed operations. `project` is the application's: its own
   * credentials may be used besides everybody's.
   */
  resolve(source: ApplicationSource, revision?: string, project?: string): Promise<ResolvedSource>;
  render(request: RenderRequest): Promise<RenderAnswer> | RenderAnswer;
  /**
   * What the signature of a revision is made over: the raw content of the annotated tag it names, else of its commit. Undefined
   * where there is no such thing (charts, OCI). Needed only by projects with signatureKeys.
   */
  signedObject?(
    source: ApplicationSource,
    resolved: ResolvedSource,
    revision?: string,
  ): Promise<Uint8Array | undefined>;
  /** The application is gone: what was remembered for the owner may go too. */
  forget(owner: string): void;
  /** Calls back after the repository moved. Several watchers of one repository share one connection. Returns the undo. */
  watch(source: ApplicationSource, onMoved: () => void): () => void;
  /** Asks the repository now whether it moved, because somebody wants a refresh. */
  poke(source: ApplicationSource): Promise<void>;
}
