import type { Clock } from "@fairlead/base";
import type { RandomSource } from "../random.ts";

/** A set of templates as functions see it: what include and tpl need. */
export interface TemplateScope {
  /** Name of the root template of the set. */
  readonly name: string;
  has(name: string): boolean;
  /** @throws TemplateError */
  parse(name: string, text: string): TemplateScope;
  /** As parse, but a text of nothing but space replaces what was there too. @throws TemplateError */
  replace(name: string, text: string): TemplateScope;
  clone(): TemplateScope;
}

/** What a function may use beside its arguments. Nothing else: no function does I/O of its own. */
export interface CallContext {
  /** The set being executed; include and tpl look names up here. */
  readonly set: TemplateScope;
  readonly clock: Clock;
  /** Randomness of this call. Seeded sources give every place in a template its own stream. */
  random(): RandomSource;
  /** IANA name of the zone Go would call Local. */
  readonly localZone: string;
  /** Whatever the caller of execute handed in for its own functions. */
  readonly environment: unknown;
  /** State shared by the whole execution, includes too, for functions that need some. */
  readonly shared: Map<unknown, unknown>;
  /** Executes a template of a set (this one, or a clone of it) within the same limits. */
  execute(set: TemplateScope, name: string, data: unknown): string;
  /** Counts steps. @throws LimitError when the execution has taken too many, or too long. */
  spend(steps: number): void;
  /** Refuses to build what would be too large. @throws LimitError */
  reserve(chars: number): void;
}
