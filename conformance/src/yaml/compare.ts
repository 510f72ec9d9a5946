import { canonicalJson } from "@fairlead/base";
import type { Answer, Request } from "./judge.ts";

const TEXT_OPS = new Set<Request["op"]>(["marshal", "rewrite3", "value3", "kyaml"]);

/** Messages of sigs.k8s.io/yaml whose tail hangs on the random order of a Go map, or on Go's printing of a whole value. */
const LOOSE = [
  /^(?:error converting YAML to JSON: )?unsupported map key of type: /,
  /invalid map key: /,
  /json: unsupported value/,
];

/** The first difference between the judge's answer and ours, or undefined. */
export function difference(
  request: Request,
  theirs: Answer,
  ours: { value: unknown } | { error: string },
): string | undefined {
  if ("error" in ours) {
    if (theirs.error === undefined) return `the judge accepts it, we say: ${ours.error}\njudge: ${theirs.text}`;
    return sameMessage(theirs.error, ours.error) ? undefined : `judge: ${theirs.error}\nours:  ${ours.error}`;
  }
  // v3 keeps keys that are no strings, and JSON then refuses the map; we take the key as it is written.
  if (theirs.error === "not JSON") return undefined;
  if (theirs.error !== undefined)
    return `we accept it, the judge says: ${theirs.error}\nours: ${canonicalJson(ours.value)}`;
  if (TEXT_OPS.has(request.op)) return firstLine(theirs.text, String(ours.value));
  const expected = canonicalJson(parseExact(theirs.text));
  const found = canonicalJson(ours.value);
  return expected === found ? undefined : firstLine(pretty(expected), pretty(found));
}

function sameMessage(theirs: string, ours: string): boolean {
  const prefix = "error converting YAML to JSON: ";
  const a = theirs.startsWith(prefix) ? theirs.slice(prefix.length) : theirs;
  const b = ours.startsWith(prefix) ? ours.slice(prefix.length) : ours;
  // Go lists all faults of this kind in one message; ours are one problem each, and the first is what is compared.
  if (b.startsWith("yaml: unmarshal errors:")) return a.split("\n").slice(0, 2).join("\n") === b;
  // What only fails on Go's way from v3's maps to JSON has no message of v3's.
  if (theirs === "not JSON") return ours.startsWith("unsupported map key") || ours.startsWith("json: ");
  return a === b || LOOSE.some((pattern) => pattern.test(a) && pattern.test(b));
}

function pretty(json: string): string {
  return JSON.stringify(JSON.parse(json), undefined, 1);
}

/** JSON with integers beyond 2^53 as bigint. */
function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    const isLarge =
      typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source);
    return isLarge ? BigInt(source) : value;
  });
}

function firstLine(theirs: string, ours: string): string | undefined {
  if (theirs === ours) return undefined;
  const expected = theirs.split("\n");
  const found = ours.split("\n");
  const at = expected.findIndex((line, index) => line !== found[index]);
  const index = at < 0 ? expected.length : at;
  const around = (lines: readonly string[]): string =>
    lines
      .slice(Math.max(0, index - 2), index + 2)
      .map((line) => JSON.stringify(line))
      .join(" ");
  return `line ${index + 1}\njudge: ${around(expected)}\nours:  ${around(found)}`;
}
