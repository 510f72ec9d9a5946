import type { KubeObject } from "@fairlead/apimachinery";
import type { FieldSet } from "../drift/field-set.ts";

/** One entry of managedFields, compiled and interned. */
export interface ManagerEntry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string | undefined;
  /** RFC 3339; empty when the server wrote none. */
  readonly time: string;
  readonly set: FieldSet;
}

/** An object as it is in a cluster, reduced at intake to what comparison, health and attribution need. */
export interface LiveObject {
  /** refKey: group/Kind/namespace/name */
  readonly key: string;
  /** Without managedFields. For an object nobody tracks only apiVersion, kind and metadata are kept. */
  readonly object: KubeObject;
  readonly isStub: boolean;
  /** The instance name of the application that tracks it. */
  readonly instance: string | undefined;
  /** Our server-side apply entry. */
  readonly ours: ManagerEntry | undefined;
  readonly others: readonly ManagerEntry[];
}

/** What we know of an object since our last apply or verification: any later difference is drift (facts/kube.md §4). */
export interface Baseline {
  readonly uid: string;
  /** Digest of the desired object that this is the outcome of. */
  readonly desired: string;
  /** Our field set in the response. */
  readonly set: FieldSet | undefined;
  /** Digest of the values of those fields in the response, after ignore rules. */
  readonly values: string;
  /** The live state it was taken from: exact `before` values for attribution. */
  readonly live: LiveObject;
}
