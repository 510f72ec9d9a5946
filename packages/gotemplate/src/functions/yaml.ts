import { errorText, GoError, isEngineLimit, LimitError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { decodeJson } from "../json/decode.ts";
import { isListLike, isMapLike } from "../values/reflect.ts";
import { toPlain } from "../values/plain.ts";
import { NIL_MAP, NIL_SLICE } from "../values/values.ts";
import type { YamlHooks } from "./hooks.ts";

type Target = "map[string]interface {}" | "[]interface {}";

function jsonName(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return isListLike(value) ? "array" : typeof value === "object" ? "object" : "number";
}

/** What json.Unmarshal leaves in a map or list that was empty before: nil for null. @throws GoError for another kind */
function into(value: unknown, target: Target): unknown {
  const isList = target === "[]interface {}";
  if (value == null) return isList ? NIL_SLICE : NIL_MAP;
  if (isList ? isListLike(value) : isMapLike(value)) return value;
  throw new GoError(`json: cannot unmarshal ${jsonName(value)} into Go value of type ${target}`);
}

/** json.Unmarshal into a map or list. @throws GoError */
export function jsonInto(text: string, target: Target): unknown {
  return into(decodeJson(text), target);
}

/** sigs.k8s.io/yaml.Unmarshal into a map or list: null leaves it empty, not nil, as JSON's would. @throws Error */
export function yamlInto(hooks: YamlHooks, text: string, target: Target): unknown {
  const value = hooks.decodeYaml(text);
  if (value == null) return target === "[]interface {}" ? [] : {};
  try {
    return into(value, target);
  } catch (error) {
    throw new GoError(`error unmarshaling JSON: while decoding JSON: ${errorText(error)}`);
  }
}

/** Runs a codec; an error of it becomes `instead`, a limit stays one. */
export function swallow<T>(attempt: () => T, instead: (message: string) => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof LimitError || isEngineLimit(error)) throw error;
    return instead(errorText(error));
  }
}

/** toYaml: the document without its final newline. @throws Error */
export function yamlOf(context: CallContext, encode: (value: unknown) => string, value: unknown): string {
  return withoutNewline(encode(toPlain(value, context.spend)));
}

function withoutNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
