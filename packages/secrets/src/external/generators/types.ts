import type { RandomSource } from "@fairlead/gotemplate";
import type { ProviderDeps } from "../providers/types.ts";
import type { Fields } from "../model/fields.ts";
import type { Entries } from "../values/keys.ts";

export interface GeneratorDeps extends ProviderDeps {
  readonly random: RandomSource;
}

export interface Generator {
  readonly kind: string;
  parse(spec: Fields): (deps: GeneratorDeps, signal: AbortSignal) => Promise<Entries>;
}
