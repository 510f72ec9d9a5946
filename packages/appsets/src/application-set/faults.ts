import type { Json, JsonObject, Problem } from "@fairlead/base";
import { isJsonObject } from "@fairlead/base";

/** Collects every fault of one set, each with the path of the field it is about. */
export class Faults {
  readonly problems: Problem[] = [];
  readonly #object: string;

  constructor(object: string) {
    this.#object = object;
  }

  add(code: string, path: string, message: string, hint?: string): void {
    this.problems.push({
      code,
      message: path === "" ? message : `${path}${message.startsWith(":") ? "" : ": "}${message}`,
      object: this.#object,
      hint,
    });
  }

  warn(code: string, path: string, message: string, hint?: string): void {
    this.problems.push({ code, message: `${path}: ${message}`, object: this.#object, hint, severity: "warning" });
  }

  /** Takes over problems found elsewhere, under a path. */
  take(path: string, problems: readonly Problem[]): void {
    for (const problem of problems) {
      this.problems.push({ ...problem, message: `${path}: ${problem.message}`, object: this.#object });
    }
  }
}

/** Reads fields of one object of the set; a field that is not of its form is a fault, and counts as absent. */
export class FieldReader {
  readonly faults: Faults;
  readonly path: string;
  readonly object: JsonObject;

  constructor(faults: Faults, path: string, object: JsonObject) {
    this.faults = faults;
    this.path = path;
    this.object = object;
  }

  has(name: string): boolean {
    return this.object[name] !== undefined && this.object[name] !== null;
  }

  fault(name: string, message: string, hint?: string): void {
    this.faults.add("InvalidApplicationSet", `${this.path}.${name}`, message, hint);
  }

  text(name: string): string | undefined {
    return this.#typed(name, "string", "a string", (value) => (typeof value === "string" ? value : undefined));
  }

  required(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === "") this.fault(name, "is missing");
    return text ?? "";
  }

  /** Text `true` and `false` are taken as well: a field may have been templated. */
  flag(name: string): boolean {
    const read = (value: Json): boolean | undefined =>
      typeof value === "boolean"
        ? value
        : value === "true"
          ? true
          : value === "false" || value === ""
            ? false
            : undefined;
    return this.#typed(name, "boolean", "true or false", read) ?? false;
  }

  number(name: string): number | undefined {
    const read = (value: Json): number | undefined => {
      const number = typeof value === "string" && value !== "" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : undefined;
    };
    return this.#typed(name, "number", "a number", read);
  }

  map(name: string): FieldReader | undefined {
    const value = this.#typed(name, "object", "an object", (item) => (isJsonObject(item) ? item : undefined));
    return value && new FieldReader(this.faults, `${this.path}.${name}`, value);
  }

  list(name: string): Json[] {
    return this.#typed(name, "array", "a list", (value) => (Array.isArray(value) ? value : undefined)) ?? [];
  }

  strings(name: string): string[] {
    return this.list(name).flatMap((item, index) => {
      if (typeof item === "string") return [item];
      this.fault(`${name}[${index}]`, `is ${JSON.stringify(item)}, not a string`);
      return [];
    });
  }

  objects(name: string): FieldReader[] {
    return this.list(name).flatMap((item, index) => {
      if (isJsonObject(item)) return [new FieldReader(this.faults, `${this.path}.${name}[${index}]`, item)];
      this.fault(`${name}[${index}]`, "is not an object");
      return [];
    });
  }

  /** A map of strings; `values` of generators. */
  stringMap(name: string): Record<string, string> {
    const reader = this.map(name);
    const entries = Object.entries(reader?.object ?? {}).flatMap(([key, value]) => {
      if (typeof value === "string") return [[key, value] as const];
      reader?.fault(key, `is ${JSON.stringify(value)}, not a string`, "quote the value");
      return [];
    });
    return Object.fromEntries(entries);
  }

  #typed<T>(name: string, _type: string, what: string, read: (value: Json) => T | undefined): T | undefined {
    const value = this.object[name];
    if (value === undefined || value === null) return undefined;
    const found = read(value);
    if (found === undefined) this.fault(name, `is ${JSON.stringify(value)?.slice(0, 80)}, not ${what}`);
    return found;
  }
}
