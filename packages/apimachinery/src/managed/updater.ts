import { jsonEqual, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "../object/types.ts";
import type { SchemaNode } from "../schema/types.ts";
import { compareTyped, type Comparison } from "../smd/compare.ts";
import { FieldSet } from "../smd/field-set.ts";
import { fieldsOf } from "../smd/fields-of.ts";
import { mergeTyped } from "../smd/merge.ts";
import { removeFields } from "../smd/remove.ts";
import { conflictsOf, type Conflict } from "./conflicts.ts";
import type { Managers, Owned } from "./entries.ts";
import { reconcileSet } from "./reconcile.ts";
import { convertTyped, Versions, type ConvertVersion, type Versioned } from "./versions.ts";

/** What one write is told of its surroundings. */
export interface UpdaterContext {
  readonly schema: SchemaNode;
  readonly apiVersion: string;
  readonly convert: ConvertVersion;
  /** Fields this endpoint ignores. */
  readonly reset: FieldSet | undefined;
}

interface Taken {
  readonly managers: Managers;
  readonly comparison: Comparison;
  readonly conflicts: readonly Conflict[];
}

/**
 * Takes from every other manager the fields that change from `before` to `after` or vanish. Without force, changes to what
 * others own are conflicts instead, and nothing is taken.
 */
function takeFromOthers(
  before: KubeObject,
  after: KubeObject,
  context: UpdaterContext,
  managers: Managers,
  self: string,
  force: boolean,
): Taken {
  const beforeVersions = new Versions({ object: before, schema: context.schema }, context.apiVersion, context.convert);
  const afterVersions = new Versions({ object: after, schema: context.schema }, context.apiVersion, context.convert);
  const comparisons = new Map<string, Comparison | undefined>();
  const comparisonIn = (apiVersion: string): Comparison | undefined => {
    if (!comparisons.has(apiVersion)) {
      const left = beforeVersions.in(apiVersion);
      const right = afterVersions.in(apiVersion);
      const found = left && right ? compareTyped(left.object, right.object, right.schema) : undefined;
      comparisons.set(apiVersion, found && withoutFields(found, context.reset));
    }
    return comparisons.get(apiVersion);
  };
  const left: Managers = new Map();
  const contested: Owned[] = [];
  for (const [identifier, owned] of managers) {
    if (identifier === self) {
      left.set(identifier, owned);
      continue;
    }
    const comparison = comparisonIn(owned.apiVersion);
    // A version that is gone takes its managers with it.
    if (comparison === undefined) continue;
    const contestedSet = owned.set.intersection(comparison.modified.union(comparison.added));
    if (!contestedSet.isEmpty()) contested.push({ ...owned, set: contestedSet });
    left.set(identifier, { ...owned, set: owned.set.difference(contestedSet).difference(comparison.removed) });
  }
  const comparison = comparisonIn(context.apiVersion) as Comparison;
  if (!force && contested.length > 0) return { managers, comparison, conflicts: conflictsOf(contested) };
  for (const [identifier, owned] of left) if (owned.set.isEmpty()) left.delete(identifier);
  return { managers: left, comparison, conflicts: [] };
}

function withoutFields(comparison: Comparison, fields: FieldSet | undefined): Comparison {
  if (fields === undefined) return comparison;
  return {
    added: comparison.added.recursiveDifference(fields),
    modified: comparison.modified.recursiveDifference(fields),
    removed: comparison.removed.recursiveDifference(fields),
  };
}

/** Gives `self` everything that an update changed or added, and takes it from the others. */
export function updateOwnership(
  before: KubeObject,
  after: KubeObject,
  context: UpdaterContext,
  managers: Managers,
  self: { readonly identifier: string; readonly owned: Omit<Owned, "set"> },
): Managers {
  const reconciled = reconcileManagers(before, context, managers);
  const { managers: left, comparison } = takeFromOthers(before, after, context, reconciled, self.identifier, true);
  const mine = left.get(self.identifier)?.set ?? new FieldSet();
  let set = mine.difference(comparison.removed).union(comparison.modified).union(comparison.added);
  if (context.reset) set = set.recursiveDifference(context.reset);
  if (set.isEmpty()) left.delete(self.identifier);
  else left.set(self.identifier, { ...self.owned, set });
  return left;
}

interface Applied {
  /** Undefined when the apply changes nothing of the object. */
  readonly object: KubeObject | undefined;
  readonly managers: Managers;
  readonly conflicts: readonly Conflict[];
}

/** Merges an applied object into the live one, and removes what this manager applied before and no longer does. */
export function applyOwnership(
  live: KubeObject,
  applied: KubeObject,
  context: UpdaterContext,
  managers: Managers,
  self: { readonly identifier: string; readonly owned: Omit<Owned, "set"> },
  force: boolean,
): Applied {
  const reconciled = reconcileManagers(live, context, managers);
  const merged = mergeTyped(live, applied, context.schema) as KubeObject;
  const last = reconciled.get(self.identifier);
  let set = fieldsOf(applied, context.schema);
  if (context.reset) set = set.recursiveDifference(context.reset);
  reconciled.set(self.identifier, { ...self.owned, set });
  const pruned = prune(merged, context, reconciled, last, set);
  const taken = takeFromOthers(live, pruned, context, reconciled, self.identifier, force);
  if (taken.conflicts.length > 0) return { object: undefined, managers, conflicts: taken.conflicts };
  const isSame = jsonEqual(live, pruned);
  return { object: isSame ? undefined : pruned, managers: dropEmpty(taken.managers), conflicts: [] };
}

function dropEmpty(managers: Managers): Managers {
  for (const [identifier, owned] of managers) if (owned.set.isEmpty()) managers.delete(identifier);
  return managers;
}

function reconcileManagers(live: KubeObject, context: UpdaterContext, managers: Managers): Managers {
  const versions = new Versions({ object: live, schema: context.schema }, context.apiVersion, context.convert);
  const out: Managers = new Map();
  for (const [identifier, owned] of managers) {
    const versioned = versions.in(owned.apiVersion);
    if (versioned === undefined) continue;
    out.set(identifier, { ...owned, set: reconcileSet(owned.set, versioned.schema) });
  }
  return out;
}

/** Removes what is in this manager's last set, not in its new one, and in nobody else's. */
function prune(
  merged: KubeObject,
  context: UpdaterContext,
  managers: Managers,
  last: Owned | undefined,
  applied: FieldSet,
): KubeObject {
  if (last === undefined || last.set.isEmpty()) return merged;
  const convert = (object: KubeObject, from: string, to: string, prefix: string): Versioned | undefined => {
    if (from !== to) return convertTyped(context.convert, object, to, prefix);
    const schema = to === context.apiVersion ? context.schema : context.convert(object, to)?.schema;
    return schema && { object, schema };
  };
  const version = last.apiVersion;
  const live = convert(
    merged,
    context.apiVersion,
    version,
    "failed to convert merged object to last applied version: ",
  );
  if (live === undefined) return merged;
  const { object: inVersion, schema } = live;
  // The usual case: all that was applied before is applied again, so nothing can be left over.
  if (version === context.apiVersion && last.set.difference(applied).isEmpty()) return merged;
  const lastSet = last.set.withNamedFields(schema);
  let pruned = asObject(removeFields(inVersion, lastSet, schema));
  for (const [apiVersion, owned] of ownedByVersion(managers, version)) {
    const mergedThere = convert(
      inVersion,
      version,
      apiVersion,
      `failed to convert merged object at version ${apiVersion}: `,
    );
    const prunedThere = convert(
      pruned,
      version,
      apiVersion,
      `failed to convert pruned object at version ${apiVersion}: `,
    );
    if (!mergedThere || !prunedThere) continue;
    const kept = addBackOwned(mergedThere.object, prunedThere.object, owned, mergedThere.schema);
    const back = `failed to convert pruned object at version ${version}: `;
    pruned = convert(kept, apiVersion, version, back)?.object ?? pruned;
  }
  pruned = addBackDangling(inVersion, pruned, lastSet, schema);
  return convert(pruned, version, context.apiVersion, "")?.object ?? merged;
}

function asObject(value: unknown): KubeObject {
  return (value ?? {}) as KubeObject & JsonObject;
}

/** Union of what all managers own, by version, the given version first. */
function ownedByVersion(managers: Managers, first: string): [string, FieldSet][] {
  const byVersion = new Map<string, FieldSet>();
  for (const owned of managers.values()) {
    byVersion.set(owned.apiVersion, owned.set.union(byVersion.get(owned.apiVersion) ?? new FieldSet()));
  }
  const own = byVersion.get(first);
  byVersion.delete(first);
  return own === undefined ? [...byVersion] : [[first, own], ...byVersion];
}

function addBackOwned(merged: KubeObject, pruned: KubeObject, owned: FieldSet, schema: SchemaNode): KubeObject {
  const mergedSet = fieldsOf(merged, schema).withNamedFields(schema);
  const keep = fieldsOf(pruned, schema).withNamedFields(schema).union(owned.withNamedFields(schema));
  return asObject(removeFields(merged, mergedSet.difference(keep), schema));
}

/** Items that were never in the last set stay even when the container around them was removed. */
function addBackDangling(merged: KubeObject, pruned: KubeObject, last: FieldSet, schema: SchemaNode): KubeObject {
  const prunedSet = fieldsOf(pruned, schema).withNamedFields(schema);
  const mergedSet = fieldsOf(merged, schema).withNamedFields(schema);
  return asObject(removeFields(merged, mergedSet.difference(prunedSet).intersection(last), schema));
}
