import { problemError } from "@fairlead/base";
import { cloneJson, jsonEqual, type Json } from "@fairlead/base";
import { toJson } from "../node/value.ts";
import { formatId } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import { within } from "../transform/fault.ts";
import { transformerPlugins } from "./plugins.ts";
import type { Accumulator, Target } from "./types.ts";

/** A label that validators may set to say that they looked. */
const VALIDATED_BY = "validated-by";

/** Validators are transformers that may only look. @throws ProblemError KustomizeTransform when one changes anything */
export function runValidators(target: Target, accumulator: Accumulator): void {
  for (const validator of transformerPlugins(target, target.kustomization.content.validators ?? [], "validators")) {
    const before = accumulator.map.resources.map((resource) => ({ resource, json: snapshot(resource) }));
    within(validator.at, "", () => validator.run(accumulator.map));
    const changed = before.find(({ resource, json }) => resource.isGone || !jsonEqual(snapshot(resource), json));
    if (changed || before.length !== accumulator.map.resources.length) {
      const resource = changed?.resource;
      const what = resource ? formatId(resource.currentId) : "lists have different number of entries";
      const message = `validator shouldn't modify the resource map: ${what}`;
      throw problemError("KustomizeTransform", message, resource ? addressOf(resource) : {});
    }
  }
}

function snapshot(resource: Resource): Json {
  const json = resource.root ? cloneJson(toJson(resource.root)) : null;
  const metadata = (json as { metadata?: { labels?: Record<string, unknown> } } | null)?.metadata;
  if (metadata?.labels) {
    delete metadata.labels[VALIDATED_BY];
    if (Object.keys(metadata.labels).length === 0) delete metadata.labels;
  }
  return json;
}
