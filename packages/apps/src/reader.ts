import { isJsonObject, parseGoDuration, ProblemError, setOwn, type JsonObject, type Problem } from "@fairlead/base";

/**
 * Reads untyped JSON field by field and collects every fault with its path, so that one look at an object reports all that is
 * wrong with it. A field of the wrong type reads as absent.
 */
export class Reader {
  readonly problems: Problem[] = [];
  readonly #code: string;
  readonly #object: string;

  constructor(code: string, object: string) {
    this.#code = code;
    this.#object = object;
  }

  fault(path: string, message: string, hint?: string): void {
    this.problems.push({ code: this.#code, object: this.#object, message: `${path}: ${message}`, hint });
  }

  object(from: JsonObject, key: string, path: string): JsonObject | undefined {
    const value = from[key];
    if (value === undefined || value === null) return undefined;
    if (isJsonObject(value)) return value as JsonObject;
    return this.#wrong(`${path}.${key}`, "an object", value);
  }

  string(from: JsonObject, key: string, path: string): string | undefined {
    const value = from[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    return this.#wrong(`${path}.${key}`, "a string", value);
  }

  /** As `string`, with the empty text read as absent: Go's JSON writes empty fields in old manifests. */
  text(from: JsonObject, key: string, path: string): string | undefined {
    const value = this.string(from, key, path);
    return value === "" ? undefined : value;
  }

  boolean(from: JsonObject, key: string, path: string): boolean | undefined {
    const value = from[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "boolean") return value;
    return this.#wrong(`${path}.${key}`, "true or false", value);
  }

  integer(from: JsonObject, key: string, path: string): number | undefined {
    const value = from[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && Number.isInteger(value)) return value;
    return this.#wrong(`${path}.${key}`, "a whole number", value);
  }

  /** Milliseconds of a Go duration; a bare number is seconds, as Argo CD reads retry durations. */
  duration(from: JsonObject, key: string, path: string): number | undefined {
    const text = this.text(from, key, path);
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text)) return Number(text) * 1000;
    try {
      return parseGoDuration(text);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.fault(`${path}.${key}`, error.problems[0]?.message ?? "", error.problems[0]?.hint);
      return undefined;
    }
  }

  strings(from: JsonObject, key: string, path: string): string[] {
    return this.items(from, key, path).flatMap((value, index) => {
      if (typeof value === "string") return [value];
      this.#wrong(`${path}.${key}[${index}]`, "a string", value);
      return [];
    });
  }

  objects(from: JsonObject, key: string, path: string): { value: JsonObject; path: string }[] {
    return this.items(from, key, path).flatMap((value, index) => {
      const at = `${path}.${key}[${index}]`;
      if (isJsonObject(value)) return [{ value: value as JsonObject, path: at }];
      this.#wrong(at, "an object", value);
      return [];
    });
  }

  stringMap(from: JsonObject, key: string, path: string): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.object(from, key, path) ?? {})) {
      if (typeof value === "string") setOwn(found, name, value);
      else this.#wrong(`${path}.${key}.${name}`, "a string", value);
    }
    return found;
  }

  items(from: JsonObject, key: string, path: string): readonly unknown[] {
    const value = from[key];
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.#wrong(`${path}.${key}`, "a list", value);
    return [];
  }

  #wrong(path: string, expected: string, value: unknown): undefined {
    const kind = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
    this.fault(path, `must be ${expected}, not ${kind}`);
    return undefined;
  }
}
