/** Addresses within a document, as `["key"][0]`, and what stands there. */
import { problemError } from "@fairlead/base";
import { Branch, Comment, type Entry, type TreeElement, type TreeValue } from "./tree.ts";

/** Keys and indexes from the root. */
export type TreePath = readonly (string | number)[];

/** @throws ProblemError InvalidSopsPath */
export function parseTreePath(text: string): TreePath {
  return text
    .split("[")
    .filter((part) => part !== "")
    .map((part) => {
      if (!part.endsWith("]")) throw badPath(`component ${part} doesn't end with ]`);
      const inner = part.slice(0, -1);
      const quote = inner.charAt(0);
      if (quote !== '"' && quote !== "'") {
        if (/^[+-]?\d+$/.test(inner)) return Number(inner);
        throw badPath(`component ${part} is neither a key in quotes nor an index`);
      }
      if (inner.length < 2 || !inner.endsWith(quote)) throw badPath(`component ${part} has no closing quote`);
      return inner.slice(1, -1);
    });
}

function badPath(message: string): Error {
  return problemError("InvalidSopsPath", message, { hint: `'["key"][0]'` });
}

/** @throws ProblemError NotAtPath */
export function valueAt(branch: Branch, path: TreePath): TreeValue {
  let value: TreeValue = branch;
  for (const step of path) {
    const next: TreeValue | undefined =
      typeof step === "string" ? (value instanceof Branch ? value.get(step) : undefined) : valuesOf(value)[step];
    if (next === undefined) throw problemError("NotAtPath", `component ${whyNothing(step, value)}`);
    value = next;
  }
  return value;
}

function whyNothing(step: string | number, value: TreeValue): string {
  if (typeof step === "string") return `['${step}'] not found`;
  return Array.isArray(value)
    ? `[${step}] accesses out of bounds`
    : `[${step}] is integer, but tree part is not a slice`;
}

/** Comments between elements count, as sops counts; none of them is a value. */
function valuesOf(value: TreeValue): (TreeValue | undefined)[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly TreeElement[]).map((element) => (element instanceof Comment ? undefined : element));
}

/** What is missing on the way is made; an index past the end adds an element. */
export function withValueAt(value: TreeValue, path: TreePath, to: TreeValue): TreeValue {
  const [step, ...rest] = path;
  if (step === undefined) return to;
  if (typeof step === "string") {
    if (Array.isArray(value)) throw badPath(`component ["${step}"] is a key, and a list has none`);
    const branch = value instanceof Branch ? value : new Branch([]);
    const before = branch.get(step) ?? null;
    return replaceEntry(branch, step, withValueAt(before, rest, to));
  }
  // An index has no place in a mapping, which stays as it is.
  if (value instanceof Branch) return value;
  const list = Array.isArray(value) ? (value as readonly TreeElement[]) : [];
  if (step < 0 && list.length > 0) throw badPath(`component [${step}] is no index`);
  const index = elementAt(list, step);
  const found = list[index];
  const before = found === undefined || found instanceof Comment ? null : found;
  const element = withValueAt(before, rest, to);
  return index < 0 ? [...list, element] : list.with(index, element);
}

function replaceEntry(branch: Branch, key: string, value: TreeValue): Branch {
  const isIt = (item: Entry | Comment): boolean => !(item instanceof Comment) && item.key === key;
  if (!branch.items.some(isIt)) return new Branch([...branch.items, { key, value }]);
  return new Branch(branch.items.map((item) => (isIt(item) ? { key, value } : item)));
}

/** @throws ProblemError NotAtPath: nothing is there */
export function withoutValueAt(value: TreeValue, path: TreePath): TreeValue {
  const [step, ...rest] = path;
  // Below a single value nothing can be, which is another fault than that it is not there.
  if (!(value instanceof Branch) && !Array.isArray(value)) throw badPath(`Unsupported type for item '${step ?? ""}'`);
  if (typeof step === "string") {
    if (!(value instanceof Branch)) throw badPath(`component ["${step}"] is a key, and a list has none`);
    if (value.get(step) === undefined) throw problemError("NotAtPath", `Key not found: ${step}`);
    return rest.length === 0
      ? value.without(step)
      : replaceEntry(value, step, withoutValueAt(value.get(step) ?? null, rest));
  }
  const list = Array.isArray(value) ? (value as readonly TreeElement[]) : [];
  const index = step === undefined ? -1 : elementAt(list, step);
  if (index < 0) throw problemError("NotAtPath", `Index ${step ?? ""} out of bounds`);
  if (rest.length === 0) return list.toSpliced(index, 1);
  const inner = list[index];
  return list.with(index, withoutValueAt(inner === undefined || inner instanceof Comment ? null : inner, rest));
}

/** -1 past the end. */
function elementAt(list: readonly TreeElement[], index: number): number {
  return index >= 0 && index < list.length ? index : -1;
}
