import { type Code, JsonnetArray } from "../runtime/machine.ts";
import type { NodeOf } from "../syntax/nodes.ts";
import type { Compiler } from "./compiler.ts";
import type { Scope } from "./scope.ts";

export function compileLiteral(compiler: Compiler, node: NodeOf<"literal">): Code {
  const { value } = node;
  if (typeof value !== "number" || Number.isFinite(value)) return () => value;
  const site = compiler.site(node);
  return (machine) => {
    throw machine.fail("overflow", site);
  };
}

export function compileArray(compiler: Compiler, node: NodeOf<"array">, scope: Scope): Code {
  const items = node.items.map((item) => compiler.lazy(item, scope));
  if (items.length === 0) {
    const empty = new JsonnetArray([]);
    return () => empty;
  }
  return (machine, env) => new JsonnetArray(items.map((item) => item(machine, env)));
}

export function compileImport(compiler: Compiler, node: NodeOf<"import" | "importstr" | "importbin">): Code {
  const { source } = compiler;
  const { path } = node;
  const site = compiler.site(node);
  if (node.kind === "import") return (machine) => machine.world.importCode(source, path, machine, site);
  if (node.kind === "importstr") {
    return (machine) => {
      const found = machine.world.importText(source, path);
      if ("fault" in found) throw machine.fail(found.fault, site);
      return found.text;
    };
  }
  return (machine) => {
    const found = machine.world.importBytes(source, path);
    if ("fault" in found) throw machine.fail(found.fault, site);
    machine.checkElements(found.bytes.length, site);
    return new JsonnetArray([...found.bytes]);
  };
}
