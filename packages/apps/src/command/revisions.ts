import type { Application } from "../application/types.ts";
import { UsageError } from "./program.ts";

/** Flags that name revisions instead of targetRevision, as the argocd command has them. */
export interface RevisionFlags {
  /** Comma-separated or repeated: one a source, in their order; the last ones may be missing. */
  readonly revision?: readonly string[];
  /** Those of `sourcePositions` or `sourceNames`, in the same order. */
  readonly revisions?: readonly string[];
  /** Counted from 1. */
  readonly sourcePositions?: readonly number[];
  readonly sourceNames?: readonly string[];
}

/** A revision for each source, empty where none is named; undefined when no flag names any. @throws UsageError */
export function wantedRevisions({ spec }: Application, flags: RevisionFlags): string[] | undefined {
  const { revision = [], revisions = [], sourcePositions = [], sourceNames = [] } = flags;
  if (revisions.length === 0) {
    if (sourcePositions.length + sourceNames.length > 0) throw new UsageError("no --revisions for the sources named");
    const all = revision.flatMap((text) => text.split(","));
    return all.length === 0 ? undefined : all;
  }
  const names = spec.sources.map(({ name }) => name);
  const named = sourceNames.map((name) => {
    const index = names.indexOf(name);
    if (index < 0) throw new UsageError(`no source has the name ${JSON.stringify(name)}`);
    return index;
  });
  const indexes = [...sourcePositions.map((position) => position - 1), ...named];
  const wrong = indexes.find((index) => spec.sources[index] === undefined);
  if (wrong !== undefined) throw new UsageError(`there is no source ${wrong + 1}; there are ${spec.sources.length}`);
  if (indexes.length !== revisions.length) {
    throw new UsageError(`${revisions.length} --revisions for ${indexes.length} sources`);
  }
  return spec.sources.map((_, index) => revisions[indexes.indexOf(index)] ?? "");
}
