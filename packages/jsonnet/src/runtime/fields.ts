import {
  Env,
  type FieldDef,
  type Found,
  JsonnetObject,
  type Layer,
  type LayerCode,
  type Lazy,
  type Machine,
  type PlusField,
  Thunk,
  type Value,
} from "./machine.ts";
import { ASSERTIONS, STD, type Trace } from "./trace.ts";
import type { Visibility } from "../syntax/nodes.ts";

/** A field by name. @param from the layer to begin with: 0 but for `super` */
export function fieldOf(machine: Machine, object: JsonnetObject, name: string, from: number, site: Trace): Value {
  checkAssertions(machine, object, site);
  if (from > 0 && from >= object.layers.length) {
    throw machine.fail("Attempt to use super when there is no super class.", site);
  }
  const found = object.find(name, from);
  if (found === undefined) throw machine.fail(`Field does not exist: ${name}`, site);
  const known = object.valueAt(found.depth, found.field.slot);
  if (known !== undefined) return known;
  const value = found.field.plus
    ? plusField(machine, object, name, found, site)
    : evaluate(machine, object, found, site);
  object.keep(found.depth, found.field.slot, value);
  return value;
}

function evaluate(machine: Machine, object: JsonnetObject, { field, layer, depth }: Found, site: Trace): Value {
  const env = fieldEnv(object, layer, depth, field);
  machine.push(site, false);
  const value = field.code(machine, env);
  machine.depth--;
  return value;
}

/** `name+: value`: added to what the layers before have, if they have it. */
function plusField(machine: Machine, object: JsonnetObject, name: string, found: Found, site: Trace): Value {
  const { site: own, add } = found.field.plus as PlusField;
  machine.push(site, false);
  const right = evaluate(machine, object, found, own);
  const isThere = object.find(name, found.depth + 1) !== undefined;
  const value = isThere ? add(machine, fieldOf(machine, object, name, found.depth + 1, own), right, own) : right;
  machine.depth--;
  return value;
}

/** Variables of a layer's fields: its locals and `$`, with `self` being the whole object. */
function fieldEnv(object: JsonnetObject, layer: Layer, depth: number, field?: FieldDef): Env {
  if (field?.env !== undefined) return layerEnv(object, layer.code, field.env, depth);
  return (object.envs[depth] ??= layerEnv(object, layer.code, layer.env, depth));
}

function layerEnv(object: JsonnetObject, code: LayerCode, outer: Env | undefined, depth: number): Env {
  const slots: Lazy[] = code.hasRoot ? [object] : [];
  const env = new Env(outer, slots, object, depth);
  for (const local of code.locals) slots.push(new Thunk(local, env));
  return env;
}

/** Asserts run once, when the object is first looked into; what they look at themselves counts as checked. */
function checkAssertions(machine: Machine, object: JsonnetObject, site: Trace): void {
  if (object.isChecked) return;
  object.isChecked = true;
  const { layers } = object;
  for (let depth = 0; depth < layers.length; depth++) {
    const layer = layers[depth] as Layer;
    for (const assert of layer.code.asserts) {
      machine.push(site, false);
      assert(machine, fieldEnv(object, layer, depth));
      machine.depth--;
    }
  }
}

export function checkBeforeManifest(machine: Machine, object: JsonnetObject): void {
  checkAssertions(machine, object, ASSERTIONS);
}

const PLAIN_LAYER: LayerCode = { hasRoot: false, locals: [], asserts: [], slotCount: 0 };

/** An object of values that are known or will be. */
export function objectFrom(
  entries: Iterable<readonly [string, Lazy]>,
  visibility: Visibility = "inherit",
): JsonnetObject {
  const fields = new Map<string, FieldDef>();
  for (const [name, lazy] of entries) {
    const code = lazy instanceof Thunk ? (machine: Machine) => machine.force(lazy, STD) : () => lazy;
    fields.set(name, { code, visibility, plus: undefined, slot: fields.size, env: undefined });
  }
  return new JsonnetObject([{ fields, code: PLAIN_LAYER, env: undefined, kept: undefined, covers: 0 }]);
}

/** The object without a key: the field is neither seen nor listed, what others make of it stays. */
export function withoutKey(object: JsonnetObject, key: string): JsonnetObject {
  const kept = new Map(object.visibilities);
  kept.delete(key);
  const { layers } = object;
  const restriction: Layer = { fields: new Map(), code: PLAIN_LAYER, env: undefined, kept, covers: layers.length };
  return new JsonnetObject([restriction, ...layers]);
}
