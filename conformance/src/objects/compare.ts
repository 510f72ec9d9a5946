import type { KubeObject } from "@fairlead/apimachinery";
import { canonicalJson, cloneJson } from "@fairlead/base";

/** The object without what only the server can know: uid, versions, times (but whether an entry has one stays). */
export function withoutVolatile(object: KubeObject): KubeObject {
  const copy = cloneJson(object);
  const { metadata } = copy;
  for (const name of ["uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"]) delete metadata[name];
  for (const name of ["labels", "annotations", "finalizers"]) {
    const value = metadata[name];
    if (typeof value === "object" && value !== null && Object.keys(value).length === 0) delete metadata[name];
  }
  for (const entry of metadata.managedFields ?? []) if (entry.time !== undefined) entry.time = "T";
  return copy;
}

/** The first path at which two values differ, and both values there; undefined when they are equal. */
export function differenceOf(ours: unknown, theirs: unknown, path = ""): string | undefined {
  if (canonicalJson(ours) === canonicalJson(theirs)) return undefined;
  if (isBranch(ours) && isBranch(theirs) && Array.isArray(ours) === Array.isArray(theirs)) {
    const left = ours as Record<string, unknown>;
    const right = theirs as Record<string, unknown>;
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = differenceOf(left[key], right[key], `${path}/${key}`);
      if (found !== undefined) return found;
    }
  }
  return `at ${path}\n  ours:   ${JSON.stringify(ours)?.slice(0, 600)}\n  theirs: ${JSON.stringify(theirs)?.slice(0, 600)}`;
}

function isBranch(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
