import { type JsonnetObject, type Lazy, type Machine, Thunk, type Value, type World } from "./runtime/machine.ts";
import type { Clock } from "@fairlead/base";
import { goQuote } from "@fairlead/gotemplate";
import type { EvaluateLimits } from "./limits.ts";
import { programOf } from "./program.ts";
import { objectFrom } from "./runtime/fields.ts";
import type { Trace } from "./runtime/trace.ts";
import { textOf } from "./std/data/data.ts";
import { STANDARD } from "./std/index.ts";
import type { Source } from "./syntax/source.ts";

export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Whether the value is Jsonnet code. A string otherwise. */
  readonly isCode: boolean;
}

export interface WorldOptions {
  /**
   * The bytes of a file, `"directory"` for a directory, undefined where there is nothing. Paths are relative to one root, without `.` and `..`: nothing outside of it is
   * ever asked for.
   */
  read(path: string): Uint8Array | "directory" | undefined;
  /** Folders that imports are looked for in when they are not beside the importing file; the last one is asked first. */
  readonly libraries?: readonly string[] | undefined;
  readonly externalVariables?: readonly Variable[] | undefined;
  /** Takes the lines of `std.trace`. */
  readonly trace?: ((line: string) => void) | undefined;
  readonly limits: EvaluateLimits;
  readonly clock: Clock;
}

/** What one evaluation sees of the world. Imported files are evaluated once. */
export class EvaluationWorld implements World {
  readonly limits: EvaluateLimits;
  readonly clock: Clock;
  readonly #options: WorldOptions;
  readonly #variables: ReadonlyMap<string, Lazy>;
  readonly #files = new Map<string, Uint8Array | "directory" | undefined>();
  readonly #imported = new Map<string, Thunk>();
  readonly #libraries = new Map<string, JsonnetObject>();

  constructor(options: WorldOptions) {
    this.limits = options.limits;
    this.clock = options.clock;
    this.#options = options;
    this.#variables = new Map(
      options.externalVariables?.map((given) => [given.name, EvaluationWorld.variable(given, "extvar")]),
    );
  }

  /** A variable from outside; code is parsed when its value is asked for. */
  static variable({ name, value, isCode }: Variable, kind: "extvar" | "top-level-arg"): Lazy {
    if (!isCode) return value;
    const shown = `<${kind}:${name}>`;
    return new Thunk((machine) => machine.runProgram(programOf(shown, "", value, shown)), undefined);
  }

  externalVariable(name: string): Lazy | undefined {
    return this.#variables.get(name);
  }

  standardLibrary({ thisFile }: Source): JsonnetObject {
    let library = this.#libraries.get(thisFile);
    if (library === undefined) {
      library = objectFrom([...STANDARD, ["thisFile", thisFile]], "hidden");
      this.#libraries.set(thisFile, library);
    }
    return library;
  }

  trace(line: string): void {
    this.#options.trace?.(line);
  }

  importCode(from: Source, path: string, machine: Machine, site: Trace): Value {
    const found = this.#find(from, path);
    if ("fault" in found) throw machine.fail(found.fault, site);
    let thunk = this.#imported.get(found.path);
    if (thunk === undefined) {
      const program = programOf(found.path, found.path, textOf(found.bytes));
      if (program.faults !== undefined) throw machine.fail(program.faults[0].message, site);
      thunk = new Thunk((running) => running.runProgram(program), undefined);
      this.#imported.set(found.path, thunk);
    }
    return machine.force(thunk, site);
  }

  importText(from: Source, path: string): { readonly text: string } | { readonly fault: string } {
    const found = this.#find(from, path);
    return "fault" in found ? found : { text: textOf(found.bytes) };
  }

  importBytes(from: Source, path: string): { readonly bytes: Uint8Array } | { readonly fault: string } {
    return this.#find(from, path);
  }

  /** Beside the importing file, then in the libraries. */
  #find({ importName }: Source, path: string): Found | { readonly fault: string } {
    const beside = importName.slice(0, importName.lastIndexOf("/") + 1);
    for (const folder of [beside, ...(this.#options.libraries ?? []).toReversed()]) {
      const at = within(folder, path);
      const bytes = at === undefined ? undefined : this.#read(at);
      if (bytes === "directory") return { fault: `read ${at === "" ? "." : at}: is a directory` };
      if (at !== undefined && bytes !== undefined) return { path: at, bytes };
    }
    return { fault: notFound(path) };
  }

  #read(path: string): Uint8Array | "directory" | undefined {
    if (!this.#files.has(path)) this.#files.set(path, this.#options.read(path));
    return this.#files.get(path);
  }
}

interface Found {
  readonly path: string;
  readonly bytes: Uint8Array;
}

function notFound(path: string): string {
  return `couldn't open import ${goQuote(path)}: no match locally or in the Jsonnet library paths`;
}

/** A path below the root; undefined for one that leads out of it, as absolute ones do. */
function within(folder: string, path: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
