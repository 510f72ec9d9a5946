import { GoError } from "../errors.ts";
import { kindOf } from "../values/reflect.ts";
import { byteLength, byteSlice } from "../values/text.ts";

/** What Go's runtime says when a program reads through nil; sprig does so for nil where it wants a list. */
function nilDereference(): GoError {
  return new GoError("runtime error: invalid memory address or nil pointer dereference");
}

/** Go's s[start:end], with what its runtime says about bounds that do not fit. */
export function sliceText(text: string, start: number, end?: number): string {
  const length = byteLength(text);
  if (end !== undefined) {
    if (end < 0) throw boundsError(`[:${end}]`);
    if (end > length) throw boundsError(`[:${end}] with length ${length}`);
  }
  if (start < 0) throw boundsError(`[${start}:]`);
  if (start > (end ?? length)) throw boundsError(`[${start}:${end ?? length}]`);
  return byteSlice(text, start, end);
}

function boundsError(bounds: string): GoError {
  return new GoError(`runtime error: slice bounds out of range ${bounds}`);
}

/** A failed type assertion. */
export function notOfType(name: string, wanted: string): GoError {
  return new GoError(`interface conversion: interface {} is ${name === "<nil>" ? "nil" : name}, not ${wanted}`);
}

/** The kind of a value for sprig's messages; nil has none, and asking is a fault in Go. */
export function kindName(value: unknown): string {
  if (value == null) throw nilDereference();
  return kindOf(value);
}
