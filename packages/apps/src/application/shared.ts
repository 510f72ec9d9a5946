import { describeRef } from "@fairlead/apimachinery";
import type { ResourceComparison } from "../compare/compare.ts";
import type { ConditionFact } from "./types.ts";

const SHOWN = 5;

/** Objects of one kind of sharing in words, the first few by name. */
function told(resources: readonly ResourceComparison[], text: (resource: ResourceComparison) => string): string {
  const shown = resources.slice(0, SHOWN).map(text).join("; ");
  return resources.length > SHOWN ? `${shown} and ${resources.length - SHOWN} more` : shown;
}

/** Argo CD's words. */
function partOfBoth({ ref }: ResourceComparison, instance: string, other: string | undefined): string {
  return `${describeRef(ref)} is part of applications ${instance} and ${other}`;
}

/**
 * Objects that somebody else has, or may have, too: applications of this installation that claim the same object, marks of an
 * application that is none of ours, and objects that carry our mark although we never applied them. The last two are what two
 * installations on one cluster do to each other when argocd-cm sets no installationID.
 */
export function sharedConditions(resources: readonly ResourceComparison[], instance: string): ConditionFact[] {
  const messages: string[] = [];
  const shared = resources.filter(({ sharedWith, desired }) => sharedWith !== undefined && desired !== undefined);
  if (shared.length > 0) {
    const names = told(shared, (each) => partOfBoth(each, instance, each.sharedWith));
    messages.push(`${names}. It stays with ${shared[0]?.sharedWith}; remove it from one of them`);
  }
  const foreign = resources.filter(
    ({ desired, live, sharedWith, isHook }) =>
      desired && !isHook && sharedWith === undefined && live?.instance !== undefined && live.instance !== instance,
  );
  if (foreign.length > 0) {
    const names = told(foreign, (each) => partOfBoth(each, instance, each.live?.instance));
    messages.push(`${names}. No application of this installation of that name has it: a sync takes it over`);
  }
  const unknown = resources.filter(
    ({ requiresPruning, isTolerated, live, sharedWith }) =>
      requiresPruning && !isTolerated && sharedWith === undefined && live !== undefined && live.ours === undefined,
  );
  if (unknown.length > 0) {
    const names = told(unknown, ({ ref }) => describeRef(ref));
    messages.push(
      `${names}: tracked as part of application ${instance}, not in its Git, and never applied from here. ` +
        "If another installation has an application of this name, give each installation an installationID in argocd-cm",
    );
  }
  return messages.length > 0 ? [{ type: "SharedResourceWarning", message: messages.join(". ") }] : [];
}
