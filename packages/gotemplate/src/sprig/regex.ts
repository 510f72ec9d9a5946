import { ownText } from "@fairlead/base";
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { canBackquote, goQuote } from "../fmt/quote.ts";
import { fn, P } from "../functions/define.ts";
import { LIMITS } from "../limits.ts";
import { BOOL, STRING, STRING_SLICE, type FunctionSet } from "../values/types.ts";
import { strings } from "./strval.ts";

/** Compiled expressions, the latest last: charts use the same few over and over. */
const compiled = new Map<string, RE2JS>();

/** @throws GoError as regexp.Compile */
function compile(pattern: string): RE2JS {
  let regex = compiled.get(pattern);
  if (regex !== undefined) return regex;
  try {
    regex = RE2JS.compile(withUniqueNames(pattern));
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new GoError(syntaxFault(error));
    throw new GoError(error instanceof Error ? error.message : String(error));
  }
  if (compiled.size >= LIMITS.regexCacheMax) compiled.delete(compiled.keys().next().value ?? "");
  compiled.set(ownText(pattern), regex);
  return regex;
}

/** An RE2 expression as a test, in linear time. @throws GoError with Go's words */
export function compileRegex(pattern: string): (text: string) => boolean {
  const regex = compile(pattern);
  return (text) => regex.matcher(text).find();
}

/** Go lets groups share a name; the first that matched is meant. The engine does not, so later ones lose theirs. */
function withUniqueNames(pattern: string): string {
  if (!pattern.includes("(?P<") && !pattern.includes("(?<")) return pattern;
  const seen = new Set<string>();
  return pattern.replace(/\(\?P?<([A-Za-z0-9_]+)>/g, (opening, name: string) => {
    if (seen.has(name)) return "(";
    seen.add(name);
    return opening;
  });
}

function syntaxFault(error: RE2JSSyntaxException): string {
  return `error parsing regexp: ${error.getDescription()}: \`${error.getPattern() ?? ""}\``;
}

/** regexp.MustCompile panics with the pattern in its message. */
function mustCompile(pattern: string): RE2JS {
  try {
    return compile(pattern);
  } catch (error) {
    const shown = canBackquote(pattern) ? `\`${pattern}\`` : goQuote(pattern);
    throw new GoError(`regexp: Compile(${shown}): ${(error as Error).message}`);
  }
}

type Compile = (pattern: string) => RE2JS;

interface Found {
  readonly start: number;
  readonly end: number;
  /** Text of the groups, the whole match first; undefined where a group took no part. */
  readonly groups: readonly (string | undefined)[];
}

/** All matches, at most `count` (all below zero), as Go finds them: no empty match right after another match. */
function findAll(context: CallContext, regex: RE2JS, text: string, count: number): Found[] {
  context.spend(text.length);
  const found: Found[] = [];
  const matcher = regex.matcher(text);
  let at = 0;
  let previousEnd = -1;
  while ((count < 0 || found.length < count) && at <= text.length && matcher.find(at)) {
    const [start, end] = [matcher.start(), matcher.end()];
    const isEmptyAfterMatch = start === end && start === previousEnd;
    if (!isEmptyAfterMatch) {
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined);
      found.push({ start, end, groups });
      context.spend(1);
    }
    previousEnd = end;
    at = end > at ? end : at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  }
  return found;
}

function replaceAll(context: CallContext, regex: RE2JS, text: string, replacement: (found: Found) => string): string {
  let replaced = "";
  let at = 0;
  for (const found of findAll(context, regex, text, -1)) {
    replaced += text.slice(at, found.start) + replacement(found);
    at = found.end;
    context.reserve(replaced.length);
  }
  return replaced + text.slice(at);
}

/** Regexp.Expand: $1, ${1}, $name, ${name}, $$; what names no group is nothing. */
function expand(template: string, found: Found, names: ReadonlyMap<string, number>): string {
  return template.replace(
    /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (whole, braced?: string, bare?: string) => {
      if (whole === "$$") return "$";
      const name = braced ?? bare ?? "";
      const group = /^[0-9]+$/.test(name) && (name === "0" || !name.startsWith("0")) ? Number(name) : names.get(name);
      return group === undefined ? "" : (found.groups[group] ?? "");
    },
  );
}

function groupNames(regex: RE2JS): ReadonlyMap<string, number> {
  return new Map(Object.entries(regex.namedGroups()));
}

/** Regexp.Split. */
function split(context: CallContext, regex: RE2JS, pattern: string, text: string, count: number): string[] | null {
  if (count === 0) return null;
  if (pattern !== "" && text === "") return [""];
  const parts: string[] = [];
  let from = 0;
  let to = 0;
  for (const { start, end } of findAll(context, regex, text, count)) {
    if (count > 0 && parts.length === count - 1) break;
    to = start;
    if (end !== 0) parts.push(text.slice(from, to));
    from = end;
  }
  if (to !== text.length) parts.push(text.slice(from));
  return parts;
}

function matches(context: CallContext, regex: RE2JS, text: string): boolean {
  context.spend(text.length);
  return regex.matcher(text).find();
}

function find(context: CallContext, regex: RE2JS, text: string): string {
  return findAll(context, regex, text, 1)[0]?.groups[0] ?? "";
}

function family(prefix: "regex" | "mustRegex", compileBy: Compile): FunctionSet {
  return {
    [`${prefix}Find`]: fn([P.string, P.string], STRING, (context, pattern, text) => {
      return find(context, compileBy(pattern), text);
    }),
    [`${prefix}FindAll`]: fn([P.string, P.string, P.int], STRING_SLICE, (context, pattern, text, count) => {
      const found = findAll(context, compileBy(pattern), text, count < 0 ? text.length + 1 : count);
      return strings(found.length === 0 ? null : found.map(({ groups }) => groups[0] ?? ""));
    }),
    [`${prefix}ReplaceAll`]: fn([P.string, P.string, P.string], STRING, (context, pattern, text, template) => {
      const regex = compileBy(pattern);
      if (!template.includes("$")) return replaceAll(context, regex, text, () => template);
      const names = groupNames(regex);
      return replaceAll(context, regex, text, (found) => expand(template, found, names));
    }),
    [`${prefix}ReplaceAllLiteral`]: fn([P.string, P.string, P.string], STRING, (context, pattern, text, literal) => {
      return replaceAll(context, compileBy(pattern), text, () => literal);
    }),
    [`${prefix}Split`]: fn([P.string, P.string, P.int], STRING_SLICE, (context, pattern, text, count) => {
      return strings(split(context, compileBy(pattern), pattern, text, count));
    }),
  };
}

/** Regular expressions of sprig, in RE2's syntax and linear time. */
export const regexFunctions: FunctionSet = {
  ...family("regex", mustCompile),
  ...family("mustRegex", compile),
  regexMatch: fn([P.string, P.string], BOOL, (context, pattern, text) => {
    // An expression that is none matches nothing: sprig drops the error here.
    try {
      return matches(context, compile(pattern), text);
    } catch (error) {
      if (error instanceof GoError) return false;
      throw error;
    }
  }),
  mustRegexMatch: fn([P.string, P.string], BOOL, (context, pattern, text) => matches(context, compile(pattern), text)),
  regexQuoteMeta: fn([P.string], STRING, (_, text) => text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")),
};
