import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { atomOf, type ListAtom } from "./atom.ts";
import { keyElement, valueElement, type PathElement } from "./path-element.ts";

/** The step that names an item of an associative list, or why it has none. Texts are those of structured-merge-diff. */
export function itemElement(list: ListAtom, item: Json): { element: PathElement } | { fault: string } {
  return list.keys.length > 0 ? keyedElement(list, item) : setElement(item);
}

function keyedElement(list: ListAtom, item: Json): { element: PathElement } | { fault: string } {
  if (item === null) return { fault: "associative list with keys may not have a null element" };
  if (!isJsonObject(item)) return { fault: "associative list with keys may not have non-map elements" };
  const keys: JsonObject = {};
  let found = 0;
  for (const name of list.keys) {
    // A key the item leaves out counts with its default: `protocol: TCP` of a port.
    const value = Object.hasOwn(item, name) ? item[name] : atomOf(list.element).map?.fields[name]?.default;
    if (value === undefined) continue;
    setOwn(keys, name, value);
    found++;
  }
  if (found > 0) return { element: keyElement(keys) };
  const names = `[${list.keys.map((key) => JSON.stringify(key)).join(" ")}]`;
  return {
    fault: `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`,
  };
}

function setElement(item: Json): { element: PathElement } | { fault: string } {
  if (Array.isArray(item)) return { fault: "not supported: associative list with lists as elements" };
  if (isJsonObject(item)) return { fault: "associative list without keys has an element that's a map type" };
  if (item === null) return { fault: "associative list without keys has an element that's an explicit null" };
  return { element: valueElement(item) };
}

/** Steps of all items in order; items without one are left out (validation refuses them before). */
export function itemElements(list: ListAtom, items: readonly Json[]): PathElement[] {
  const elements: PathElement[] = [];
  for (const item of items) {
    const found = itemElement(list, item);
    elements.push("element" in found ? found.element : "");
  }
  return elements;
}
