import type { JsonObject } from "@fairlead/base";
import { FieldReader } from "../application-set/faults.ts";
import type { Generator, GeneratorEntry, GeneratorKind, Row } from "../application-set/types.ts";
import { fillStrings, isTemplated } from "../template/dialect.ts";
import { clusterRows } from "./clusters.ts";
import { decisionRows } from "./decision.ts";
import { gitRows } from "./git.ts";
import { listRows } from "./list.ts";
import { matrixRows, type RowsWithin } from "./matrix.ts";
import { mergeRows } from "./merge.ts";
import { pluginRows } from "./plugin.ts";
import { pullRequestRows } from "./pull-request.ts";
import { openLeaf, type Leaf, type Scope } from "./scope.ts";
import { scmRows } from "./scm.ts";
import { readSelector } from "./selector.ts";

const LEAVES: Readonly<Record<Exclude<GeneratorKind, "matrix" | "merge">, (leaf: Leaf) => Row[]>> = {
  list: listRows,
  clusters: clusterRows,
  git: gitRows,
  scmProvider: scmRows,
  clusterDecisionResource: decisionRows,
  pullRequest: pullRequestRows,
  plugin: pluginRows,
};

/**
 * The rows of one generator. What is wrong goes into the scope's faults, what is not known yet into its needs; either way there are
 * fewer rows than there should be, and nothing may be concluded from that.
 */
export function rowsOf(scope: Scope, generator: Generator, context?: Row): Row[] {
  // A generator that no row around can change gives the same rows within each of them.
  const around = context !== undefined && dependsOnContext(generator) ? context : undefined;
  const settled = around === undefined ? scope.settled.get(generator) : undefined;
  if (settled) return settled;
  const within: RowsWithin = (entry, inner) => entryRows(scope, entry, inner);
  const rows = ((): Row[] => {
    if (generator.kind === "matrix") return matrixRows(scope, generator, around, within);
    if (generator.kind === "merge") return mergeRows(scope, generator, around, within);
    const leaf = openLeaf(scope, generator, around);
    return leaf ? LEAVES[generator.kind](leaf) : [];
  })();
  const selected = select(scope, generator, around, rows);
  if (around === undefined) scope.settled.set(generator, selected);
  return selected;
}

function entryRows(scope: Scope, entry: GeneratorEntry, context: Row | undefined): Row[] {
  return entry.generators.flatMap((generator) => rowsOf(scope, generator, context));
}

function select(scope: Scope, generator: Generator, context: Row | undefined, rows: Row[]): Row[] {
  const { selector } = generator;
  if (selector === undefined) return rows;
  const filled = context === undefined ? selector : (fillStrings(selector, scope.dialect, context) as JsonObject);
  const path = `${generator.path.slice(0, generator.path.lastIndexOf("."))}.selector`;
  const isSelected = readSelector(new FieldReader(scope.faults, path, filled));
  return rows.filter(isSelected);
}

const templated = new WeakMap<Generator, boolean>();

function dependsOnContext(generator: Generator): boolean {
  let known = templated.get(generator);
  if (known === undefined) {
    const { template: _template, generators: _children, ...spec } = generator.spec;
    known =
      isTemplated(spec) ||
      isTemplated(generator.selector) ||
      generator.children.some((entry) => entry.generators.some(dependsOnContext));
    templated.set(generator, known);
  }
  return known;
}
