import { nodeText } from "../node/print.ts";
import { problemError } from "@fairlead/base";
import { isNull, rawText } from "../node/ops.ts";
import type { KNode, SequenceNode } from "../node/types.ts";
import { isBlank } from "./directive.ts";

/** The first element that has these values; with the key "" a plain value. */
export function findElement(
  list: SequenceNode | undefined,
  keys: readonly string[],
  values: readonly string[],
): KNode | undefined {
  if (!list) return undefined;
  if ((keys[0] ?? "") === "") return list.items.find((item) => rawText(item) === (values[0] ?? ""));
  return list.items.find(
    (item) =>
      item.kind === "mapping" &&
      keys.every((key, index) => {
        const field = item.fields.get(key);
        return field !== undefined && rawText(field) === values[index];
      }),
  );
}

/**
 * Replaces the elements that match by another, or takes them away when there is none; one that matches nothing is added at the
 * end. kyaml's ElementSetter with its corners: blank elements go, an empty value matches any, and without values nothing is kept.
 */
export function setElement(
  list: SequenceNode,
  element: KNode | undefined,
  keys: readonly string[],
  values: readonly string[],
): void {
  const kept: KNode[] = [];
  const isByMapping = (keys[0] ?? "") !== "" && (values[0] ?? "") !== "";
  let found = false;
  for (const item of list.items) {
    if (isBlank(item)) continue;
    if (item.kind !== "mapping" && isByMapping) {
      kept.push(item);
    } else if (!matches(item, keys, values)) {
      if (values.length > 0) kept.push(item);
    } else {
      found = true;
      if (element) kept.push(element);
    }
  }
  if (element && !isNull(element) && !found) kept.push(element);
  list.items = kept;
}

function matches(item: KNode, keys: readonly string[], values: readonly string[]): boolean {
  for (const [index, key] of keys.entries()) {
    const value = values[index];
    // Keys beyond the values go by the last key that was looked at; without any value nothing was.
    if (value === undefined) {
      if (index === 0) return false;
      continue;
    }
    if (!fieldMatches(item, key, value)) return false;
  }
  return true;
}

function fieldMatches(item: KNode, key: string, value: string): boolean {
  if (key === "") {
    if (item.kind !== "scalar") throw wrongKind("ScalarNode", item);
    return rawText(item) === value;
  }
  if (item.kind !== "mapping") throw wrongKind("MappingNode", item);
  const field = item.fields.get(key);
  return field !== undefined && (value === "" || rawText(field) === value);
}

const KIND_NAMES = { scalar: "ScalarNode", mapping: "MappingNode", sequence: "SequenceNode" } as const;

/** What kyaml says when a patch and its target disagree on what a field is. */
export function wrongKind(expected: (typeof KIND_NAMES)[keyof typeof KIND_NAMES], found: KNode): Error {
  const message = `wrong node kind: expected ${expected} but got ${KIND_NAMES[found.kind]}`;
  return problemError("KustomizePatch", `${message}: node contents:\n${nodeText(found)}`, {
    hint: "the patch and the resource disagree on whether this field is a mapping, a list or a plain value",
  });
}
