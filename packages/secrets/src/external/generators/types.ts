import type { JsonObject } from "@fairlead/base";
import type { ProviderDeps } from "../providers/types.ts";
import type { Fields } from "../model/fields.ts";
import type { Entries } from "../values/keys.ts";

/** What a generator had somebody make, who keeps it until it is taken back. */
export interface Issued {
  readonly entries: Entries;
  /** Enough to take it back, and no secret. */
  readonly state: JsonObject;
}

export interface Generator {
  readonly kind: string;
  parse(spec: Fields): (deps: ProviderDeps, signal: AbortSignal) => Promise<Entries | Issued>;
  /** Takes back what a run with this spec issued; what is gone already is no fault. */
  takeBack?(spec: Fields, state: Fields): (deps: ProviderDeps, signal: AbortSignal) => Promise<void>;
}
