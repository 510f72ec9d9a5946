import { jsonEqual } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { Engine } from "../apps/engine.ts";
import type { ResourceComparison } from "../compare/compare.ts";
import { LIMITS } from "../limits.ts";
import { FIELD_MANAGER } from "../names.ts";
import { compareApplication, type Comparison } from "./observe.ts";
import type { Target } from "./target.ts";
import type { AppState } from "./state.ts";

/**
 * The third tier of comparison: where what is there looks unlike Git and we applied it before, the server may only write it
 * differently (defaults, pruned fields, another version). A dry run of the apply says what would change. At most once for each
 * desired object and live version; never in steady state (facts/kube.md §4).
 */
export async function verifyResources(
  engine: Engine,
  target: Target,
  state: AppState,
  comparison: Comparison,
  signal: AbortSignal,
): Promise<Comparison> {
  const doubtful = comparison.resources.filter(({ needsVerification }) => needsVerification);
  if (doubtful.length === 0 || state.active) return comparison;
  for (let at = 0; at < doubtful.length && !signal.aborted; at += LIMITS.parallelTasks) {
    const group = doubtful.slice(at, at + LIMITS.parallelTasks);
    await Promise.all(group.map((resource) => verifyOne(engine, target, state, resource, signal)));
  }
  const after = await compareApplication(engine, target, state);
  return after.ok ? after.comparison : comparison;
}

async function verifyOne(
  engine: Engine,
  target: Target,
  state: AppState,
  { key, desired, live }: ResourceComparison,
  signal: AbortSignal,
): Promise<void> {
  if (!desired || !live) return;
  const { client } = target.live;
  const { name = "", namespace, resourceVersion: version = "" } = live.object.metadata;
  const ignore = target.ignore.for(desired.ref);
  try {
    const options = { fieldManager: FIELD_MANAGER, force: true, dryRun: true, signal };
    const isSameVersion = live.object.apiVersion === desired.object.apiVersion;
    const [would, is] = await Promise.all([
      client.apply(desired.object, options),
      isSameVersion ? live.object : client.get(desired.object, name, namespace, { signal }),
    ]);
    const [after, before] = [comparable(would), comparable(is)];
    const { ref } = desired;
    const broken = await target.ignore.prepare([
      { ref, object: after },
      { ref, object: before },
    ]);
    const isEqual = broken.length === 0 && jsonEqual(ignore.strip(after), ignore.strip(before));
    state.verified.set(key, { desired: desired.digest, version, isEqual });
  } catch (error) {
    // A server that cannot say keeps the object out of sync; applying it will tell the reason.
    engine.logger.debug("dry run failed", {
      app: state.key,
      key,
      message: state.redactor.text(error instanceof Error ? error.message : String(error)),
    });
    state.verified.set(key, { desired: desired.digest, version, isEqual: false });
  }
}

function comparable(object: KubeObject): KubeObject {
  const { managedFields: _m, resourceVersion: _r, generation: _g, ...metadata } = object.metadata;
  return { ...object, metadata };
}
