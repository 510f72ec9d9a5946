import type { Environment } from "@marcbachmann/cel-js";
import { Duration } from "@marcbachmann/cel-js/evaluator";
import { compilePattern } from "../pattern.ts";
import { spendOnCharacters, spendOnText } from "./meter.ts";

const REPLACEMENTS_MAX = 100_000;

/** The string functions rules may use beyond the language's own; positions count code points. */
export function registerTextFunctions(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void =>
    void environment.registerFunction(signature, handler as (...args: unknown[]) => unknown);
  add("string.replace(string, string): string", (text: string, from: string, to: string) =>
    replaceText(text, from, to, -1n),
  );
  add("string.replace(string, string, int): string", replaceText);
  add("string.charAt(int): string", charAt);
  add("string.reverse(): string", (text: string) => Array.from(text).reverse().join(""));
  add("string.find(string): string", (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? "");
  add("string.findAll(string): list<string>", (text: string, pattern: string) => findAll(text, pattern, -1n));
  add("string.findAll(string, int): list<string>", findAll);
  add("string.re2Matches(string): bool", re2Matches);
  add("re2Matches(string, string): bool", re2Matches);
  add("string.format(list): string", formatText);
  environment.registerType("Strings", Strings);
  environment.registerConstant("strings", "Strings", new Strings());
  add("Strings.quote(string): string", (_strings: Strings, text: string) => JSON.stringify(text));
}

class Strings {}

function replaceText(text: string, from: string, to: string, limit: bigint): string {
  spendOnText(text);
  const max = limit < 0n ? REPLACEMENTS_MAX : Number(limit);
  const parts = text.split(from);
  spendOnCharacters(Math.min(parts.length - 1, max) * to.length);
  const head = parts.slice(0, max + 1).join(to);
  const rest = parts.slice(max + 1);
  return rest.length === 0 ? head : [head, ...rest].join(from);
}

function charAt(text: string, index: bigint): string {
  const characters = Array.from(text);
  if (index < 0n || Number(index) > characters.length) throw new Error(`index out of range: ${index}`);
  return characters[Number(index)] ?? "";
}

function expression(pattern: string): Exclude<ReturnType<typeof compilePattern>, string> {
  const compiled = compilePattern(pattern);
  if (typeof compiled === "string") throw new Error(`error parsing regexp: ${compiled}`);
  return compiled;
}

function re2Matches(text: string, pattern: string): boolean {
  spendOnText(text);
  return expression(pattern).matcher(text).find();
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  spendOnText(text);
  const matcher = expression(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || found.length < Number(limit)) && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

/** `%s`, `%d`, `%f`, `%e`, `%x`, `%X`, `%o`, `%b`, `%%`, with a precision, as CEL's strings extension has them. */
function formatText(template: string, args: readonly unknown[]): string {
  spendOnText(template);
  let next = 0;
  return template.replace(/%(\.\d+)?([sdfexXob%])/g, (_match, precision: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    if (next >= args.length) throw new Error(`index ${next} out of range`);
    return formatOne(verb, precision === undefined ? undefined : Number(precision.slice(1)), args[next++]);
  });
}

function formatOne(verb: string, precision: number | undefined, value: unknown): string {
  switch (verb) {
    case "d":
      return String(value);
    case "f":
      return Number(value).toFixed(precision ?? 6);
    case "e":
      return Number(value).toExponential(precision ?? 6);
    case "b":
      return typeof value === "boolean" ? String(Number(value)) : (value as bigint).toString(2);
    case "o":
      return (value as bigint).toString(8);
    case "x":
    case "X": {
      const hex =
        typeof value === "string" ? Buffer.from(value, "utf8").toString("hex") : (value as bigint).toString(16);
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    default:
      return showText(value);
  }
}

/** `%s` takes anything: lists in brackets, maps sorted. */
function showText(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Duration) return `${value.seconds}s`;
  if (Array.isArray(value)) return `[${value.map(showText).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${key}: ${showText(item)}`).join(", ")}}`;
}
