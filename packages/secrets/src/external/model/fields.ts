import { isJsonObject, parseGoDuration, setOwn, type Problem } from "@fairlead/base";

/**
 * Reads one object of untrusted input field by field; every fault is reported with its path, and reading goes on with the default.
 * Values are never quoted in messages beyond names of choices: stores hold credentials.
 */
export class Fields {
  readonly path: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #report: (path: string, message: string) => void;

  constructor(value: unknown, path: string, report: (path: string, message: string) => void) {
    this.path = path;
    this.#report = report;
    if (value !== undefined && value !== null && !isJsonObject(value)) report(path, "must be an object");
    this.#object = isJsonObject(value) ? value : {};
  }

  fault(key: string, message: string): void {
    this.#report(key === "" ? this.path : `${this.path}.${key}`, message);
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  raw(key: string): unknown {
    const value = Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
    return value === null ? undefined : value;
  }

  keys(): string[] {
    return Object.keys(this.#object).filter((key) => this.has(key));
  }

  text(key: string, fallback = ""): string {
    const value = this.raw(key);
    if (value === undefined) return fallback;
    if (typeof value === "string") return value;
    this.fault(key, "must be a string");
    return fallback;
  }

  required(key: string): string {
    const text = this.text(key);
    if (text === "" && (!this.has(key) || typeof this.raw(key) === "string")) this.fault(key, "is required");
    return text;
  }

  flag(key: string, fallback = false): boolean {
    const value = this.raw(key);
    if (value === undefined) return fallback;
    if (typeof value === "boolean") return value;
    this.fault(key, "must be a boolean");
    return fallback;
  }

  integer(key: string, fallback: number): number {
    const value = this.raw(key);
    if (value === undefined) return fallback;
    if (typeof value === "number" && Number.isInteger(value)) return value;
    this.fault(key, "must be an integer");
    return fallback;
  }

  choice<const T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const text = this.text(key, fallback);
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    if (text !== "") this.fault(key, `must be one of ${choices.join(", ")}`);
    return fallback;
  }

  /** Milliseconds of a Go duration. */
  duration(key: string, fallbackMs: number): number {
    const value = this.raw(key);
    if (value === undefined) return fallbackMs;
    try {
      if (typeof value === "string") return Math.max(0, parseGoDuration(value));
    } catch {
      // Said below.
    }
    this.fault(key, "must be a duration such as 30s, 5m or 1h");
    return fallbackMs;
  }

  child(key: string): Fields {
    return new Fields(this.raw(key), `${this.path}.${key}`, this.#report);
  }

  optional(key: string): Fields | undefined {
    return this.has(key) ? this.child(key) : undefined;
  }

  list(key: string): Fields[] {
    return this.#array(key).map((item, index) => new Fields(item, `${this.path}.${key}[${index}]`, this.#report));
  }

  texts(key: string): string[] {
    return this.#array(key).flatMap((item, index) => {
      if (typeof item === "string") return [item];
      this.#report(`${this.path}.${key}[${index}]`, "must be a string");
      return [];
    });
  }

  textMap(key: string): Record<string, string> {
    const result: Record<string, string> = {};
    const child = this.child(key);
    for (const name of child.keys()) setOwn(result, name, child.text(name));
    return result;
  }

  #array(key: string): readonly unknown[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value as unknown[];
    this.fault(key, "must be a list");
    return [];
  }
}

/** Collects what Fields reports as problems of one object. */
export function problemSink(
  code: string,
  object: string,
): {
  problems: Problem[];
  report: (path: string, message: string) => void;
} {
  const problems: Problem[] = [];
  return { problems, report: (path, message) => void problems.push({ code, object, message: `${path}: ${message}` }) };
}
