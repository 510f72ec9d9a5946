import type { ProviderDeps } from "../providers/types.ts";
import type { Fields } from "../model/fields.ts";
import type { Entries } from "../values/keys.ts";

export interface Generator {
  readonly kind: string;
  parse(spec: Fields): (deps: ProviderDeps, signal: AbortSignal) => Promise<Entries>;
}
