import {
  type Code,
  Env,
  type FieldDef,
  JsonnetArray,
  JsonnetObject,
  type Lazy,
  type Machine,
} from "../runtime/machine.ts";
import { BLANK, type Trace } from "../runtime/trace.ts";
import type { ForSpec, NodeOf } from "../syntax/nodes.ts";
import type { Compiler } from "./compiler.ts";
import { asArgument } from "./indexing.ts";
import { addField, compileMembers, nameOf } from "./objects.ts";
import type { Scope } from "./scope.ts";

/** One `for`, its names and conditions; the scope is the one inside of it. */
interface Loop {
  readonly items: Code;
  readonly conditions: readonly Code[];
}

/** Calls back with the variables of each turn of the innermost loop. */
type Turns = (machine: Machine, env: Env, turn: (own: Env) => void) => void;

/**
 * Faults are told from the inside out, as go-jsonnet meets them: conditions, what is made of each turn, then what a loop goes over.
 * @param inside compiles what is made of each turn
 */
function compileLoops<T>(
  compiler: Compiler,
  spec: ForSpec,
  scope: Scope,
  site: Trace,
  inside: (scope: Scope) => T,
): { readonly turns: Turns; readonly made: T } {
  const specs: ForSpec[] = [];
  for (let at: ForSpec | undefined = spec; at; at = at.outer) specs.unshift(at);
  const scopes = [scope];
  for (const { name } of specs) scopes.push((scopes.at(-1) as Scope).inner([name]));
  const conditionsOf = (at: number): readonly Code[] =>
    (specs[at] as ForSpec).conditions.map((condition) => compiler.code(condition, scopes[at + 1] as Scope));
  const last = specs.length - 1;
  let conditions = conditionsOf(last);
  const made = inside(scopes[last + 1] as Scope);
  const loops: Loop[] = [];
  for (let at = last; at >= 0; at--) {
    loops.unshift({ items: compiler.code((specs[at] as ForSpec).items, scopes[at] as Scope), conditions });
    if (at > 0) conditions = conditionsOf(at - 1);
  }
  const turns: Turns = (machine, env, turn) => runLoop(machine, env, loops, 0, turn, site);
  return { turns, made };
}

function runLoop(
  machine: Machine,
  env: Env,
  loops: readonly Loop[],
  at: number,
  turn: (own: Env) => void,
  site: Trace,
): void {
  const loop = loops[at];
  if (loop === undefined) return turn(env);
  const { items } = machine.array(asArgument(machine, env, loop.items, site), site);
  for (const item of items) {
    machine.push(site, false);
    const own = new Env(env, [item], env.self, env.depth);
    if (holds(machine, own, loop.conditions)) runLoop(machine, own, loops, at + 1, turn, site);
    machine.depth--;
  }
}

function holds(machine: Machine, env: Env, conditions: readonly Code[]): boolean {
  for (const condition of conditions) if (!machine.boolean(condition(machine, env), BLANK)) return false;
  return true;
}

export function compileArrayComp(compiler: Compiler, node: NodeOf<"arrayComp">, scope: Scope): Code {
  const site = compiler.bareSite(node);
  const { turns, made } = compileLoops(compiler, node.spec, scope, site, (inner) => compiler.lazy(node.body, inner));
  return (machine, env) => {
    const items: Lazy[] = [];
    turns(machine, env, (own) => {
      items.push(made(machine, own));
      machine.checkCount(items.length, site);
    });
    return new JsonnetArray(items);
  };
}

export function compileObjectComp(compiler: Compiler, node: NodeOf<"objectComp">, scope: Scope): Code {
  const site = compiler.bareSite(node);
  const { turns, made } = compileLoops(compiler, node.spec, scope, site, (inner) =>
    compileMembers(compiler, node.fields, inner),
  );
  const [field] = made.fields;
  const nameSite = compiler.site(node);
  return (machine, env) => {
    const envs: Env[] = [];
    machine.push(site, false);
    turns(machine, env, (own) => void envs.push(own));
    machine.depth--;
    const fields = new Map<string, FieldDef>();
    for (const own of envs) {
      if (field === undefined) break;
      machine.push(site, false);
      const name = nameOf(machine, own, field, nameSite);
      machine.depth--;
      if (name !== undefined) addField(machine, fields, name, field, own, site);
    }
    return new JsonnetObject([{ fields, code: made.layer, env, kept: undefined, covers: 0 }]);
  };
}
