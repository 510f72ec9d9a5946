import type { GeneratorRef, Rewrite, SecretTemplate } from "../model/types.ts";

/** A PushSecret after parsing (facts/secrets.md §1D). */
export interface PushSpec {
  /** 0: once. */
  readonly refreshIntervalMs: number;
  readonly stores: readonly StoreChoice[];
  readonly keepsExisting: boolean;
  readonly deletes: boolean;
  readonly source: PushSource;
  readonly data: readonly PushEntry[];
  readonly dataTo: readonly PushAll[];
  readonly template: SecretTemplate | undefined;
}

export type PushSource =
  | { readonly kind: "secret"; readonly name: string }
  | { readonly kind: "selector"; readonly selector: unknown }
  | { readonly kind: "generator"; readonly ref: GeneratorRef };

/** One store by its name, or all that a selector matches. */
export interface StoreChoice {
  readonly kind: "SecretStore" | "ClusterSecretStore";
  readonly name: string;
  readonly selector: unknown;
}

export interface PushEntry {
  /** "": the whole Secret, as JSON. */
  readonly secretKey: string;
  readonly remoteKey: string;
  readonly property: string;
  readonly metadata: unknown;
  readonly decodesUnicode: boolean;
}

/** Many entries at once: each to a remote key of its own, or all together to one. */
export interface PushAll {
  readonly store: StoreChoice;
  readonly remoteKey: string;
  /** RE2; "" matches all. */
  readonly match: string;
  readonly rewrite: readonly Rewrite[];
  readonly metadata: unknown;
  readonly decodesUnicode: boolean;
}
