import type { JsonObject } from "@fairlead/base";

/** Any object of the Kubernetes API, as JSON. Unknown fields are kept: everything round-trips. */
export interface KubeObject extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** metadata as the API serves it; field meanings are those of meta/v1 ObjectMeta. */
export interface ObjectMeta extends JsonObject {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

export interface OwnerReference extends JsonObject {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry extends JsonObject {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  time?: string;
  fieldsType?: "FieldsV1";
  fieldsV1?: JsonObject;
  subresource?: string;
}

/** Group, version and kind; the core group is `""`. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Names one object of a cluster whatever version it is served in. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Where a rendered object came from, so that every message about it has an address. */
export interface Origin {
  /** Path in the source tree of the file that holds it (a template for Helm). */
  readonly file: string;
  /** 1-based line where the object starts, in the file or in the rendered template. */
  readonly line?: number | undefined;
  /** Patches, components, transformers and generators that touched it, in order. */
  readonly overlays?: readonly string[] | undefined;
}
