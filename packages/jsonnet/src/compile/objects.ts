import {
  type Code,
  type Env,
  type FieldDef,
  JsonnetObject,
  type LayerCode,
  type Machine,
  typeName,
} from "../runtime/machine.ts";
import { add } from "../runtime/operators.ts";
import type { Trace } from "../runtime/trace.ts";
import { quoteJson } from "../manifest/string.ts";
import type { Field, Node, NodeOf, Visibility } from "../syntax/nodes.ts";
import { Site } from "../syntax/source.ts";
import type { Compiler } from "./compiler.ts";
import { compileObjectAssert } from "./control.ts";
import { Scope } from "./scope.ts";

/** A field whose name is not known yet. */
export interface FieldCode {
  readonly name: Code;
  /** Where the name is written down. */
  readonly literal: string | undefined;
  readonly code: Code;
  readonly visibility: Visibility;
  readonly plus: Site | undefined;
}

export interface ObjectCode {
  readonly fields: readonly FieldCode[];
  readonly layer: LayerCode;
}

/** @param scope what the names see; bodies see the object's locals too, and the outermost object as `$` */
export function compileMembers(compiler: Compiler, members: readonly Field[], scope: Scope): ObjectCode {
  const hasRoot = scope.objects === 0;
  const locals = members.filter((member) => member.kind === "local");
  const names = locals.map(({ name }) => name);
  const inner = new Scope(scope, hasRoot ? ["$", ...names] : names, scope.objects + 1);
  const localCodes = locals.map(({ value }) => compiler.code(value, inner));
  const proper = members.filter((member) => member.kind === "field");
  const bodies = proper.map(({ value }) => compiler.code(value, inner));
  const asserts = members
    .filter((member) => member.kind === "assert")
    .map((member) => compileObjectAssert(compiler, member, inner));
  const fields = proper.map((field, at): FieldCode => ({
    name: compiler.code(field.name, scope),
    literal: field.name.kind === "literal" && typeof field.name.value === "string" ? field.name.value : undefined,
    code: bodies[at] as Code,
    visibility: field.visibility,
    plus: field.isPlus ? plusSite(compiler, field.value) : undefined,
  }));
  return { fields, layer: { hasRoot, locals: localCodes, asserts, slotCount: fields.length } };
}

/** Where a `+:` field's stack line points to: what its value comes down to when brackets are gone. */
function plusSite(compiler: Compiler, value: Node): Site {
  if (value.kind === "parens") return plusSite(compiler, value.inner);
  if (value.kind === "assert") return new Site(compiler.source, -1, -1, "+:");
  return new Site(compiler.source, value.begin, value.end, "+:");
}

export function compileObject(compiler: Compiler, node: NodeOf<"object">, scope: Scope): Code {
  const { fields, layer } = compileMembers(compiler, node.fields, scope);
  const site = compiler.site(node);
  const known = knownFields(fields);
  if (known !== undefined) {
    return (_machine, env) => new JsonnetObject([{ fields: known, code: layer, env, kept: undefined, covers: 0 }]);
  }
  return (machine, env) => {
    const found = new Map<string, FieldDef>();
    for (const field of fields) {
      const name = field.literal ?? nameOf(machine, env, field, site);
      if (name !== undefined) addField(machine, found, name, field, undefined, site);
    }
    return new JsonnetObject([{ fields: found, code: layer, env, kept: undefined, covers: 0 }]);
  };
}

/** The fields of an object that has all its names written down; they are the same each time. */
function knownFields(fields: readonly FieldCode[]): ReadonlyMap<string, FieldDef> | undefined {
  const known = new Map<string, FieldDef>();
  for (const field of fields) {
    if (field.literal === undefined || known.has(field.literal)) return undefined;
    known.set(field.literal, fieldDef(field, known.size, undefined));
  }
  return known;
}

function fieldDef({ code, visibility, plus }: FieldCode, slot: number, env: Env | undefined): FieldDef {
  return { code, visibility, plus: plus && { site: plus, add }, slot, env };
}

/** The name of a field; undefined for null, which leaves the field out. */
export function nameOf(machine: Machine, env: Env, field: FieldCode, site: Trace): string | undefined {
  const name = field.name(machine, env);
  if (typeof name === "string") return name;
  if (name === null) return undefined;
  throw machine.fail(`Field name must be string, got ${typeName(name)}`, site);
}

export function addField(
  machine: Machine,
  fields: Map<string, FieldDef>,
  name: string,
  field: FieldCode,
  env: Env | undefined,
  site: Trace,
): void {
  if (fields.has(name)) throw machine.fail(`Duplicate field name: ${quoteJson(name)}`, site);
  fields.set(name, fieldDef(field, fields.size, env));
}
