import { type Program } from "./runtime/machine.ts";
import { RecentMap } from "@fairlead/base";
import { createHash } from "node:crypto";
import { Compiler } from "./compile/compiler.ts";
import { compileNode } from "./compile/compile-node.ts";
import { Scope } from "./compile/scope.ts";
import { JSONNET_LIMITS } from "./limits.ts";
import { parse } from "./syntax/parse.ts";
import { Source } from "./syntax/source.ts";
import { StaticFault } from "./syntax/static-fault.ts";

/** By name and content: whoever reads the same text at the same place shares its code, from commit to commit. */
const programs = new RecentMap<string, Program>(JSONNET_LIMITS.cacheCharsMax);

/** Parses and compiles, once per process for the same text under the same name. */
export function programOf(name: string, importName: string, text: string, thisFile = importName): Program {
  const digest = createHash("sha256").update(text).digest("base64");
  const key = `${name}\0${importName}\0${thisFile}\0${digest}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const program = compile(new Source(name, importName, thisFile, text));
  programs.set(key, program, text.length);
  return program;
}

function compile(source: Source): Program {
  try {
    const compiler = new Compiler(source, compileNode);
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
