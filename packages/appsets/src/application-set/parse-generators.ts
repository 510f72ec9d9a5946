import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { APPSET_LIMITS } from "../limits.ts";
import type { Faults } from "./faults.ts";
import { GENERATOR_KINDS, type Generator, type GeneratorEntry, type GeneratorKind } from "./types.ts";

/** Fields of an entry that are no generators. */
const BESIDE_GENERATORS = new Set(["selector", "template"]);
const NESTING: ReadonlySet<GeneratorKind> = new Set(["matrix", "merge"]);

/** Entries of `generators`, of a set or of a matrix or merge. What is no generator is a fault, since Argo CD lets a typo pass silently. */
export function parseGenerators(value: Json | undefined, path: string, faults: Faults, depth = 0): GeneratorEntry[] {
  if (value !== undefined && value !== null && !Array.isArray(value)) {
    faults.add("InvalidApplicationSet", path, "is not a list");
    return [];
  }
  if (depth > APPSET_LIMITS.nestingMax) {
    faults.add("InvalidApplicationSet", path, `generators are nested more than ${APPSET_LIMITS.nestingMax} deep`);
    return [];
  }
  return (value ?? []).map((item, index) => parseEntry(item, `${path}[${index}]`, faults, depth));
}

function parseEntry(value: Json, path: string, faults: Faults, depth: number): GeneratorEntry {
  const entry = isJsonObject(value) ? value : {};
  const { selector, template } = entry;
  const named = Object.keys(entry).filter((name) => !BESIDE_GENERATORS.has(name) && entry[name] !== null);
  const unknown = named.filter((name) => !GENERATOR_KINDS.some((kind) => kind === name));
  for (const name of unknown) {
    const hint = `generators are ${GENERATOR_KINDS.join(", ")}`;
    faults.add("UnsupportedGenerator", `${path}.${name}`, "there is no generator of this name", hint);
  }
  if (named.length === 0)
    faults.add("UnsupportedGenerator", path, "names no generator", `one of ${GENERATOR_KINDS.join(", ")}`);
  if (depth > 0 && named.length > 1) {
    const message = `holds ${named.length} generators (${named.join(", ")}); inside matrix and merge an entry holds one`;
    faults.add("InvalidApplicationSet", path, message);
  }
  if (selector !== undefined && selector !== null && !isJsonObject(selector)) {
    faults.add("InvalidApplicationSet", `${path}.selector`, "is not an object");
  }
  // In the order of Argo CD's struct, which decides the order of rows where an entry names several.
  const generators = GENERATOR_KINDS.filter((kind) => isJsonObject(entry[kind]) || named.includes(kind)).map((kind) =>
    parseGenerator(kind, entry, path, faults, depth),
  );
  if (template !== undefined && isJsonObject(template)) {
    faults.add(
      "InvalidApplicationSet",
      `${path}.template`,
      "belongs inside the generator",
      `write ${path}.${named[0] ?? "list"}.template`,
    );
  }
  return { path, generators };
}

function parseGenerator(kind: GeneratorKind, entry: JsonObject, at: string, faults: Faults, depth: number): Generator {
  const path = `${at}.${kind}`;
  const raw = entry[kind];
  if (!isJsonObject(raw)) faults.add("InvalidApplicationSet", path, "is not an object");
  const spec = isJsonObject(raw) ? raw : {};
  const { template } = spec;
  const selector = isJsonObject(entry["selector"]) ? entry["selector"] : undefined;
  const children = NESTING.has(kind)
    ? parseGenerators(spec["generators"], `${path}.generators`, faults, depth + 1)
    : [];
  if (kind === "matrix" && children.length < 2) {
    faults.add(
      "InvalidApplicationSet",
      `${path}.generators`,
      `holds ${children.length}; a matrix is of two generators or more`,
    );
  }
  if (kind === "merge" && children.length < 2) {
    faults.add(
      "InvalidApplicationSet",
      `${path}.generators`,
      `holds ${children.length}; a merge is of two generators or more`,
    );
  }
  return { kind, path, spec, selector, template: isJsonObject(template) ? template : undefined, children };
}
