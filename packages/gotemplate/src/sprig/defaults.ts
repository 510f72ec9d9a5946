import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { fn, P, variadic } from "../functions/define.ts";
import { decodeJson } from "../json/decode.ts";
import { encodeJson } from "../json/encode.ts";
import { deepEqual } from "../values/deep.ts";
import { kindOf, typeName } from "../values/reflect.ts";
import { ANY, BOOL, STRING, type FunctionSet } from "../values/types.ts";
import { isEmpty } from "./empty.ts";

/** JSON on one line, or `indent` spaces a level. */
function json(context: CallContext, value: unknown, escapesHtml: boolean, indent?: number): string {
  const options = { escapesHtml, spend: context.spend };
  return encodeJson(value, indent === undefined ? options : { ...options, indent });
}

/** The result, or `instead` where Go's library returns an error that sprig drops. */
function orElse<T>(instead: T, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof GoError) return instead;
    throw error;
  }
}

/** Defaults, truth, JSON and types of sprig. */
export const defaultFunctions: FunctionSet = {
  default: variadic([P.any], P.any, ANY, (_, instead, [given = null]) => (isEmpty(given) ? instead : given)),
  empty: fn([P.any], BOOL, (_, value) => isEmpty(value)),
  coalesce: variadic([], P.any, ANY, (_, values) => values.find((value) => !isEmpty(value)) ?? null),
  all: variadic([], P.any, BOOL, (_, values) => !values.some(isEmpty)),
  any: variadic([], P.any, BOOL, (_, values) => values.some((value) => !isEmpty(value))),
  ternary: fn([P.any, P.any, P.bool], ANY, (_, yes, no, truth) => (truth ? yes : no)),
  fail: fn([P.string], STRING, (_, message) => {
    throw new GoError(message);
  }),

  fromJson: fn([P.string], ANY, (_, text) => orElse<unknown>(null, () => decodeJson(text))),
  mustFromJson: fn([P.string], ANY, (_, text) => decodeJson(text)),
  toJson: fn([P.any], STRING, (context, value) => orElse("", () => json(context, value, true))),
  mustToJson: fn([P.any], STRING, (context, value) => json(context, value, true)),
  toPrettyJson: fn([P.any], STRING, (context, value) => orElse("", () => json(context, value, true, 2))),
  mustToPrettyJson: fn([P.any], STRING, (context, value) => json(context, value, true, 2)),
  toRawJson: fn([P.any], STRING, (context, value) => json(context, value, false)),
  mustToRawJson: fn([P.any], STRING, (context, value) => json(context, value, false)),

  typeOf: fn([P.any], STRING, (_, value) => typeName(value)),
  typeIs: fn([P.string, P.any], BOOL, (_, name, value) => name === typeName(value)),
  typeIsLike: fn([P.string, P.any], BOOL, (_, name, value) => {
    return name === typeName(value) || `*${name}` === typeName(value);
  }),
  kindOf: fn([P.any], STRING, (_, value) => kindOf(value)),
  kindIs: fn([P.string, P.any], BOOL, (_, name, value) => name === kindOf(value)),
  deepEqual: fn([P.any, P.any], BOOL, (context, a, b) => deepEqual(a, b, context.spend)),
};
