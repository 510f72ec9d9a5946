import type { KubeObject } from "@fairlead/apimachinery";
import type { Discovery } from "../discovery/types.ts";
import type { Status } from "../http/status.ts";
import type { KindRef, NamedRef } from "./refs.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions {
  /** Objects come without metadata.managedFields, which are not even read: less than half the work. Default false. */
  readonly dropManagedFields?: boolean | undefined;
  /**
   * `fieldsV1` that are written alike come as one frozen value: a third of the time and less than half the memory of objects
   * that keep their managedFields. Default false.
   */
  readonly shareFieldSets?: boolean | undefined;
}

export interface SelectOptions {
  /** One namespace; absent means all of them. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends SelectOptions, CallOptions, ReadOptions {
  /** Objects per page, not in all: every page is fetched. Default 500. */
  readonly limit?: number | undefined;
  /** Absent: the most recent state. `"0"`: any state the server has at hand. Else: not older than this. */
  readonly resourceVersion?: string | undefined;
}

export interface ObjectList {
  readonly items: KubeObject[];
  /** A watch from here on misses nothing. */
  readonly resourceVersion: string;
}

export interface WriteOptions extends CallOptions {
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  /** What the server does about unknown and duplicate fields; its own default is Warn. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
  readonly subresource?: string | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes fields from other managers instead of failing with a conflict. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined;
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface Patch {
  readonly type: "merge" | "json" | "strategic";
  readonly body: unknown;
}

export interface WatchOptions extends SelectOptions, ReadOptions {
  /** Events after this version. Absent: the present objects as ADDED first, in no order and with no end mark. */
  readonly resourceVersion?: string | undefined;
  /** Streaming list: the present objects as ADDED, then a BOOKMARK with `k8s.io/initial-events-end`, then changes. */
  readonly sendInitialEvents?: boolean | undefined;
  /** How long the server keeps the stream open. Default: a random 5 to 10 minutes. */
  readonly timeoutSeconds?: number | undefined;
  readonly signal: AbortSignal;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: KubeObject;
}

export interface RawRequest extends CallOptions {
  readonly method: string;
  /** Absolute path below the server's URL, already escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * One API server and one identity. Objects go in and come out as JSON of whatever kind, with no generated classes. Every call
 * waits its turn under the server's rate limits and is tried again where that is safe: refused with 429, reads cut off, an
 * expired token once. Calls throw ApiError for an answer that is a failure, ProblemError when no answer came.
 *
 * A namespaced object without a namespace goes to the namespace of the config's context, else to `default`.
 */
export interface KubeClient {
  /** The server's URL without a trailing slash. */
  readonly server: string;
  readonly defaultNamespace: string;
  readonly discovery: Discovery;
  /** As `get`, with undefined for an object that is not there. */
  find(kind: KindRef, name: string, namespace?: string, options?: CallOptions): Promise<KubeObject | undefined>;
  get(kind: KindRef, name: string, namespace?: string, options?: CallOptions): Promise<KubeObject>;
  /** Every page of one consistent list. */
  list(kind: KindRef, options?: ListOptions): Promise<ObjectList>;
  /** Page by page, so that a list of any size fits in memory. `remaining` is the server's estimate. */
  pages(kind: KindRef, options?: ListOptions): AsyncIterable<ObjectList>;
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Replaces the object; a stale metadata.resourceVersion gives a 409. */
  update(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  patch(ref: NamedRef, patch: Patch, options?: WriteOptions): Promise<KubeObject>;
  /** Server-side apply; creates what is absent. metadata.managedFields and resourceVersion need not be removed first. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** The object while finalizers or a grace period hold it, a Status of Success once it is gone. */
  delete(kind: KindRef, name: string, namespace?: string, options?: DeleteOptions): Promise<KubeObject | Status>;
  /**
   * One connection's events. Ends when the server closes the stream in good order or the signal aborts; throws ApiError for an
   * ERROR event or a refusal, ProblemError when the connection broke. createInformer resumes; this does not.
   */
  watch(kind: KindRef, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** Any answer is returned, also a failure. */
  request(raw: RawRequest): Promise<RawResponse>;
  /** Closes every connection; running calls and watches fail. */
  close(): void;
}
