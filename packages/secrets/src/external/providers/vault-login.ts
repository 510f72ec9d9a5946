import type { KeyRef, ProviderDeps } from "./types.ts";

export interface Login {
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
}

/** A way in: either a token as it is, or what to send to a login path. */
export type VaultAuth =
  | { readonly kind: "token"; readonly ref: KeyRef }
  | {
      readonly kind: "login";
      readonly prepare: (deps: ProviderDeps, signal: AbortSignal) => Promise<Login>;
      readonly cert?: VaultCert;
    };

export interface VaultCert {
  readonly cert: KeyRef;
  readonly key: KeyRef;
}
