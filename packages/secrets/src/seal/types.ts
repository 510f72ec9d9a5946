import type { JsonObject } from "@fairlead/base";

/** bitnami.com/v1alpha1 SealedSecret, as it is in Git and in the cluster. */
export interface SealedSecret {
  readonly apiVersion: "bitnami.com/v1alpha1";
  readonly kind: "SealedSecret";
  readonly metadata: Metadata;
  readonly spec: {
    readonly template?: SecretTemplate;
    /** Key → base64 of what cipher.ts makes. */
    readonly encryptedData: Readonly<Record<string, string>>;
  };
}

export interface SecretTemplate {
  readonly metadata?: Metadata;
  readonly type?: string;
  readonly immutable?: boolean;
  /** Key → Go template over the unsealed values; null drops the sealed key of that name (0.40). */
  readonly data?: Readonly<Record<string, string | null>>;
}

export interface Secret {
  readonly apiVersion: "v1";
  readonly kind: "Secret";
  readonly metadata: Metadata;
  readonly type?: string;
  readonly immutable?: boolean;
  /** Key → base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** The parts of an object's metadata that are read here; whatever else a person wrote stays beside them. */
export interface Metadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly JsonObject[];
  readonly finalizers?: readonly string[];
  readonly [other: string]: unknown;
}

export const SEALED_SECRET = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" } as const;
export const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
