import type { TargetAnswer } from "../../../packages/apiserver/test/contract/types.ts";

/** Fields whose values are each server's own. */
const OWN_VALUES = new Set(["uid", "resourceVersion", "continue", "storageVersionHash"]);
const TIMES = /Timestamp$|^time$|^startTime$|^lastTransitionTime$/;

interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
}

/** An answer with what may differ taken out: names the server made, times, addresses, the prose of columns. */
function normalized(value: unknown, key = ""): unknown {
  if (typeof value === "string") return normalizedText(value, key);
  if (key === "nodePort") return 0;
  if (Array.isArray(value)) {
    // Entries of one second are ordered by their times, which the two servers do not share.
    const items =
      key === "managedFields"
        ? (value as ManagedFields[]).toSorted(byManager)
        : // Faults come in the order of a Go map, which is another one each time.
          key === "causes"
          ? (value as unknown[]).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
          : (value as unknown[]);
    return items.map((item) => normalized(item, key));
  }
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object).toSorted();
  return Object.fromEntries(keys.map((name) => [name, name === "description" ? "" : normalized(object[name], name)]));
}

function normalizedText(value: string, key: string): string {
  if (TIMES.test(key) || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return "TIME";
  if (OWN_VALUES.has(key)) return "*";
  if (key === "clusterIP" && value !== "None") return "ADDRESS";
  if (key === "name" && /^x-[a-z0-9]{5}$/.test(value)) return "x-?";
  return (
    value
      // A patched object is printed whole, and Go orders its fields otherwise.
      .replace(/Invalid value: "\{.*\}": /s, "Invalid value: PATCHED: ")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
      .replace(/10\.96\.\d+\.\d+/g, "ADDRESS")
      .replace(/in record \(\d+\)/g, "in record (N)")
      // Several faults in one text: the causes have them one by one.
      .replace(/ is invalid: \[[\s\S]*\]$/, " is invalid: [FAULTS]")
      // cmp.Diff goes on with the difference in a form that Go itself calls unstable.
      .replace(/\n@@ [\s\S]*$/, "")
      .replace(/(was previously negative\))[\s\S]*$/, "$1")
      .replace(/\b(?:\d+(?:ms|s|m|h|d|y))+\b/g, "AGE")
      // Before node ports: the port a server was given may lie among them.
      .replace(/127\.0\.0\.1:\d+/g, "SERVER")
      .replace(/\b3[0-2]\d{3}\b/g, "PORT")
  );
}

function byManager(a: ManagedFields, b: ManagedFields): number {
  const key = (entry: ManagedFields): string => `${entry.manager}/${entry.operation}/${entry.subresource ?? ""}`;
  return key(a) < key(b) ? -1 : 1;
}

/** The first few differences of two answers, as lines; empty when they say the same. */
export function differences(ours: TargetAnswer, theirs: TargetAnswer): string[] {
  const view = ({ code, body, warnings }: TargetAnswer): unknown => normalized({ code, body, warnings });
  const found: string[] = [];
  compare(view(ours), view(theirs), "", found);
  return found;
}

function compare(ours: unknown, theirs: unknown, path: string, found: string[]): void {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  const isPair = typeof ours === "object" && typeof theirs === "object" && ours !== null && theirs !== null;
  if (!isPair || Array.isArray(ours) !== Array.isArray(theirs)) {
    found.push(`${path}: ours ${show(ours)}, theirs ${show(theirs)}`);
    return;
  }
  const left = ours as Record<string, unknown>;
  const right = theirs as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
    compare(left[key], right[key], `${path}.${key}`, found);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 300);
}
