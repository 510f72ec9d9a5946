import { RecentMap } from "@fairlead/base";
import { createHash } from "node:crypto";
import { Compiler } from "./compile/compiler.ts";
import { Scope } from "./compile/scope.ts";
import { JSONNET_LIMITS } from "./limits.ts";
import type { Code } from "./runtime/values.ts";
import { parse } from "./syntax/parse.ts";
import { Source } from "./syntax/source.ts";
import { StaticFault } from "./syntax/static-fault.ts";

/** A text compiled, or what is wrong with it, the fault that go-jsonnet tells first at the head. */
export type Program =
  | { readonly source: Source; readonly code: Code; readonly faults?: undefined }
  | { readonly source: Source; readonly code?: undefined; readonly faults: readonly [StaticFault, ...StaticFault[]] };

/** By name and content: whoever reads the same text at the same place shares its code, from commit to commit. */
const programs = new RecentMap<string, Program>(JSONNET_LIMITS.cacheCharsMax);

/** Parses and compiles, once per process for the same text under the same name. */
export function programOf(name: string, importName: string, text: string): Program {
  const digest = createHash("sha256").update(text).digest("base64");
  const key = `${name}\0${importName}\0${digest}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const program = compile(new Source(name, importName, text));
  programs.set(key, program, text.length);
  return program;
}

function compile(source: Source): Program {
  try {
    const compiler = new Compiler(source);
    const code = compiler.code(parse(source), new Scope(undefined, ["std"], 0));
    const [first, ...others] = [...compiler.dollarFaults, ...compiler.faults];
    return first === undefined ? { source, code } : { source, faults: [first, ...others] };
  } catch (error) {
    if (error instanceof StaticFault) return { source, faults: [error] };
    // JavaScript's own stack is full.
    if (error instanceof RangeError) {
      return { source, faults: [new StaticFault("expressions are nested too deep", source, 0)] };
    }
    throw error;
  }
}
