import { GoInt } from "@fairlead/gotemplate";
import { goType } from "./strvals.ts";
import { setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { Chart } from "../chart/types.ts";
import { cloneValues, isTable } from "./value.ts";

const GLOBAL = "global";

/**
 * `coalesce`: nulls delete and are gone at the end. `merge`: nulls stay, for values that will be coalesced later.
 * Helm 4 drops nulls of a chart's own defaults; Helm 3 kept them (facts/render.md §3).
 */
export interface CoalesceOptions {
  readonly mode: "coalesce" | "merge";
  readonly compat: "v3" | "v4";
  /** Told what did not fit, in Helm's words. */
  readonly warn: (message: string) => void;
}

/**
 * The values a chart and its dependencies see: the user's over the parent's over the chart's own, globals from the parent down.
 * @throws Error when the values for a subchart are not a map
 */
export function coalesceValues(chart: Chart, values: JsonObject, options: CoalesceOptions): JsonObject {
  return coalesceChart(chart, cloneValues(values), "", options);
}

function coalesceChart(chart: Chart, target: JsonObject, prefix: string, options: CoalesceOptions): JsonObject {
  const path = join(prefix, chart.metadata.name);
  layDefaults(chart, target, path, options);
  for (const sub of chart.dependencies) {
    const { name } = sub.metadata;
    const own = Object.hasOwn(target, name) ? target[name] : {};
    if (!isTable(own)) throw new Error(`type mismatch on ${name}: ${goBool(own)}`);
    passGlobals(own, target, path, options);
    setOwn(target, name, coalesceChart(sub, own, path, options));
  }
  return target;
}

/** Go prints a value that is no bool with %t like this. */
function goBool(value: Json | undefined): string {
  if (typeof value === "boolean") return String(value);
  if (value === null || value === undefined) return "%!t(<nil>)";
  if (Array.isArray(value)) return `[${value.map(goBool).join(" ")}]`;
  const shown =
    (value as unknown) instanceof GoInt ? String((value as unknown as GoInt).value) : String(value as string);
  return `%!t(${goType(value)}=${shown})`;
}

/** The chart's own values below the ones that are there. */
function layDefaults(chart: Chart, target: JsonObject, path: string, options: CoalesceOptions): void {
  const isMerge = options.mode === "merge";
  const dropsNulls = !isMerge && options.compat === "v4";
  for (const [key, value] of Object.entries(cloneValues(chart.values))) {
    if (value === undefined) continue;
    if (!Object.hasOwn(target, key)) {
      if (dropsNulls && value === null) continue;
      if (dropsNulls && isTable(value)) removeNulls(value);
      setOwn(target, key, value);
      continue;
    }
    const own = target[key];
    if (own === null && !isMerge) delete target[key];
    else if (isTable(own)) {
      if (!isTable(value)) {
        if (value !== null) options.warn(`warning: skipped value for ${path}.${key}: Not a table.`);
        continue;
      }
      // Nulls for a subchart must reach it: there they delete its defaults.
      const isSubchart = chart.dependencies.some((sub) => sub.metadata.name === key);
      const keepsNulls = isMerge || isSubchart;
      if (!keepsNulls && options.compat === "v4") removeNulls(value);
      mergeTables(own, value, { keepsNulls, compat: options.compat, path: join(path, key), warn: options.warn });
    }
  }
}

export interface MergeOptions {
  readonly keepsNulls: boolean;
  readonly compat: "v3" | "v4";
  readonly path: string;
  readonly warn: (message: string) => void;
}

/** Fills `target` with what only `source` has; what both have stays the target's. Both may be changed. */
export function mergeTables(target: JsonObject, source: JsonObject, options: MergeOptions): JsonObject {
  const hadValue = new Set(Object.keys(source).filter((key) => source[key] !== null));
  if (options.compat === "v4")
    for (const [key, value] of Object.entries(target)) if (value === null) setOwn(source, key, null);
  for (const [key, value] of Object.entries(source)) {
    if (value === undefined) continue;
    const path = join(options.path, key);
    const own = target[key];
    if (!Object.hasOwn(target, key)) setOwn(target, key, value);
    else if (own === null && !options.keepsNulls && (options.compat === "v3" || hadValue.has(key))) delete target[key];
    else if (isTable(value)) {
      if (isTable(own)) mergeTables(own, value, { ...options, path });
      else options.warn(`warning: cannot overwrite table with non table for ${path} (${goPrint(value)})`);
    } else if (isTable(own) && value !== null) {
      options.warn(`warning: destination for ${path} is a table. Ignoring non-table value (${goPrint(value)})`);
    }
  }
  return target;
}

/** A parent's globals into its child's; the parent's win, maps are merged. */
function passGlobals(child: JsonObject, parent: JsonObject, path: string, options: CoalesceOptions): void {
  const own = Object.hasOwn(child, GLOBAL) ? child[GLOBAL] : {};
  const given = Object.hasOwn(parent, GLOBAL) ? parent[GLOBAL] : {};
  if (!isTable(own)) return options.warn("warning: skipping globals because destination global is not a table.");
  if (!isTable(given)) return options.warn("warning: skipping globals because source global is not a table.");
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const mine = own[key];
    if (isTable(value)) {
      const copy = { ...value };
      if (!Object.hasOwn(own, key)) setOwn(own, key, copy);
      else if (!isTable(mine))
        options.warn(`Conflict: cannot merge map onto non-map for ${JSON.stringify(key)}. Skipping.`);
      else {
        mergeTables(copy, mine, {
          keepsNulls: true,
          compat: options.compat,
          path: join(path, key),
          warn: options.warn,
        });
        setOwn(own, key, copy);
      }
    } else if (isTable(mine)) options.warn(`key ${key} is table. Skipping`);
    else setOwn(own, key, value);
  }
  setOwn(child, GLOBAL, own);
}

function removeNulls(map: JsonObject): void {
  for (const [key, value] of Object.entries(map)) {
    if (value === null) delete map[key];
    else if (isTable(value)) removeNulls(value);
  }
}

function join(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}

/** Go's %v of plain values. */
function goPrint(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(goPrint).join(" ")}]`;
  if (isTable(value)) {
    const entries = Object.keys(value).sort();
    return `map[${entries.map((key) => `${key}:${goPrint(value[key] ?? null)}`).join(" ")}]`;
  }
  return value === null ? "<nil>" : String(value);
}
