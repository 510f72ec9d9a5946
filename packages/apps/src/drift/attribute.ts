import { LIMITS } from "../limits.ts";
import type { LiveObject, ManagerEntry } from "../live/types.ts";
import type { FieldDifference } from "./compare.ts";
import { formatPath, touchesPath } from "./field-set.ts";

/** A field that drifted, and who did it. */
export interface DriftField {
  /** `.spec.replicas` */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  /** The manager that owns the field now, or else the one that wrote last; undefined when managedFields name nobody. */
  readonly manager?: string | undefined;
  readonly operation?: string | undefined;
  readonly subresource?: string | undefined;
  /** RFC 3339 */
  readonly time?: string | undefined;
}

export interface Drift {
  readonly kind: "changed" | "deleted" | "ownership";
  readonly fields: readonly DriftField[];
}

/**
 * Names who changed each field: the entry of managedFields that owns it now; for a field that was removed, which nobody owns, the
 * entry that is newer than before. Values set by a webhook belong to nobody and are attributed the same way (facts/kube.md §4).
 */
export function attribute(
  differences: readonly FieldDifference[],
  live: LiveObject,
  previous: LiveObject | undefined,
): DriftField[] {
  const newer = newestWriter(live, previous);
  return differences.map(({ path, want, have }) => {
    const owners = live.others.filter((entry) => touchesPath(entry.set.root, path));
    const owner = latest(have === undefined ? [] : owners) ?? newer ?? latest(owners);
    return {
      path: formatPath(path),
      before: want,
      after: have,
      manager: owner?.manager,
      operation: owner?.operation,
      subresource: owner?.subresource,
      time: owner?.time,
    };
  });
}

/** The entry that appeared or changed since; else the newest one of all, if it is newer than our own. */
function newestWriter(live: LiveObject, previous: LiveObject | undefined): ManagerEntry | undefined {
  const before = new Set(previous?.others.map(entryKey));
  const changed = previous ? live.others.filter((entry) => !before.has(entryKey(entry))) : [];
  if (changed.length > 0) return latest(changed);
  const newest = latest(live.others.filter((entry) => entry.subresource !== "status"));
  return newest && (live.ours === undefined || newest.time >= live.ours.time) ? newest : undefined;
}

function entryKey(entry: ManagerEntry): string {
  return `${entry.manager}\0${entry.operation}\0${entry.subresource ?? ""}\0${entry.time}\0${entry.set.text}`;
}

function latest(entries: readonly ManagerEntry[]): ManagerEntry | undefined {
  let best: ManagerEntry | undefined;
  for (const entry of entries) if (!best || entry.time > best.time) best = entry;
  return best;
}

/**
 * `.spec.replicas 3 → 5 by kubectl-scale (Update, 2026-…)`.
 * @param options.hides whether a field's values are secret: then it only says that the field changed
 */
export function describeDrift(drift: Drift, options: { readonly hides: (field: DriftField) => boolean }): string {
  if (drift.kind === "deleted") return "it was deleted";
  const named = drift.fields
    .slice(0, LIMITS.driftFieldsNamed)
    .map((field) => describeField(field, options.hides(field)));
  const more = drift.fields.length - named.length;
  const who = describeWriter(drift.fields[0]);
  const what = named.length > 0 ? named.join(", ") : "field ownership changed";
  return `${what}${more > 0 ? ` and ${more} more` : ""}${who}`;
}

function describeField(field: DriftField, isHidden: boolean): string {
  if (isHidden) return `${field.path} changed`;
  return `${field.path} ${shown(field.before)} → ${shown(field.after)}`;
}

function describeWriter(field: DriftField | undefined): string {
  if (field?.manager === undefined) return "";
  const details = [field.operation, field.subresource && `subresource ${field.subresource}`, field.time].filter(
    Boolean,
  );
  return ` by ${field.manager} (${details.join(", ")})`;
}

function shown(value: unknown): string {
  if (value === undefined) return "(absent)";
  const text = JSON.stringify(value);
  return text.length > LIMITS.driftValueChars ? `${text.slice(0, LIMITS.driftValueChars)}…` : text;
}
