import {
  type Code,
  type Env,
  JsonnetArray,
  JsonnetObject,
  type Machine,
  type Value,
  typeName,
} from "../runtime/machine.ts";
import { characterAt, lengthOf } from "../runtime/characters.ts";
import { fieldOf } from "../runtime/fields.ts";
import { toInt64 } from "../runtime/numbers.ts";
import type { Trace } from "../runtime/trace.ts";
import { slice } from "../std/slice.ts";
import { STANDARD } from "../std/index.ts";
import type { Node, NodeOf } from "../syntax/nodes.ts";
import type { Compiler } from "./compiler.ts";
import type { Scope } from "./scope.ts";
import { isStandardLibrary } from "./variables.ts";

/** What `std.NAME` is, where `std` is the library and knows the name. */
export function standardMember(compiler: Compiler, node: Node, scope: Scope): Value | undefined {
  if (node.kind !== "index" || node.target.kind !== "var" || !isStandardLibrary(node.target, scope)) return undefined;
  if (node.index.kind !== "literal" || typeof node.index.value !== "string") return undefined;
  return node.index.value === "thisFile" ? compiler.source.thisFile : STANDARD.get(node.index.value);
}

export function compileIndex(compiler: Compiler, node: NodeOf<"index">, scope: Scope): Code {
  const known = standardMember(compiler, node, scope);
  if (known !== undefined) return () => known;
  const target = compiler.code(node.target, scope);
  const site = compiler.site(node);
  if (node.index.kind === "literal" && typeof node.index.value === "string") {
    const name = node.index.value;
    return (machine, env) => {
      const value = target(machine, env);
      if (value instanceof JsonnetObject) return fieldOf(machine, value, name, 0, site);
      return itemOf(machine, value, name, site);
    };
  }
  const index = compiler.code(node.index, scope);
  return (machine, env) => {
    const value = target(machine, env);
    return itemOf(machine, value, index(machine, env), site);
  };
}

/** What is at an index; a fraction is cut off it. */
function itemOf(machine: Machine, target: Value, index: Value, site: Trace): Value {
  if (target instanceof JsonnetObject) return fieldOf(machine, target, machine.string(index, site), 0, site);
  if (target instanceof JsonnetArray) {
    const at = Math.trunc(machine.number(index, site));
    const { items } = target;
    if (at >= 0 && at < items.length) return machine.force(items[at] as Value, site);
    throw machine.fail(`Index ${shownIndex(at)} out of bounds, not within [0, ${items.length})`, site);
  }
  if (typeof target === "string") {
    const at = Math.trunc(machine.number(index, site));
    const found = at >= 0 ? characterAt(target, at) : undefined;
    if (found !== undefined) return found;
    throw machine.fail(`Index ${shownIndex(at)} out of bounds, not within [0, ${lengthOf(target)})`, site);
  }
  const name = typeName(target);
  throw machine.fail(`Value non indexable: *jsonnet.value${name[0]?.toUpperCase()}${name.slice(1)}`, site);
}

function shownIndex(at: number): string {
  return toInt64(at).toString();
}

/** A call of `std.slice` with null for what was left out. */
export function compileSlice(compiler: Compiler, node: NodeOf<"slice">, scope: Scope): Code {
  const site = compiler.bareSite(node);
  const part = (given: Node | undefined): Code => (given ? compiler.code(given, scope) : () => null);
  const [target, from, to, step] = [part(node.target), part(node.from), part(node.to), part(node.step)];
  return (machine, env) => {
    const value = asArgument(machine, env, target, site);
    const begin = asArgument(machine, env, from, site);
    const end = asArgument(machine, env, to, site);
    return slice(machine, site, value, begin, end, asArgument(machine, env, step, site));
  };
}

/** Evaluates as the argument of a function would be: in a frame of its own. */
export function asArgument(machine: Machine, env: Env, code: Code, site: Trace): Value {
  machine.push(site, false);
  const value = code(machine, env);
  machine.depth--;
  return value;
}

export function compileSuperIndex(compiler: Compiler, node: NodeOf<"superIndex">, scope: Scope): Code {
  if (scope.objects === 0) compiler.fault("Can't use super outside of an object.", node);
  const index = compiler.code(node.index, scope);
  const site = compiler.site(node);
  return (machine, env) => {
    const name = machine.string(index(machine, env), site);
    return fieldOf(machine, env.self as JsonnetObject, name, env.depth + 1, site);
  };
}
