import { problemError } from "@fairlead/base";
import { compileRegex, errorText, fromBytes, toBytes } from "@fairlead/gotemplate";
import { fillText } from "../template/fill.ts";
import type { ConversionStrategy, MergeRewrite, Rewrite } from "../model/types.ts";
import { compareText, entryText, goJson, parseJsonText, type JsonNode } from "./json-text.ts";

/** A secret's entries by key; the values are bytes, since not all of them are text. */
export type Entries = Map<string, Uint8Array>;

const KEY_LENGTH_MAX = 253;

/** RE2, in linear time, as a test. @throws ProblemError InvalidExternalSecret */
export function compilePattern(source: string): (text: string) => boolean {
  try {
    return compileRegex(source);
  } catch (error) {
    throw problemError("InvalidExternalSecret", `regexp failed with failed to compile: ${errorText(error)}`, {}, error);
  }
}

/** The rewrites in their order (facts/secrets.md §1D). @throws ProblemError */
export function rewriteKeys(rewrites: readonly Rewrite[], entries: Entries): Entries {
  return rewrites.reduce((current, rewrite) => rewriteOnce(rewrite, current), entries);
}

function rewriteOnce(rewrite: Rewrite, entries: Entries): Entries {
  if (rewrite.kind === "merge") return merge(rewrite, entries);
  if (rewrite.kind === "transform") {
    return renamed(entries, (key) => fillText("transform", rewrite.template, { value: key }, "default"));
  }
  const { source, target } = rewrite;
  compilePattern(source);
  // Go's rules for $1, $name and empty matches are the template engine's already.
  return renamed(entries, (key) => fillText("regexp", REPLACE, { source, key, target }));
}

const REPLACE = "{{ mustRegexReplaceAll .source .key .target }}";

function renamed(entries: Entries, rename: (key: string) => string): Entries {
  const keys = [...entries.keys()].sort(compareText);
  return new Map(keys.map((key) => [rename(key), entries.get(key) ?? new Uint8Array()]));
}

function merge(rewrite: MergeRewrite, entries: Entries): Entries {
  const others = [...entries.keys()].filter((key) => !rewrite.priority.includes(key)).sort(compareText);
  const merged = new Map<string, JsonNode>();
  const conflicts: string[] = [];
  for (const key of [...others, ...rewrite.priority]) {
    const value = entries.get(key);
    if (value === undefined) {
      if (rewrite.ignoresMissing) continue;
      throw problemError("InvalidRemoteValue", `merge failed with key ${JSON.stringify(key)} not found in input map`);
    }
    const node = parseJsonText(fromBytes(value));
    if (node?.kind !== "object")
      throw problemError(
        "InvalidRemoteValue",
        `merge failed: the value of key ${JSON.stringify(key)} is not a JSON object`,
      );
    for (const [name, member] of node.members) {
      if (merged.has(name)) conflicts.push(name);
      merged.set(name, member);
    }
  }
  if (conflicts.length > 0 && !rewrite.ignoresConflicts)
    throw problemError("InvalidRemoteValue", `merge failed with conflicts: ${conflicts.join(", ")}`);
  if (rewrite.strategy === "Extract")
    return new Map([...merged].map(([name, node]) => [name, toBytes(entryText(node))]));
  const text = goJson({ kind: "object", raw: "", members: merged }, false);
  return new Map([...entries, [rewrite.into, toBytes(text)]]);
}

/** @throws ProblemError when two keys become one */
export function convertKeys(strategy: ConversionStrategy, entries: Entries): Entries {
  const converted: Entries = new Map();
  for (const [key, value] of entries) {
    const name = convertKey(strategy, key);
    if (converted.has(name))
      throw problemError("InvalidRemoteValue", `secret name collision during conversion: ${name}`);
    converted.set(name, value);
  }
  return converted;
}

function convertKey(strategy: ConversionStrategy, key: string): string {
  if (strategy === "None") return key;
  return key.replace(/[^\p{L}\p{N}\-._]/gu, (char) => {
    if (strategy === "Default") return "_";
    return `_U${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}_`;
  });
}

/** Keys without a name are left out; others must be keys of a Secret. @throws ProblemError InvalidRemoteValue */
export function checkKeys(entries: Entries): Entries {
  const checked: Entries = new Map();
  for (const [key, value] of entries) {
    if (key === "") continue;
    const bytes = Buffer.byteLength(key);
    if (bytes > KEY_LENGTH_MAX)
      throw invalidKeys(`key has length ${bytes} but max is 253: (following is truncated): ${key.slice(0, 253)}`);
    const bad = /[^\p{L}\p{N}\-._]/u.exec(key)?.[0];
    if (bad !== undefined)
      throw invalidKeys(`key has invalid character ${bad}, only alphanumeric, '-', '.' and '_' are allowed: ${key}`);
    checked.set(key, value);
  }
  return checked;
}

function invalidKeys(why: string): Error {
  const tip = "invalid secret keys (TIP: use rewrite or conversionStrategy to change keys)";
  return problemError("InvalidRemoteValue", `${tip}: ${why}`);
}
