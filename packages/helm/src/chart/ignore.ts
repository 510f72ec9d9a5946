import { problemError, RecentMap } from "@fairlead/base";
import { HELM_LIMITS } from "../limits.ts";
import { compilePathMatch } from "./path-match.ts";

interface Rule {
  readonly isNegated: boolean;
  readonly mustBeDirectory: boolean;
  readonly matches: (path: string) => boolean;
}

/** Hidden files below templates/ are never templates, whatever .helmignore says. */
const DEFAULT_RULES = "templates/.?*";

/**
 * Reads .helmignore (facts/render.md §3): one pattern a line, `#` comments, `!` turns a rule round, a trailing `/` means directories
 * only, a pattern with `/` is for the whole path and any other for the last part. `**` is refused, as Helm refuses it.
 * @throws ProblemError ChartInvalid with the line
 */
export function parseIgnore(text: string, file: string): (path: string, isDirectory: boolean) => boolean {
  const rules = known.get(text) ?? parseRules(text, file);
  return (path, isDirectory) => isIgnored(rules, path, isDirectory);
}

/** Charts are loaded again for every render, and many have the same file. */
const known = new RecentMap<string, readonly Rule[]>(HELM_LIMITS.ignoreCharsKept);

function parseRules(text: string, file: string): readonly Rule[] {
  const rules = `${text}\n${DEFAULT_RULES}`
    .split("\n")
    .flatMap((line, index) => parseRule(line, file, index + 1) ?? []);
  known.set(text, rules, text.length);
  return rules;
}

function parseRule(line: string, file: string, number: number): Rule | undefined {
  let pattern = line.trim();
  if (pattern === "" || pattern.startsWith("#")) return undefined;
  const fault = (message: string): Error => problemError("ChartInvalid", message, { file, line: number });
  if (pattern.includes("**")) throw fault("double-star (**) syntax is not supported");
  const isNegated = pattern.startsWith("!");
  if (isNegated) pattern = pattern.slice(1);
  const mustBeDirectory = pattern.endsWith("/");
  if (mustBeDirectory) pattern = pattern.slice(0, -1);
  const isAnchored = pattern.startsWith("/");
  const match = compilePathMatch(isAnchored ? pattern.slice(1) : pattern);
  if (!match) throw fault("syntax error in pattern");
  const isWholePath = isAnchored || pattern.includes("/");
  const matches = isWholePath ? match : (path: string) => match(path.slice(path.lastIndexOf("/") + 1));
  return { isNegated, mustBeDirectory, matches };
}

/** The first rule that decides wins; a negated one decides by not matching. */
function isIgnored(rules: readonly Rule[], path: string, isDirectory: boolean): boolean {
  for (const rule of rules) {
    if (rule.isNegated) {
      if (rule.mustBeDirectory && !isDirectory) return true;
      if (!rule.matches(path)) return true;
      continue;
    }
    if (rule.mustBeDirectory && !isDirectory) continue;
    if (rule.matches(path)) return true;
  }
  return false;
}
