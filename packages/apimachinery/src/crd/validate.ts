import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import type { SchemaNode } from "../schema/types.ts";
import {
  invalid,
  NO_PATH,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  type FieldError,
} from "../validation/field-error.ts";
import { counterpart, isUnchanged, ownProperty } from "./correlate.ts";
import { formatFault } from "./formats.ts";
import { compilePattern } from "./pattern.ts";

/**
 * Everything in which a value breaks its schema, with kube-apiserver's texts (kube-openapi's validate). Paths start at `path`;
 * the empty path is the object itself. Rules in CEL are not looked at here. `before` is the stored value: what hasn't changed since
 * is not held against an update.
 */
export function validateBySchema(value: Json, schema: SchemaNode, path = "", before?: Json): FieldError[] {
  const errors = new Validation();
  errors.check({ value, schema, path, depth: 0, before });
  return errors.found;
}

interface Subject<V extends Json = Json> {
  readonly value: V;
  readonly schema: SchemaNode;
  readonly path: string;
  readonly depth: number;
  /** What the value was before; undefined for a new one, and for items of lists without keys. */
  readonly before: Json | undefined;
}

const TYPE_META = new Set(["apiVersion", "kind"]);

interface Outcome {
  readonly errors: FieldError[];
  /** How much of the value fitted: the best branch of an anyOf is told of. */
  readonly matches: number;
}

class Validation {
  readonly found: FieldError[] = [];
  matches = 0;

  #push(...errors: readonly FieldError[]): void {
    for (const error of errors) if (this.found.length < LIMITS.faultsMax) this.found.push(error);
  }

  check(subject: Subject): void {
    const { value, schema, path, before } = subject;
    const count = this.found.length;
    this.#checkAll(subject);
    // The object itself always changes: its metadata does.
    if (before === undefined || path === "" || this.found.length === count) return;
    if (isUnchanged(value, before, schema)) this.found.length = count;
  }

  #checkAll(subject: Subject): void {
    const { value, schema, path, depth } = subject;
    this.matches++;
    if (depth > LIMITS.fieldDepthMax) {
      this.#push(invalid(pathOf(path), "", "nested too deeply"));
      return;
    }
    const types = typesOf(schema);
    this.#checkType(value, schema, types, path);
    if (value === null) {
      this.#checkEnum(value, schema, path);
      return;
    }
    this.#checkBranches(subject);
    if (typeof value === "string") this.#checkString(value, schema, path);
    if (typeof value === "number" || typeof value === "bigint") this.#checkNumber(value, schema, path);
    if (Array.isArray(value)) this.#checkList({ ...subject, value });
    this.#checkEnum(value, schema, path);
    if (isJsonObject(value)) this.#checkObject({ ...subject, value });
  }

  #checkType(value: Json, schema: SchemaNode, types: readonly string[], path: string): void {
    const format = schema.format ?? "";
    if (types.length === 0 && format === "") return;
    const actual = typeOf(value);
    if (value === null) {
      if (types.length > 0 && !schema.nullable) this.#push(wrongType(path, types.join(","), "null"));
      return;
    }
    const isText = typeof value === "string" || Array.isArray(value);
    const fits =
      types.includes(actual) ||
      (actual === "number" && Number.isInteger(value) && types.includes("integer")) ||
      (actual === "integer" && types.includes("number"));
    const isNumeric = types.includes("number") || types.includes("integer");
    // Texts with a format are left to the format's own check.
    if (isText && format !== "" && hasCheckedFormat(format) && !isNumeric) return;
    if (!fits) this.#push(wrongType(path, types.join(","), actual));
  }

  #checkString(value: string, schema: SchemaNode, path: string): void {
    const length = schema.maxLength === undefined && schema.minLength === undefined ? 0 : Array.from(value).length;
    if (schema.maxLength !== undefined && length > schema.maxLength) {
      this.#push(tooLong(pathOf(path), schema.maxLength));
    } else if (schema.minLength !== undefined && length < schema.minLength) {
      this.#push(invalid(pathOf(path), value, `${path} in body should be at least ${schema.minLength} chars long`));
    } else if (schema.pattern) {
      const fault = patternFault(schema.pattern, value);
      if (fault !== undefined) this.#push(invalid(pathOf(path), value, `${path} in body should match '${fault}'`));
    }
    const format = schema.format === undefined ? undefined : formatFault(schema.format, value);
    if (format !== undefined) {
      this.#push(
        typeInvalid(pathOf(path), value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`),
      );
    }
  }

  #checkNumber(value: number | bigint, schema: SchemaNode, path: string): void {
    const number = Number(value);
    const { multipleOf, maximum, minimum } = schema;
    const fail = (text: string): void => this.#push(invalid(pathOf(path), value, `${path} in body ${text}`));
    if (multipleOf !== undefined) {
      // Whole numbers are divided as int64, and so is the factor.
      const factor = Number.isInteger(number) ? Math.trunc(multipleOf) : multipleOf;
      if (factor <= 0) {
        const text = `factor MultipleOf declared for ${path} must be positive: ${factor}`;
        this.#push(invalid(pathOf(path), factor, text));
      } else if (!isMultiple(number, factor)) fail(`should be a multiple of ${factor}`);
    }
    if (minimum !== undefined && (schema.exclusiveMinimum ? number <= minimum : number < minimum)) {
      fail(`should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`);
    }
    if (maximum !== undefined && (schema.exclusiveMaximum ? number >= maximum : number > maximum)) {
      fail(`should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`);
    }
  }

  #checkList({ value, schema, path, depth, before }: Subject<Json[]>): void {
    const { items, minItems, maxItems } = schema;
    if (items) {
      const old = Array.isArray(before) ? before : [];
      for (const [index, item] of value.entries()) {
        const match = counterpart(item, old, schema);
        this.check({ value: item, schema: items, path: `${path}[${index}]`, depth: depth + 1, before: match });
      }
    }
    if (minItems !== undefined && value.length < minItems) {
      this.#push(invalid(pathOf(path), value.length, `${path} in body should have at least ${minItems} items`));
    }
    if (maxItems !== undefined && value.length > maxItems) this.#push(tooMany(pathOf(path), value.length, maxItems));
    if (schema.uniqueItems && hasTwins(value)) {
      this.#push(invalid(pathOf(path), "", `${path} in body shouldn't contain duplicates`));
    }
  }

  #checkEnum(value: Json, schema: SchemaNode, path: string): void {
    const allowed = schema.enum;
    if (!allowed || allowed.length === 0 || allowed.some((item) => jsonEqual(item, value))) return;
    const names = allowed.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
    this.#push(notSupported(pathOf(path), value, names));
  }

  #checkObject(subject: Subject<JsonObject>): void {
    const { value, schema, path } = subject;
    const { minProperties, maxProperties } = schema;
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    if (minProperties !== undefined && keys.length < minProperties) {
      this.#push(
        invalid(pathOf(path), keys.length, `${path} in body should have at least ${minProperties} properties`),
      );
    }
    if (maxProperties !== undefined && keys.length > maxProperties) {
      this.#push(tooMany(pathOf(path), keys.length, maxProperties));
    }
    for (const key of keys) this.#checkProperty(subject, key, value[key] as Json);
    for (const name of schema.required ?? []) {
      if (value[name] === undefined) this.#push(required(pathOf(`${path}.${name}`)));
    }
  }

  #checkProperty({ schema, path, depth, before }: Subject<JsonObject>, key: string, value: Json): void {
    const property = ownProperty(schema, key);
    // metadata has its own validation.
    if (property?.ref !== undefined) return;
    const old = isJsonObject(before) && !(path === "" && TYPE_META.has(key)) ? before[key] : undefined;
    const inner = property && path === "" ? key : `${path}.${key}`;
    const additional = schema.additionalProperties;
    const own = property ?? (typeof additional === "object" ? additional : undefined);
    if (own !== undefined) this.check({ value, schema: own, path: inner, depth: depth + 1, before: old });
    else if (additional === false) {
      this.#push(invalid(pathOf(path), key, `${path}.${key} in body is a forbidden property`));
    }
  }

  #checkBranches({ value, schema, path, depth, before }: Subject): void {
    const run = (branch: SchemaNode): Outcome => {
      const inner = new Validation();
      inner.#checkAll({ value, schema: branch, path, depth: depth + 1, before });
      return { errors: inner.found, matches: inner.matches };
    };
    if (schema.anyOf) this.#checkAnyOf(schema.anyOf.map(run), path);
    if (schema.oneOf) this.#checkOneOf(schema.oneOf.map(run), path);
    if (schema.allOf) this.#checkAllOf(schema.allOf.map(run), path);
    if (schema.not && run(schema.not).errors.length === 0) {
      this.#push(invalid(NO_PATH, "", `${JSON.stringify(path)} must not validate the schema (not)`));
    }
  }

  #checkAnyOf(outcomes: readonly Outcome[], path: string): void {
    if (outcomes.some(({ errors }) => errors.length === 0)) return;
    this.#push(invalid(NO_PATH, "", `${JSON.stringify(path)} must validate at least one schema (anyOf)`));
    this.#push(...(best(outcomes)?.errors ?? []));
  }

  #checkOneOf(outcomes: readonly Outcome[], path: string): void {
    const valid = outcomes.filter(({ errors }) => errors.length === 0).length;
    if (valid === 1) return;
    const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
    this.#push(invalid(NO_PATH, "", `${JSON.stringify(path)} must validate one and only one schema (oneOf). ${found}`));
    if (valid === 0) this.#push(...(best(outcomes)?.errors ?? []));
  }

  #checkAllOf(outcomes: readonly Outcome[], path: string): void {
    for (const { errors } of outcomes) this.#push(...errors);
    const valid = outcomes.filter(({ errors }) => errors.length === 0).length;
    if (valid === outcomes.length) return;
    const none = valid === 0 ? ". None validated" : "";
    this.#push(invalid(NO_PATH, "", `${JSON.stringify(path)} must validate all the schemas (allOf)${none}`));
  }
}

function best(outcomes: readonly Outcome[]): Outcome | undefined {
  let found: Outcome | undefined;
  for (const outcome of outcomes) if (found === undefined || outcome.matches > found.matches) found = outcome;
  return found;
}

function pathOf(path: string): string {
  const trimmed = path.replace(/^\./, "");
  return trimmed === "" ? NO_PATH : trimmed;
}

function typesOf(schema: SchemaNode): readonly string[] {
  if (schema.intOrString) return ["integer", "string"];
  return schema.type === undefined ? [] : [schema.type];
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function wrongType(path: string, expected: string, actual: string): FieldError {
  const text = `${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`;
  return typeInvalid(pathOf(path), actual, text);
}

function hasCheckedFormat(format: string): boolean {
  // A text no format takes: what isn't checked takes it.
  return formatFault(format, "\u0000") !== undefined || format === "password";
}

function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return false;
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function hasTwins(list: readonly Json[]): boolean {
  return list.some((item, index) => list.findIndex((other) => jsonEqual(other, item)) !== index);
}

function patternFault(pattern: string, value: string): string | undefined {
  const expression = compilePattern(pattern);
  if (typeof expression === "string") return `${pattern}, but pattern is invalid: ${expression}`;
  if (value.length > LIMITS.patternInputLengthMax) return pattern;
  return expression.matcher(value).find() ? undefined : pattern;
}
