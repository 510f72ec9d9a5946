/**
 * The contract of an API server as data: cases of requests whose answers must be the same from every server. `{ns}` stands for a
 * namespace of the case's own. Run against the embedded server here, and against kube-apiserver in conformance/.
 */
export interface Case {
  /** What is shown, as a sentence. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** Why the case is not run against kube-apiserver. */
  readonly onlyHere?: string;
}

export interface Step {
  /** `METHOD /path?query`. */
  readonly do: string;
  readonly body?: unknown;
  /** Text sent as it is, instead of `body`. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The status code that must come back. */
  readonly code: number;
  /** Fields the answer must have, by path: `reason`, `spec.replicas`. */
  readonly expect?: Readonly<Record<string, unknown>>;
  /** The request is repeated until the code (and `expect`) fit, for what controllers do on their own time. */
  readonly eventually?: boolean;
  /** A watch is read for this long, its events are the answer. */
  readonly watchMs?: number;
  /** The watch is asked for as a websocket: the answer is the protocol agreed on and the messages, or why there is none. */
  readonly webSocket?: boolean;
  /** Remembers a value of the answer by path, for `{name}` in later steps. */
  readonly keep?: Readonly<Record<string, string>>;
  /** The answer is not compared (only its code), because it holds what differs from server to server. */
  readonly ignoreBody?: boolean;
}

/** A server the contract is run against. */
export interface Target {
  readonly name: string;
  send(request: TargetRequest): Promise<TargetAnswer>;
  /** The events of a watch within the time, as they come. */
  watch(path: string, headers: Readonly<Record<string, string>>, ms: number): Promise<TargetAnswer>;
  /** The same over a websocket; clients in the same process have none. */
  webSocket?(path: string, headers: Readonly<Record<string, string>>, ms: number): Promise<TargetAnswer>;
}

export interface TargetRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TargetAnswer {
  readonly code: number;
  readonly type: string;
  readonly warnings: readonly string[];
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

export const MERGE = { "content-type": "application/merge-patch+json" };
export const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };
export const JSON_PATCH = { "content-type": "application/json-patch+json" };
export const APPLY = { "content-type": "application/apply-patch+yaml" };
export const TABLE = { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };
export const PARTIAL = { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" };
export const PARTIAL_LIST = { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" };
