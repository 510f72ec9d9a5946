import type { KubeObject } from "@fairlead/apimachinery";
import { APPROVE_DELETION_ANNOTATION, DELETION_SHARE_ANNOTATION } from "./types.ts";

/** More than this share of a set's Applications is not deleted at once without a person's word, in percent. */
const SHARE_PERCENT_MAX = 20;
/** Up to this count the share says nothing: one of three is a third. */
const COUNT_FREE = 1;

export interface GuardFacts {
  readonly set: KubeObject;
  /** Applications the set no longer generates, and does not delete already. */
  readonly surplus: readonly KubeObject[];
  /** All it has. */
  readonly total: number;
  /** Names that went for a reason we know: their pull request was closed. They are no sign of a broken generator. */
  readonly explained: ReadonlySet<string>;
  /** Rows come and go one by one, as pull requests do: the last one may go as well. */
  readonly isFleeting: boolean;
}

/**
 * Applications whose deletion is held, all or none: more than a share of them, or all, would go at once, and nobody approved exactly
 * that count. What fails instead of answering never gets here.
 */
export function heldDeletions(facts: GuardFacts): readonly KubeObject[] {
  const { set, surplus, total, explained } = facts;
  const unexplained = surplus.filter(({ metadata }) => !explained.has(metadata.name ?? "")).length;
  if (unexplained === 0) return [];
  const percent = sharePercent(set);
  if (percent >= 100) return [];
  const takesAll = surplus.length === total;
  const isFree = unexplained <= COUNT_FREE && (!takesAll || facts.isFleeting);
  const isWithin = unexplained * 100 <= total * percent && !takesAll;
  if (isFree || isWithin) return [];
  // An approval names its count, so that an old one does not release another, larger deletion.
  return set.metadata.annotations?.[APPROVE_DELETION_ANNOTATION] === String(surplus.length) ? [] : surplus;
}

function sharePercent(set: KubeObject): number {
  const text = set.metadata.annotations?.[DELETION_SHARE_ANNOTATION];
  const percent = text === undefined || text.trim() === "" ? Number.NaN : Number(text.replace(/%$/, ""));
  return percent >= 0 ? percent : SHARE_PERCENT_MAX;
}
