import { isJsonObject, type Problem } from "@fairlead/base";

/** A check that users wrote: for which kinds, and how. */
export interface LuaCheck {
  /** `group/Kind`, or `Kind` for the core group; `*` stands for any characters. */
  readonly pattern: string;
  readonly script: string;
}

export interface LuaSettings {
  readonly checks: readonly LuaCheck[];
  readonly problems: readonly Problem[];
}

const HEALTH_KEY = "resource.customizations.health.";
const WHOLE_KEY = "resource.customizations";
/** Of one script; Argo CD's longest is a tenth of it. */
const SCRIPT_CHARS_MAX = 256 * 1024;

/**
 * Health checks in the data of an argocd-cm: `resource.customizations.health.<group>_<Kind>`, and the older map under
 * `resource.customizations`, for which a reader of YAML is handed in. Keys that name no kind are problems.
 */
export function luaSettings(data: Readonly<Record<string, string>>, readYaml: (text: string) => unknown): LuaSettings {
  const checks: LuaCheck[] = [];
  const problems: Problem[] = [];
  const add = (key: string, pattern: string | undefined, script: unknown): void => {
    if (pattern === undefined) problems.push(invalid(key, "names no kind", "write it as <group>_<Kind>"));
    else if (typeof script !== "string" || script.length > SCRIPT_CHARS_MAX) {
      problems.push(invalid(key, `is no script of at most ${SCRIPT_CHARS_MAX} characters`));
    } else checks.push({ pattern, script });
  };
  for (const [key, script] of Object.entries(data)) {
    if (key.startsWith(HEALTH_KEY)) add(key, patternOf(key.slice(HEALTH_KEY.length)), script);
  }
  const whole = data[WHOLE_KEY];
  if (whole !== undefined) {
    for (const [pattern, settings] of wholeEntries(whole, readYaml, problems)) {
      const script = isJsonObject(settings) ? settings["health.lua"] : undefined;
      if (script !== undefined && script !== "") add(`${WHOLE_KEY} ${pattern}`, pattern, script);
    }
  }
  return { checks, problems };
}

/** The check for a kind: one that names it exactly before one that matches it. */
export function checkFor(checks: readonly LuaCheck[], group: string, kind: string): LuaCheck | undefined {
  const key = group === "" ? kind : `${group}/${kind}`;
  return (
    checks.find(({ pattern }) => pattern === key) ??
    checks.find(({ pattern }) => pattern.includes("*") && globToRegExp(pattern).test(key))
  );
}

/** `apps_Deployment` → `apps/Deployment`; one part is a kind of the core group. */
function patternOf(groupKind: string): string | undefined {
  const parts = groupKind.split("_");
  if (parts.length > 2 || parts.some((part) => part === "")) return undefined;
  return parts.join("/");
}

function wholeEntries(
  text: string,
  readYaml: (text: string) => unknown,
  problems: Problem[],
): Array<[pattern: string, settings: unknown]> {
  try {
    const read = readYaml(text);
    if (isJsonObject(read)) return Object.entries(read);
    problems.push(invalid(WHOLE_KEY, "is not a map of kinds"));
  } catch (error) {
    problems.push(invalid(WHOLE_KEY, error instanceof Error ? error.message : String(error)));
  }
  return [];
}

function globToRegExp(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

function invalid(key: string, why: string, hint?: string): Problem {
  return { code: "InvalidHealthCheck", message: `${key} ${why}`, ...(hint === undefined ? {} : { hint }) };
}
