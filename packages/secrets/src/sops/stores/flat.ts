/**
 * Metadata in formats without nesting: one entry a leaf, named by the way to it. `__map_` stands before a key, `__list_` before an
 * index: `age__list_0__map_recipient`.
 */
import { problemError, setOwn } from "@fairlead/base";
import { decimalOf } from "../value.ts";
import { Branch, Comment, Timestamp, type TreeElement, type TreeValue } from "../tree.ts";

/** Sorted by name. Lists and mappings without entries leave nothing. */
export function flatten(branch: Branch): [string, string][] {
  const flat: [string, string][] = [];
  for (const { key, value } of branch.entries()) flattenInto(flat, key, value);
  return flat.sort(([a], [b]) => (a < b ? -1 : 1));
}

function flattenInto(flat: [string, string][], name: string, value: TreeElement): void {
  if (value instanceof Branch) {
    for (const entry of value.entries()) flattenInto(flat, `${name}__map_${entry.key}`, entry.value);
  } else if (Array.isArray(value)) {
    for (const [index, element] of (value as readonly TreeElement[]).entries()) {
      flattenInto(flat, `${name}__list_${index}`, element);
    }
  } else flat.push([name, textOf(value)]);
}

/** A leaf as text; floats always show that they are one. */
export function textOf(value: TreeElement): string {
  if (value instanceof Comment) return value.text;
  // Here sops writes whole seconds.
  if (value instanceof Timestamp) return value.text.replace(/\.\d+/, "");
  if (typeof value === "number") return floatText(value);
  return value === null ? "<nil>" : String(value as string | bigint | boolean);
}

const EXPONENT_FROM = 6;
const EXPONENT_BELOW = -4;

/** As Go's 'G' format with the fewest digits: an exponent of at least two digits from 10^6 on and below 10^-4. */
function floatText(value: number): string {
  const [, mantissa = "", sign = "+", digits = ""] = /^(.*)e([+-])(\d+)$/.exec(value.toExponential()) ?? [];
  const exponent = Number(`${sign}${digits}`);
  if (mantissa !== "" && value !== 0 && (exponent < EXPONENT_BELOW || exponent >= EXPONENT_FROM))
    return `${mantissa}E${sign}${digits.padStart(2, "0")}`;
  const text = decimalOf(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

interface Level {
  [key: string]: Level | string;
}

const STEP = /__(map|list)_/;
/** Keys lie in groups, groups in the list of them, contexts in keys: no real file goes deeper. */
const DEPTH_MAX = 16;

/** The metadata from its flat entries. @throws ProblemError InvalidSopsFile */
export function unflatten(entries: readonly (readonly [string, string])[], file: string | undefined): Branch {
  const root: Level = {};
  for (const [name, text] of entries) {
    const parts = name.split(STEP);
    const steps = parts.filter((_, index) => index % 2 === 0);
    if (steps.length > DEPTH_MAX) throw misnamed(name, file);
    let level = root;
    for (const [index, step] of steps.slice(0, -1).entries()) {
      // What follows decides whether this is a list; its keys are remembered by a mark no key can have.
      const next = Object.hasOwn(level, step) ? level[step] : undefined;
      if (typeof next === "string") throw misnamed(name, file);
      const child: Level = next ?? {};
      if (next === undefined) setOwn(level, step, child);
      if (parts[index * 2 + 1] === "list") setOwn(child, LIST_MARK, "");
      level = child;
    }
    setOwn(level, steps.at(-1) ?? "", text);
  }
  return branchOf(root);
}

const LIST_MARK = "\0list";

function branchOf(level: Level): Branch {
  return new Branch(Object.entries(level).map(([key, value]) => ({ key, value: valueOf(value) })));
}

function valueOf(value: Level | string): TreeValue {
  if (typeof value === "string") return value;
  if (!Object.hasOwn(value, LIST_MARK)) return branchOf(value);
  const indexes = Object.keys(value).filter((key) => key !== LIST_MARK);
  return indexes.sort((a, b) => Number(a) - Number(b)).map((index) => valueOf(value[index] ?? ""));
}

function misnamed(name: string, file: string | undefined): Error {
  return problemError("InvalidSopsFile", `the metadata's ${JSON.stringify(name)} does not fit the others`, { file });
}
