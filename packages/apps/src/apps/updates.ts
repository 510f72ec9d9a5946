import { jsonEqual } from "@fairlead/base";
import { refOf, type KubeObject } from "@fairlead/apimachinery";
import { compileIgnoreRules, type IgnoreRules } from "../compare/ignore.ts";
import type { Jq } from "../compare/jq.ts";
import type { LiveObject } from "../live/types.ts";
import type { Settings } from "../settings/parse.ts";

/**
 * Which watch events are no news: the object is the same but for fields that `ignoreResourceUpdates` leaves out
 * (facts/argocd.md §1.6). Status counters and leader annotations would otherwise have their application looked at all day.
 */
export class UpdateFilter {
  readonly #jq: Jq;
  #rules: IgnoreRules | undefined;

  constructor(jq: Jq) {
    this.#jq = jq;
  }

  use(settings: Settings): void {
    const { ignoreUpdates } = settings;
    const system = { ignoreDifferences: ignoreUpdates, ignoresAggregatedRoles: false };
    this.#rules = ignoreUpdates.length > 0 ? compileIgnoreRules([], system, "argocd-cm", this.#jq) : undefined;
  }

  /** A promise only where jq has to be asked. */
  isNews(before: LiveObject | undefined, after: LiveObject | undefined): boolean | Promise<boolean> {
    const rules = this.#rules;
    if (!rules || !before || !after || before.isStub || after.isStub || before.instance !== after.instance) return true;
    const ref = refOf(after.object);
    if (rules.for(ref).isEmpty) return true;
    // Somebody took or gave a field: whose it is counts, whatever its value.
    if (before.ours?.set.text !== after.ours?.set.text) return true;
    const [one, two] = [bare(before.object), bare(after.object)];
    const pair = [one, two].map((object) => ({ ref, object }));
    const differs = (): boolean => !jsonEqual(rules.for(ref).strip(one), rules.for(ref).strip(two));
    if (rules.unprepared(pair).length === 0) return differs();
    return rules.prepare(pair).then((broken) => broken.length > 0 || differs());
  }
}

function bare(object: KubeObject): KubeObject {
  const { resourceVersion: _r, generation: _g, ...metadata } = object.metadata;
  return { ...object, metadata };
}
