import type { Json, JsonObject } from "@fairlead/base";
import { compileRegex } from "@fairlead/gotemplate";
import { quoted, wordAssertion } from "./assertions.ts";
import { isMap, type Documents, type Resource } from "./documents.ts";
import { formatFault } from "./formats.ts";

/** One violation, or a group of them: `text` stands behind its place in the values. */
export interface Violation {
  readonly at: string;
  readonly text: string;
  readonly causes: readonly Violation[];
  /** A reference: a level of its own only where more than one thing is wrong behind it. */
  readonly isReference?: boolean;
  /** Several faults of one schema, without a fault of their own. */
  readonly isGroup?: boolean;
}

/** A schema inside a schema inside a schema; more is no schema of values. */
const DEPTH_MAX = 400;

/** The schemas on the way here, innermost first. */
interface Scope {
  readonly schema: JsonObject;
  readonly resource: Resource;
  readonly parent: Scope | undefined;
  /** Changes with the value that is looked at. */
  readonly value: object;
  readonly depth: number;
}

/** Names and positions that no schema has looked at so far. */
interface Unevaluated {
  readonly names: Set<string>;
  readonly items: Set<number>;
}

interface Looked {
  readonly fault: Violation | undefined;
  readonly left: Unevaluated;
}

const NOTHING_LEFT: Unevaluated = { names: new Set(), items: new Set() };

/**
 * Looks at a value by a schema, in the order and the words of santhosh-tekuri/jsonschema, which Helm uses: what it says is what people
 * see, so validity and wording cannot be two libraries' business. Properties in name order, where Helm's order is by chance. Patterns are
 * RE2 and take linear time.
 */
export class Evaluator {
  readonly #documents: Documents;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** @returns what is wrong; empty for a value that meets the schema */
  evaluate(resource: Resource, value: Json): readonly Violation[] {
    const { fault } = this.#look(resource.root, resource, value, "", undefined, { value: {}, needsLeft: false });
    if (!fault) return [];
    return fault.isGroup ? fault.causes : [fault];
  }

  #look(
    schema: Json | undefined,
    resource: Resource,
    value: Json,
    at: string,
    parent: Scope | undefined,
    options: { readonly value: object; readonly needsLeft: boolean },
  ): Looked {
    if (schema === false) return { fault: { at, text: "false schema", causes: [] }, left: NOTHING_LEFT };
    const left = leftOf(value, schema, options.needsLeft);
    if (!isMap(schema)) return { fault: undefined, left };
    const scope: Scope = { schema, resource, parent, value: options.value, depth: (parent?.depth ?? 0) + 1 };
    if (isCycle(scope)) return { fault: { at, text: "a reference leads back to itself", causes: [] }, left };
    const [first] = wordAssertion(schema, value, "whole", resource.draft);
    const early = first ?? this.#wordFormat(schema, resource, value);
    if (early !== undefined) return { fault: { at, text: early, causes: [] }, left };
    const look = new Look(this, scope, value, at, left);
    if (typeof schema["$ref"] === "string") {
      look.reference(this.#documents.resolve(schema["$ref"], resource));
      if (resource.draft < 2019) return { fault: look.fault(), left };
    }
    look.own();
    if (resource.draft >= 2019) this.#dynamicReferences(look, scope);
    look.conditions();
    if (resource.draft >= 2019) look.unevaluated();
    return { fault: look.fault(), left };
  }

  #wordFormat(schema: JsonObject, resource: Resource, value: Json): string | undefined {
    const { format } = schema;
    if (typeof format !== "string" || typeof value !== "string") return undefined;
    if (resource.draft >= 2019 && !resource.isMeta) return undefined;
    const fault = format === "regex" ? regexFault(value) : formatFault(format, value);
    return fault && `${quoted(value)} is not valid ${format}: ${fault}`;
  }

  #dynamicReferences(look: Look, scope: Scope): void {
    const { $recursiveRef, $dynamicRef } = scope.schema;
    if (typeof $recursiveRef === "string") {
      let target = this.#documents.resolve($recursiveRef, scope.resource);
      if (isMap(target.schema) && target.schema["$recursiveAnchor"] === true) {
        for (let each: Scope | undefined = scope; each; each = each.parent) {
          const { root } = each.resource;
          if (isMap(root) && root["$recursiveAnchor"] === true) target = { schema: root, resource: each.resource };
        }
      }
      look.reference(target);
    }
    if (typeof $dynamicRef === "string") {
      let target = this.#documents.resolve($dynamicRef, scope.resource);
      const name = $dynamicRef.slice($dynamicRef.indexOf("#") + 1);
      if (isMap(target.schema) && target.schema["$dynamicAnchor"] === name) {
        for (let each: Scope | undefined = scope; each; each = each.parent) {
          const found = each.resource.dynamicAnchors.get(name);
          if (found) target = { schema: found, resource: each.resource };
        }
      }
      look.reference(target);
    }
  }

  /** The same value by another schema. */
  here(schema: Json, scope: Scope, value: Json, at: string, needsLeft: boolean): Looked {
    const resource = isMap(schema) ? this.#documents.ownerOf(schema) : scope.resource;
    return this.#look(schema, resource, value, at, scope, { value: scope.value, needsLeft });
  }

  /** A part of the value, or anything else. */
  there(schema: Json, scope: Scope, value: Json, at: string): Violation | undefined {
    const resource = isMap(schema) ? this.#documents.ownerOf(schema) : scope.resource;
    return this.#look(schema, resource, value, at, scope, { value: {}, needsLeft: false }).fault;
  }
}

/** One schema's look at one value. */
class Look {
  readonly #evaluator: Evaluator;
  readonly #scope: Scope;
  readonly #value: Json;
  readonly #at: string;
  readonly #left: Unevaluated;
  readonly #faults: Violation[] = [];

  constructor(evaluator: Evaluator, scope: Scope, value: Json, at: string, left: Unevaluated) {
    this.#evaluator = evaluator;
    this.#scope = scope;
    this.#value = value;
    this.#at = at;
    this.#left = left;
  }

  fault(): Violation | undefined {
    if (this.#faults.length < 2) return this.#faults[0];
    return { at: this.#at, text: "validation failed", causes: this.#faults, isGroup: true };
  }

  reference({ schema }: { schema: Json }): void {
    const fault = this.#here(schema);
    if (!fault) return;
    const causes = fault.isGroup ? fault.causes : [fault];
    this.#faults.push({ at: this.#at, text: "validation failed", causes, isReference: true });
  }

  own(): void {
    const { schema, resource } = this.#scope;
    this.#tell(...wordAssertion(schema, this.#value, "size", resource.draft));
    if (isMap(this.#value)) this.#properties(this.#value);
    if (Array.isArray(this.#value)) this.#items(this.#value);
  }

  #tell(...texts: readonly string[]): void {
    for (const text of texts) this.#faults.push({ at: this.#at, text, causes: [] });
  }

  #here(schema: Json): Violation | undefined {
    const needsLeft = this.#left.names.size > 0 || this.#left.items.size > 0;
    const { fault, left } = this.#evaluator.here(schema, this.#scope, this.#value, this.#at, needsLeft);
    if (fault) return fault;
    for (const name of this.#left.names) if (!left.names.has(name)) this.#left.names.delete(name);
    for (const index of this.#left.items) if (!left.items.has(index)) this.#left.items.delete(index);
    return undefined;
  }

  #part(schema: Json, part: Json, token: string | number): boolean {
    const inner = `${this.#at}/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const fault = this.#evaluator.there(schema, this.#scope, part, inner);
    if (fault) this.#faults.push(fault);
    return fault === undefined;
  }

  #add(fault: Violation | undefined): void {
    if (fault) this.#faults.push(fault);
  }

  #properties(value: JsonObject): void {
    const { schema, resource } = this.#scope;
    const { properties, patternProperties, additionalProperties, propertyNames } = schema;
    for (const [name, own] of entriesOf(schema["dependencies"]))
      if (Object.hasOwn(value, name) && !Array.isArray(own)) this.#add(this.#here(own));
    const additional: string[] = [];
    const patterns = entriesOf(patternProperties).map(([pattern, own]) => [compileRegex(pattern), own] as const);
    for (const [name, item] of entriesOf(value)) {
      const schemas = patterns.filter(([matches]) => matches(name)).map(([, own]) => own);
      if (isMap(properties) && Object.hasOwn(properties, name)) schemas.unshift(properties[name] as Json);
      const isKnown = schemas.length > 0;
      if (!isKnown && additionalProperties === false) additional.push(name);
      else if (!isKnown && additionalProperties !== undefined) schemas.push(additionalProperties);
      for (const own of schemas) this.#part(own, item, name);
      if (isKnown || additionalProperties !== undefined) this.#left.names.delete(name);
    }
    if (additional.length > 0) this.#tell(`additional properties ${additional.map(quoted).join(", ")} not allowed`);
    if (resource.draft >= 6 && propertyNames !== undefined) this.#names(Object.keys(value).sort(), propertyNames);
    if (resource.draft < 7) return;
    for (const [name, own] of entriesOf(schema["dependentSchemas"]))
      if (Object.hasOwn(value, name)) this.#add(this.#here(own));
    this.#tell(...wordAssertion(schema, value, "late", resource.draft));
  }

  #names(names: readonly string[], schema: Json): void {
    for (const name of names) {
      const fault = this.#evaluator.there(schema, this.#scope, name, "");
      if (!fault) continue;
      const causes = fault.isGroup ? fault.causes : [fault];
      this.#faults.push({ at: "", text: `invalid propertyName ${quoted(name)}`, causes });
    }
  }

  #items(value: readonly Json[]): void {
    const { schema, resource } = this.#scope;
    const isOld = resource.draft < 2020;
    const { items, additionalItems } = schema;
    const first = isOld ? items : schema["prefixItems"];
    const positions = Array.isArray(first) ? first : [];
    const rest = isOld && Array.isArray(items) ? additionalItems : Array.isArray(items) ? undefined : items;
    if (isOld && Array.isArray(items) && rest === false && value.length > positions.length) {
      this.#positions(value, positions, undefined);
      this.#tell(`last ${value.length - positions.length} additionalItem(s) not allowed`);
    } else this.#positions(value, positions, rest);
    this.#contains(value);
  }

  #positions(value: readonly Json[], positions: readonly Json[], rest: Json | undefined): void {
    for (const [index, item] of value.entries()) {
      const own = index < positions.length ? positions[index] : rest;
      if (own === undefined) continue;
      this.#part(own, item, index);
      this.#left.items.delete(index);
    }
  }

  #contains(value: readonly Json[]): void {
    const { schema, resource } = this.#scope;
    const { contains, minContains, maxContains } = schema;
    if (contains === undefined) return;
    const faults: Violation[] = [];
    const matched: number[] = [];
    for (const [index, item] of value.entries()) {
      const fault = this.#evaluator.there(contains, this.#scope, item, `${this.#at}/${index}`);
      if (fault) faults.push(fault);
      else {
        matched.push(index);
        if (resource.draft >= 2020) this.#left.items.delete(index);
      }
    }
    const bounds = resource.draft >= 2019 ? { least: minContains, most: maxContains } : {};
    const found = `matched ${matched.length} items at ${matched.join(" ")}`;
    if (typeof bounds.least === "number") {
      if (matched.length < bounds.least)
        this.#group(
          `min ${bounds.least} items required to match contains schema, but ${matched.length === 0 ? "none matched" : found}`,
          faults,
        );
    } else if (matched.length === 0) this.#group("no items match contains schema", faults);
    if (typeof bounds.most === "number" && matched.length > bounds.most)
      this.#tell(`max ${bounds.most} items required to match contains schema, but ${found}`);
  }

  #group(text: string, causes: readonly Violation[]): void {
    this.#faults.push({ at: this.#at, text, causes });
  }

  conditions(): void {
    const { schema } = this.#scope;
    const { not, allOf, anyOf, oneOf, then: yes, else: no } = schema;
    if (not !== undefined && !this.#here(not)) this.#tell("'not' failed");
    if (Array.isArray(allOf)) {
      const causes = allOf.flatMap((own) => this.#here(own) ?? []);
      if (causes.length > 0) this.#group("'allOf' failed", causes);
    }
    if (Array.isArray(anyOf)) {
      const causes = anyOf.map((own) => this.#here(own));
      if (causes.every((fault) => fault !== undefined)) this.#group("'anyOf' failed", causes);
    }
    if (Array.isArray(oneOf)) this.#oneOf(oneOf);
    if (schema["if"] === undefined) return;
    const branch = this.#here(schema["if"]) ? no : yes;
    if (branch !== undefined) this.#add(this.#here(branch));
  }

  #oneOf(schemas: readonly Json[]): void {
    const causes = schemas.map((own) => this.#here(own));
    const [one, two] = causes.flatMap((fault, index) => (fault ? [] : [index]));
    if (one === undefined) this.#group("'oneOf' failed, none matched", causes as Violation[]);
    else if (two !== undefined) this.#tell(`'oneOf' failed, subschemas ${one}, ${two} matched`);
  }

  unevaluated(): void {
    const { unevaluatedProperties, unevaluatedItems } = this.#scope.schema;
    if (isMap(this.#value) && unevaluatedProperties !== undefined) {
      for (const name of [...this.#left.names].sort())
        this.#part(unevaluatedProperties, this.#value[name] as Json, name);
      this.#left.names.clear();
    }
    if (Array.isArray(this.#value) && unevaluatedItems !== undefined) {
      for (const index of this.#left.items) this.#part(unevaluatedItems, this.#value[index] as Json, index);
      this.#left.items.clear();
    }
  }
}

function leftOf(value: Json, schema: Json | undefined, needsLeft: boolean): Unevaluated {
  const asks = (keyword: string): boolean => needsLeft || (isMap(schema) && schema[keyword] !== undefined);
  return {
    names: new Set(isMap(value) && asks("unevaluatedProperties") ? Object.keys(value) : []),
    items: new Set(Array.isArray(value) && asks("unevaluatedItems") ? value.keys() : []),
  };
}

/** The same schema for the same value again, or schemas without end. */
function isCycle(scope: Scope): boolean {
  if (scope.depth > DEPTH_MAX) return true;
  for (let each = scope.parent; each && each.value === scope.value; each = each.parent)
    if (each.schema === scope.schema) return true;
  return false;
}

function entriesOf(map: Json | undefined): [string, Json][] {
  if (!isMap(map)) return [];
  return (Object.entries(map) as [string, Json][]).sort(([a], [b]) => (a < b ? -1 : 1));
}

function regexFault(pattern: string): string | undefined {
  try {
    compileRegex(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
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
