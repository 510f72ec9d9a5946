import { GoError } from "../errors.ts";
import { kindOf, typeName } from "../values/reflect.ts";
import { byteSlice } from "../values/text.ts";
import { ANY_MAP, ANY_SLICE, STRING, type FunctionSet } from "../values/types.ts";
import { toLower } from "../values/unicode.ts";
import { GoInt } from "../values/values.ts";
import { notOfType } from "../sprig/faults.ts";
import { fn, mergeFunctions, P, variadic } from "./define.ts";
import type { YamlHooks } from "./hooks.ts";
import { tpl } from "./include.ts";
import { sprigFunctions } from "./sprig.ts";
import { yamlInto, yamlOf } from "./yaml.ts";

const NAME_CHARS_MAX = 253;
const SLUG_CHARS = 50;

/**
 * What Argo CD's ApplicationSet offers where goTemplate is on: sprig, normalize, slugify, and YAML functions that end the
 * template on bad input. `tpl` is in Argo CD since 3.3.
 */
export function applicationSetFunctions(hooks: YamlHooks): FunctionSet {
  return mergeFunctions(sprigFunctions, {
    normalize: fn([P.string], STRING, (_, name) => sanitizeName(name)),
    slugify: variadic([], P.any, STRING, (_, args) => slugify(args)),
    toYaml: fn([P.any], STRING, (context, value) => yamlOf(context, hooks.encodeYaml, value)),
    fromYaml: fn([P.string], ANY_MAP, (_, text) => yamlInto(hooks, text, "map[string]interface {}")),
    fromYamlArray: fn([P.string], ANY_SLICE, (_, text) => yamlInto(hooks, text, "[]interface {}")),
    tpl: fn([P.string, P.any], STRING, tpl),
  });
}

/** A DNS name: lower case, nothing but letters, digits, dashes and points, at most 253 characters. */
function sanitizeName(name: string): string {
  const plain = toLower(name).replace(/[^-a-z0-9.]/gu, "-");
  return plain.slice(0, NAME_CHARS_MAX).replace(/^[-.]+|[-.]+$/g, "");
}

/** `slugify [LENGTH [SMART]] NAME`: at most so many characters, cut at a dash when smart. */
function slugify(args: readonly unknown[]): string {
  if (args.length === 0) return slug("", SLUG_CHARS, true);
  const name = args.at(-1);
  const options = args.slice(0, -1);
  const [length, smart] = options;
  if (length !== undefined && !(length instanceof GoInt && length.type.name === "int")) {
    throw notOfType(typeName(length), "int");
  }
  if (smart !== undefined && kindOf(smart) !== "bool") throw notOfType(typeName(smart), "bool");
  if (typeof name !== "string") throw notOfType(typeName(name), "string");
  return slug(sanitizeName(name), length === undefined ? SLUG_CHARS : Number(length.value), smart !== false);
}

function slug(name: string, max: number, isSmart: boolean): string {
  let text = name;
  if (!isSmart && text.length >= max) {
    if (max < 0) throw new GoError(`runtime error: slice bounds out of range [:${max}]`);
    text = byteSlice(text, 0, max);
  }
  text = text
    .replace(/[^a-zA-Z0-9\-_]/g, "-")
    .replace(/-+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "");
  if (max <= 0 || !isSmart || text.length <= max) return text;
  const dash = text.lastIndexOf("-", max);
  return text.slice(0, dash >= 0 ? dash : max);
}
