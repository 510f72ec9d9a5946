import { setOwn } from "@fairlead/base";
import { GoError, LimitError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { elementType, integerValue, isListLike, isMapLike, kindOf, lengthOf, recordOf } from "../values/reflect.ts";
import { isAssignable } from "../values/types.ts";
import { GoPointer } from "../values/values.ts";

type Fields = Record<string, unknown>;

/**
 * mergo 1.0.1 on maps, as sprig's merge uses it: what is missing or empty in `target` is taken from `source`, maps are merged
 * in place. With `overwrites` the source wins, its empty values too; only a nil map or an empty map keeps what is there.
 * Values are shared with the source, not copied: changing one later changes both, as in Go.
 */
export function mergeInto(target: Fields, source: Readonly<Fields>, overwrites: boolean, depth = 0): void {
  if (depth > LIMITS.valueDepthMax) throw new LimitError(`value is nested deeper than ${LIMITS.valueDepthMax}`);
  if (target === source) return;
  for (const key of Object.keys(source)) {
    const theirs = source[key];
    if (theirs === undefined) continue;
    const own = Object.hasOwn(target, key) ? target[key] : undefined;
    if (theirs === null) {
      if (overwrites) setOwn<unknown>(target, key, null);
      continue;
    }
    if (isListLike(theirs) && overwrites) {
      setOwn<unknown>(target, key, theirs);
      continue;
    }
    if (isMapLike(theirs)) mergeMaps(own, theirs, overwrites, depth);
    if (!isMergoEmpty(own) && (isListLike(theirs) || (isMapLike(theirs) && isMapLike(own)))) continue;
    if (overwrites || own === undefined || isMergoEmpty(own)) setOwn<unknown>(target, key, theirs);
  }
}

function mergeMaps(own: unknown, theirs: unknown, overwrites: boolean, depth: number): void {
  const [to, from] = [recordOf(own), recordOf(theirs)];
  if (to === undefined || from === undefined || Object.isFrozen(to)) return;
  const [toElem, fromElem] = [elementType(own), elementType(theirs)];
  const takesNew = Object.keys(from).some((key) => overwrites || isMergoEmpty(to[key]));
  if (takesNew && !isAssignable(fromElem, toElem)) {
    throw new GoError(
      `reflect.Value.SetMapIndex: value of type ${fromElem.name} is not assignable to type ${toElem.name}`,
    );
  }
  mergeInto(to, from, overwrites, depth + 1);
}

function isMergoEmpty(value: unknown): boolean {
  if (value == null) return true;
  if (value instanceof GoPointer) return value.target === null || isMergoEmpty(value.target);
  const length = lengthOf(value);
  if (length !== undefined) return length === 0;
  if (typeof value === "boolean") return !value;
  const kind = kindOf(value);
  if (kind === "float32" || kind === "float64")
    return Number(typeof value === "object" ? (value as { value: number }).value : value) === 0;
  return integerValue(value) === 0;
}
