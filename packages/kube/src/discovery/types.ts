import type { KindRef } from "../client/refs.ts";

/** One resource as the server serves it. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Names only: `status`, `scale`, … */
  readonly subresources: readonly string[];
}

/**
 * What a server serves, asked for once and kept. A kind that is not known is looked for again (at most once a second), so a CRD
 * that was just created is found; a 404 on a path, a CRD written through this client, or `invalidate` empty the cache.
 */
export interface Discovery {
  /** @throws ProblemError KindNotServed */
  resourceFor(kind: KindRef): Promise<ApiResource>;
  /** The same, with undefined for a kind that is not served. */
  findResource(kind: KindRef): Promise<ApiResource | undefined>;
  /** By what a person types: `deploy`, `deployments`, `deployments.apps`, `deployments.v1.apps`, `Deployment`. */
  findByName(name: string): Promise<ApiResource | undefined>;
  /** Every resource, the preferred version of each group first. Groups whose server does not answer are in `stale`. */
  all(): Promise<readonly ApiResource[]>;
  /** Groups `group/version` that were announced and could not be read, e.g. of an aggregated server that is down. */
  readonly stale: readonly string[];
  /** Forgets everything; the next question asks the server. */
  invalidate(): void;
  /** Called after the cache was found to differ from what it was. Returns the undo. */
  onChange(listener: () => void): () => void;
}
