/** Objects of External Secrets after parsing: defaults filled in, v1beta1 and v1 alike (facts/secrets.md §1D). */
export type ConversionStrategy = "Default" | "Unicode" | "None";
export type DecodingStrategy = "None" | "Base64" | "Base64URL" | "Auto";
export type TemplateTarget = string;

/** A kind other than Secret that values are written to. */
export interface ManifestKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface StoreRef {
  readonly kind: "SecretStore" | "ClusterSecretStore";
  readonly name: string;
}

export interface Strategies {
  readonly conversion: ConversionStrategy;
  readonly decoding: DecodingStrategy;
  readonly refusesNullBytes: boolean;
}

export interface RemoteRef extends Strategies {
  readonly key: string;
  readonly property: string;
  readonly version: string;
  readonly metadata: boolean;
}

export interface Find extends Strategies {
  readonly path: string | undefined;
  /** RE2. */
  readonly name: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export interface GeneratorRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export interface MergeRewrite {
  readonly strategy: "Extract" | "JSON";
  readonly into: string;
  readonly priority: readonly string[];
  readonly ignoresMissing: boolean;
  readonly ignoresConflicts: boolean;
}

export type Rewrite =
  | { readonly kind: "regexp"; readonly source: string; readonly target: string }
  | { readonly kind: "transform"; readonly template: string }
  | ({ readonly kind: "merge" } & MergeRewrite);

export interface DataItem {
  readonly secretKey: string;
  readonly remoteRef: RemoteRef;
  readonly store: StoreRef | undefined;
}

export type DataSource =
  | {
      readonly kind: "extract";
      readonly ref: RemoteRef;
      readonly store: StoreRef | undefined;
      readonly rewrite: readonly Rewrite[];
    }
  | {
      readonly kind: "find";
      readonly find: Find;
      readonly store: StoreRef | undefined;
      readonly rewrite: readonly Rewrite[];
    }
  | { readonly kind: "generator"; readonly ref: GeneratorRef; readonly rewrite: readonly Rewrite[] };

export interface TemplateItem {
  readonly key: string;
  readonly as: "Values" | "KeysAndValues";
}

export interface TemplateFrom {
  readonly configMap: { readonly name: string; readonly items: readonly TemplateItem[] } | undefined;
  readonly secret: { readonly name: string; readonly items: readonly TemplateItem[] } | undefined;
  readonly literal: string | undefined;
  readonly target: TemplateTarget;
  readonly decoding: DecodingStrategy;
}

export interface SecretTemplate {
  readonly type: string;
  readonly merges: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly data: Readonly<Record<string, string>>;
  readonly from: readonly TemplateFrom[];
}

export type CreationPolicy = "Owner" | "Orphan" | "Merge" | "None" | "CreateOrMerge";

export interface Target {
  readonly name: string;
  readonly creationPolicy: CreationPolicy;
  readonly deletionPolicy: "Retain" | "Delete" | "Merge";
  readonly immutable: boolean;
  /** undefined: a Secret. */
  readonly manifest: ManifestKind | undefined;
  readonly template: SecretTemplate | undefined;
}

/** When refreshes by time may happen. */
export interface SyncWindows {
  readonly kind: "allow" | "deny";
  readonly windows: readonly { readonly schedule: string; readonly durationMs: number }[];
}

export interface ExternalSecretSpec {
  readonly store: StoreRef | undefined;
  readonly refreshPolicy: "Periodic" | "OnChange" | "CreatedOnce";
  /** 0: once. */
  readonly refreshIntervalMs: number;
  readonly syncWindows: SyncWindows | undefined;
  readonly target: Target;
  readonly data: readonly DataItem[];
  readonly dataFrom: readonly DataSource[];
}
