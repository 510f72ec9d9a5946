import type { KubeObject } from "@fairlead/apimachinery";
import type { Engine } from "../apps/engine.ts";
import { ANNOTATIONS } from "../names.ts";
import { listOf, type Target } from "./target.ts";
import type { ApplicationStatus } from "./types.ts";

/** Keys of the applications that this one waits for; a plain name is in the same namespace. */
export function dependenciesOf(object: KubeObject): string[] {
  const { namespace = "", annotations } = object.metadata;
  return listOf(annotations?.[ANNOTATIONS.dependsOn]).map((name) =>
    name.includes("/") ? name : `${namespace}/${name}`,
  );
}

/** What is not yet there, in words; undefined when nothing is in the way. A cycle is named instead of waited for. */
export function unmetDependency(engine: Engine, target: Target): string | undefined {
  const own = `${target.app.metadata.namespace}/${target.app.metadata.name}`;
  const dependencies = dependenciesOf(target.object);
  if (dependencies.length === 0) return undefined;
  const cycle = findCycle(engine, own);
  if (cycle) return `${ANNOTATIONS.dependsOn} goes round in a circle: ${cycle.join(" → ")}`;
  for (const key of dependencies) {
    const object = engine.application(key);
    if (!object) return `waiting for application ${key}, which does not exist`;
    const { sync, health } = (object["status"] ?? {}) as ApplicationStatus;
    if (sync?.status !== "Synced" || health?.status !== "Healthy") {
      return `waiting for application ${key}, which is ${sync?.status ?? "Unknown"} and ${health?.status ?? "Unknown"}`;
    }
  }
  return undefined;
}

function findCycle(engine: Engine, start: string): string[] | undefined {
  const seen = new Set<string>();
  const walk = (key: string, path: readonly string[]): string[] | undefined => {
    if (key === start && path.length > 0) return [...path, key];
    if (seen.has(key)) return undefined;
    seen.add(key);
    const object = engine.application(key);
    for (const next of object ? dependenciesOf(object) : []) {
      const found = walk(next, [...path, key]);
      if (found) return found;
    }
    return undefined;
  };
  return walk(start, []);
}
