import { jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { quoted, wordAssertion } from "./assertions.ts";

/** One violation, or a group of them: `text` stands behind its place in the values. */
export interface Violation {
  readonly at: string;
  readonly text: string;
  readonly causes: readonly Violation[];
  /** A reference, a level of its own only where more than one thing is wrong behind it. */
  readonly isReference?: boolean;
}

/** A schema that refers to itself without end tells nothing below this. */
const DEPTH_MAX = 128;
const GROUP = "validation failed";

interface Walk {
  readonly root: JsonObject;
  /** The number in the draft's name; 2020 for the latest. */
  readonly draft: number;
  readonly depth: number;
}

/**
 * What is wrong with values, in the words and the nesting of the library that Helm uses. It knows the keywords that charts use; validity
 * itself is another library's business. Properties in name order, where Helm's order is by chance.
 */
export function explainViolations(root: JsonObject, value: Json, draft: number): Violation[] {
  return violationsOf(root, value, "", { root, draft, depth: 0 });
}

/** As lines, each with its dash. */
export function violationLines(violations: readonly Violation[], indent = ""): string[] {
  return violations.flatMap((violation) => {
    const [only, ...others] = violation.causes;
    if (violation.isReference && only && others.length === 0) return violationLines([only], indent);
    return [
      `${indent}- at ${quoted(violation.at)}: ${violation.text}`,
      ...violationLines(violation.causes, `${indent}  `),
    ];
  });
}

/** The faults of one schema, several of them as a group. */
function faultOf(schema: Json | undefined, value: Json, at: string, walk: Walk): Violation[] {
  const found = violationsOf(schema, value, at, walk);
  return found.length > 1 ? [{ at, text: GROUP, causes: found }] : found;
}

function violationsOf(schema: Json | undefined, value: Json, at: string, outer: Walk): Violation[] {
  if (schema === false) return [{ at, text: "false schema", causes: [] }];
  if (!isMap(schema) || outer.depth > DEPTH_MAX) return [];
  const walk = { ...outer, depth: outer.depth + 1 };
  const leaf = (text: string): Violation => ({ at, text, causes: [] });
  const [first] = wordAssertion(schema, value, "whole", walk.draft);
  if (first !== undefined) return [leaf(first)];
  const found: Violation[] = [];
  const { $ref } = schema;
  if (typeof $ref === "string") {
    const behind = violationsOf(resolve($ref, walk.root), value, at, walk);
    const reference = behind.length > 0 ? [{ at, text: GROUP, causes: behind, isReference: true }] : [];
    if (walk.draft < 2019) return reference;
    found.push(...reference);
  }
  found.push(...wordAssertion(schema, value, "size", walk.draft).map(leaf));
  if (isMap(value)) found.push(...ofProperties(schema, value, at, walk));
  if (Array.isArray(value)) found.push(...ofItems(schema, value, at, walk));
  found.push(...wordAssertion(schema, value, "late", walk.draft).map(leaf));
  return [...found, ...ofConditions(schema, value, at, walk)];
}

function ofProperties(schema: JsonObject, value: JsonObject, at: string, walk: Walk): Violation[] {
  const { properties, patternProperties, additionalProperties, dependencies, dependentSchemas } = schema;
  const found: Violation[] = [];
  const additional: string[] = [];
  for (const [name, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const inner = `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const schemas: Json[] = [];
    if (isMap(properties) && Object.hasOwn(properties, name)) schemas.push(properties[name] as Json);
    if (isMap(patternProperties)) {
      for (const [pattern, own] of Object.entries(patternProperties))
        if (new RegExp(pattern, "u").test(name)) schemas.push(own as Json);
    }
    if (schemas.length === 0 && additionalProperties === false) additional.push(name);
    else if (schemas.length === 0 && additionalProperties !== undefined) schemas.push(additionalProperties);
    found.push(...schemas.flatMap((own) => faultOf(own, item as Json, inner, walk)));
  }
  if (additional.length > 0) {
    const text = `additional properties ${additional.map(quoted).join(", ")} not allowed`;
    found.push({ at, text, causes: [] });
  }
  for (const [name, own] of [dependencies, dependentSchemas].flatMap((map) =>
    isMap(map) ? Object.entries(map) : [],
  )) {
    if (Object.hasOwn(value, name) && !Array.isArray(own)) found.push(...faultOf(own, value, at, walk));
  }
  return found;
}

function ofItems(schema: JsonObject, value: readonly Json[], at: string, walk: Walk): Violation[] {
  const { items, prefixItems, additionalItems, contains } = schema;
  const first = walk.draft < 2020 ? items : prefixItems;
  const positions = Array.isArray(first) ? first : [];
  const rest = walk.draft < 2020 && Array.isArray(items) ? additionalItems : Array.isArray(items) ? undefined : items;
  const found: Violation[] = [];
  if (walk.draft < 2020 && rest === false && value.length > positions.length) {
    const text = `last ${value.length - positions.length} additionalItem(s) not allowed`;
    found.push({ at, text, causes: [] });
  }
  for (const [index, item] of value.entries()) {
    const own = index < positions.length ? positions[index] : rest;
    if (walk.draft < 2020 && own === false && index >= positions.length) continue;
    found.push(...faultOf(own, item, `${at}/${index}`, walk));
  }
  if (contains !== undefined) {
    const causes = value.map((item, index) => faultOf(contains, item, `${at}/${index}`, walk));
    if (causes.every((each) => each.length > 0))
      found.push({ at, text: "no items match contains schema", causes: causes.flat() });
  }
  return found;
}

function ofConditions(schema: JsonObject, value: Json, at: string, walk: Walk): Violation[] {
  const { not, allOf, anyOf, oneOf } = schema;
  const found: Violation[] = [];
  const each = (schemas: readonly Json[]): Violation[][] => schemas.map((own) => faultOf(own, value, at, walk));
  if (not !== undefined && faultOf(not, value, at, walk).length === 0)
    found.push({ at, text: "'not' failed", causes: [] });
  if (Array.isArray(allOf)) {
    const causes = each(allOf).flat();
    if (causes.length > 0) found.push({ at, text: "'allOf' failed", causes });
  }
  if (Array.isArray(anyOf)) {
    const causes = each(anyOf);
    if (causes.every((own) => own.length > 0)) found.push({ at, text: "'anyOf' failed", causes: causes.flat() });
  }
  if (Array.isArray(oneOf)) {
    const causes = each(oneOf);
    const [one, two] = causes.flatMap((own, index) => (own.length === 0 ? [index] : []));
    if (one === undefined) found.push({ at, text: "'oneOf' failed, none matched", causes: causes.flat() });
    else if (two !== undefined)
      found.push({ at, text: `'oneOf' failed, subschemas ${one}, ${two} matched`, causes: [] });
  }
  if (schema["if"] !== undefined) {
    const branch = faultOf(schema["if"], value, at, walk).length === 0 ? schema["then"] : schema["else"];
    found.push(...faultOf(branch, value, at, walk));
  }
  return found;
}

/** A pointer into the schema itself, or an `$id`, `id` or anchor of a definition. */
function resolve(reference: string, root: JsonObject): Json | undefined {
  if (reference === "#") return root;
  if (reference.startsWith("#/")) {
    let current: Json | undefined = root;
    for (const part of reference.slice(2).split("/")) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      if (Array.isArray(current)) current = current[Number(key)];
      else current = isMap(current) && Object.hasOwn(current, key) ? current[key] : undefined;
    }
    return current;
  }
  const names = [reference, reference.slice(1)];
  return [root["$defs"], root["definitions"]]
    .flatMap((map) => (isMap(map) ? Object.values(map) : []))
    .find((own) => isMap(own) && names.some((name) => jsonEqual(own["$id"] ?? own["$anchor"] ?? null, name)));
}

function isMap(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
