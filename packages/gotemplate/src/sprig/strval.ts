import { sprintf } from "../fmt/printf.ts";
import type { Spend } from "../fmt/printer.ts";
import { isListLike, listItems, typeOf } from "../values/reflect.ts";
import { fromBytes } from "../values/text.ts";
import { STRING_SLICE } from "../values/types.ts";
import { GoBytes, GoSlice, GoValue } from "../values/values.ts";

/** sprig's strval: text as it is, bytes as text, errors and Stringers by their text, the rest by %v. */
export function strval(value: unknown, spend: Spend): string {
  if (typeof value === "string") return value;
  if (value instanceof GoBytes) return fromBytes(value.bytes);
  if (value instanceof GoValue && value.type.text !== undefined) return value.type.text(value);
  return sprintf("%v", [value], spend);
}

/** sprig's strslice: the items as text, nil ones left out; a single value is a list of one, nil an empty one. */
export function strslice(value: unknown, spend: Spend): string[] {
  if (value == null) return [];
  if (!isListLike(value)) return [strval(value, spend)];
  const items = listItems(value);
  if (typeOf(value)?.name === STRING_SLICE.name) return [...(items as string[])];
  return items.filter((item) => item != null).map((item) => strval(item, spend));
}

/** A []string. */
export function strings(items: string[] | null): GoSlice {
  return new GoSlice(STRING_SLICE, items);
}
