import { isJsonObject, jsonEqual, problemsOf, type Json, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, refOf, type KubeObject } from "@fairlead/apimachinery";
import { GeneratorCache } from "../generators/cache.ts";
import { rowsOf } from "../generators/evaluate.ts";
import { DEFAULT_SETTINGS, type Facts, type GeneratorSettings, type Need } from "../generators/facts.ts";
import type { Scope } from "../generators/scope.ts";
import { APPSET_LIMITS } from "../limits.ts";
import type { Dialect } from "../template/dialect.ts";
import { fastDialect, placeholdersOf } from "../template/fasttemplate.ts";
import { goDialect } from "../template/gotemplate.ts";
import { fillEmpty } from "../template/merge.ts";
import { Faults } from "./faults.ts";
import { compileApplication } from "./instantiate.ts";
import { parseApplicationSet, type ParsedApplicationSet } from "./parse.ts";
import type { ApplicationSetSpec, GeneratedApplication, Generator, Row } from "./types.ts";
import { faultsOf, isOfOneApplication, validateApplications, type Made } from "./validate.ts";

export interface Generation {
  /** The spec as it was read. */
  readonly spec: ApplicationSetSpec;
  /** Those that can be written, in the order of generators and rows. */
  readonly applications: readonly GeneratedApplication[];
  /** Names of all, those included that are faulty by themselves: what has a name is generated, so it is not deleted. */
  readonly names: ReadonlySet<string>;
  /** The row each Application was made of. */
  readonly rows: ReadonlyMap<string, Row>;
  readonly problems: readonly Problem[];
  /** False when a generator or the template failed: then nothing is written or deleted. */
  readonly isComplete: boolean;
  /** What must be asked before anything can be concluded. */
  readonly needs: readonly Need[];
}

/**
 * What a set stands for. Pure and deterministic: equal sets and facts give equal Applications in the same order. An instance belongs
 * to one set and keeps what it worked out, so that the next generation costs what changed.
 */
export class SetGenerator {
  readonly #settings: GeneratorSettings;
  #kept: Kept | undefined;

  constructor(settings: Partial<GeneratorSettings> = {}) {
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
  }

  generate(set: KubeObject, facts: Facts): Generation {
    const kept = this.#keptFor(set);
    const { spec } = kept.parsed;
    const object = describeRef(refOf(set));
    const faults = new Faults(object);
    const needs = new Map<string, Need>();
    const scope: Scope = {
      dialect: kept.dialect,
      facts,
      settings: this.#settings,
      namespace: set.metadata.namespace ?? this.#settings.controlNamespace,
      name: set.metadata.name ?? "",
      faults,
      needs,
      cache: kept.cache,
      settled: new Map(),
    };
    // A set that cannot be read is not generated; what else is wrong with it is told all the same.
    const isReadable = kept.parsed.problems.length === 0;
    const made = spec.generators.flatMap((entry) =>
      entry.generators.flatMap((generator) => this.#make(kept, scope, set, generator, isReadable)),
    );
    if (made.length > APPSET_LIMITS.rowsMax)
      faults.add("GeneratorFailed", "spec.generators", `give more than ${APPSET_LIMITS.rowsMax} rows`);
    const { valid, problems } = validateApplications(made, facts.objects, object);
    const all = distinct([...kept.parsed.problems, ...faults.problems, ...(needs.size > 0 ? [] : problems)]);
    if (needs.size === 0) kept.cache.turn();
    const isComplete = needs.size === 0 && all.every(isOfOneApplication);
    return {
      spec,
      applications: isComplete ? valid : [],
      names: new Set(made.map(({ application }) => String(application.metadata.name))),
      rows: new Map(made.map(({ application, row }) => [String(application.metadata.name), row])),
      problems: all,
      isComplete,
      needs: [...needs.values()],
    };
  }

  #make(kept: Kept, scope: Scope, set: KubeObject, generator: Generator, isReadable: boolean): Made[] {
    const rows = rowsOf(scope, generator);
    if (!isReadable || scope.needs.size > 0) return [];
    const { spec } = kept.parsed;
    const template = generator.template === undefined ? spec.template : fillEmpty(generator.template, spec.template);
    const known = kept.cache.madeWith(generator.path);
    let make: (row: Row) => GeneratedApplication;
    try {
      make = kept.maker(generator.path, () => compileApplication({ set, spec, template, dialect: kept.dialect }));
    } catch (error) {
      scope.faults.take("spec.template", problemsOf(error));
      return [];
    }
    if (!kept.dialect.isGo) warnUnfilled(scope.faults, template, rows);
    return rows.flatMap((row) => {
      const before = known.get(row);
      if (before) return [before];
      try {
        const application = make(row);
        return [known.set(row, { application, row, faults: faultsOf(application) })];
      } catch (error) {
        scope.faults.take(`${generator.path}: a row`, problemsOf(error));
        return [];
      }
    });
  }

  /** Everything that follows from the set alone; thrown away with its spec. */
  #keptFor(set: KubeObject): Kept {
    const { spec, metadata } = set;
    const { namespace, name, annotations } = metadata;
    const before = this.#kept;
    const annotationText = JSON.stringify(annotations ?? {});
    const isSameSpec = before !== undefined && (before.spec === spec || jsonEqual(before.spec, spec));
    if (isSameSpec && before.namespace === namespace && before.name === name && before.annotations === annotationText) {
      return before;
    }
    const parsed = parseApplicationSet(set, this.#settings);
    const dialect = parsed.spec.isGoTemplate ? goDialect(parsed.spec.goTemplateOptions) : fastDialect;
    const makers = new Map<string, (row: Row) => GeneratedApplication>();
    const maker: Kept["maker"] = (path, compile) => {
      let make = makers.get(path);
      if (make === undefined) makers.set(path, (make = compile()));
      return make;
    };
    this.#kept = {
      spec,
      namespace,
      name,
      annotations: annotationText,
      parsed,
      dialect,
      cache: new GeneratorCache(),
      maker,
    };
    return this.#kept;
  }
}

interface Kept {
  readonly spec: Json | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly annotations: string;
  readonly parsed: ParsedApplicationSet;
  readonly dialect: Dialect;
  readonly cache: GeneratorCache<Made>;
  readonly maker: (
    path: string,
    compile: () => (row: Row) => GeneratedApplication,
  ) => (row: Row) => GeneratedApplication;
}

/** One generation without anything kept. */
export function generateApplications(
  set: KubeObject,
  facts: Facts,
  settings: Partial<GeneratorSettings> = {},
): Generation {
  return new SetGenerator(settings).generate(set, facts);
}

/** Rows of one generator often share a fault; it is told once. */
function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.code} ${problem.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Keys that a row lacks stay in the Application as they are written, which is seldom what was meant. */
function warnUnfilled(faults: Faults, template: JsonObject, rows: readonly Row[]): void {
  const keys = new Set(textsIn(template).flatMap(placeholdersOf));
  for (const key of keys) {
    const missing = rows.filter((row) => !Object.hasOwn(row, key) && Object.keys(row).length > 0).length;
    if (missing === 0) continue;
    const message = `{{${key}}} is no parameter of ${missing === rows.length ? "any row" : `${missing} of ${rows.length} rows`} and stays as it is written`;
    faults.warn("UnfilledPlaceholder", "spec.template", message);
  }
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]) : [];
}
