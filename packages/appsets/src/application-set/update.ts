import { cloneJson, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { controllerReference, createMergePatch, type KubeObject, type OwnerReference } from "@fairlead/apimachinery";
import { parsePointer, takeOver, type Path } from "./pointer.ts";
import { RESOURCES_FINALIZER, type ApplicationSetSpec, type GeneratedApplication } from "./types.ts";

/** Annotations of others that every Application may carry: people's requests and the notifier's memory (facts/argocd.md §1.11). */
const ALWAYS_PRESERVED =
  /^(?:notified\.notifications\.argoproj\.io|argocd\.argoproj\.io\/(?:refresh|hydrate|deletion-approved|skip-reconcile)|fairlead\.dev\/.+)$/;

/** Paths a jq expression selects of an Application; undefined while they are not known. */
export type JqPaths = (expression: string, application: KubeObject) => readonly Path[] | undefined;

/** A generated Application as it is created: owned by its set. */
export function withOwner(application: GeneratedApplication, set: KubeObject): GeneratedApplication {
  const copy = cloneJson(application);
  copy.metadata.ownerReferences = [controllerReference(set)];
  return copy;
}

/**
 * What must change of a live Application: its spec becomes the generated one, labels and annotations too (others go, but those the
 * set preserves), of the finalizers only Argo CD's own are ours. Ignored fields keep what is live, items of lists included, which a
 * merge patch alone could not do. Undefined when nothing differs.
 */
export function updateFor(
  set: KubeObject,
  spec: ApplicationSetSpec,
  live: KubeObject,
  wanted: GeneratedApplication,
  jq: JqPaths,
): JsonObject | undefined {
  const before = comparable(live);
  let target: JsonObject = {
    metadata: {
      labels: ownMap(live.metadata.labels, wanted.metadata.labels, (key) => spec.preservedLabels.includes(key)),
      annotations: ownMap(
        live.metadata.annotations,
        wanted.metadata.annotations,
        (key) => spec.preservedAnnotations.includes(key) || ALWAYS_PRESERVED.test(key),
      ),
      finalizers: finalizersOf(live, wanted),
      ownerReferences: ownersOf(live, set),
    },
    spec: cloneJson(wanted["spec"] ?? {}),
  };
  for (const path of ignoredPaths(spec, live, jq)) target = takeOver(target, before, path);
  if (wanted["operation"] !== undefined) target["operation"] = wanted["operation"];
  const patch = createMergePatch(before, target);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The parts a set has a say in; empty ones as if they were not there, since the API leaves them out. */
function comparable(live: KubeObject): JsonObject {
  const { labels, annotations, finalizers, ownerReferences } = live.metadata;
  return {
    metadata: {
      labels: { ...labels },
      annotations: { ...annotations },
      finalizers: [...(finalizers ?? [])],
      ownerReferences: [...(ownerReferences ?? [])],
    },
    spec: isJsonObject(live["spec"]) ? live["spec"] : {},
  };
}

function ownMap(
  live: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>> | undefined,
  isPreserved: (key: string) => boolean,
): JsonObject {
  const kept = Object.entries(live ?? {}).filter(([key]) => isPreserved(key));
  return Object.fromEntries([...Object.entries(wanted ?? {}), ...kept]);
}

/** Argo CD's own finalizers are the set's; stages of hooks that wait for deletion, and those of others, stay. */
function finalizersOf(live: KubeObject, wanted: GeneratedApplication): Json[] {
  const own = wanted.metadata.finalizers ?? [];
  const foreign = (live.metadata.finalizers ?? []).filter(
    (name) => !name.startsWith(RESOURCES_FINALIZER) && !own.includes(name),
  );
  return [...own, ...foreign];
}

function ownersOf(live: KubeObject, set: KubeObject): OwnerReference[] {
  const own = controllerReference(set);
  const others = (live.metadata.ownerReferences ?? []).filter(
    (owner) => owner.uid !== own.uid && owner.controller !== true,
  );
  const before = live.metadata.ownerReferences?.find((owner) => owner.uid === own.uid);
  return before ? (live.metadata.ownerReferences ?? []) : [...others, own];
}

function ignoredPaths(spec: ApplicationSetSpec, live: KubeObject, jq: JqPaths): Path[] {
  const name = live.metadata.name ?? "";
  return spec.ignoreApplicationDifferences
    .filter((rule) => rule.name === undefined || rule.name === name)
    .flatMap((rule) => [
      ...rule.jsonPointers.map(parsePointer),
      ...rule.jqPathExpressions.flatMap((expression) => [...(jq(expression, live) ?? [])]),
    ])
    .filter((path) => path[0] === "spec" || path[0] === "metadata");
}
