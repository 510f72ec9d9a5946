import {
  JsonnetArray,
  JsonnetObject,
  type Lazy,
  type Machine,
  type Value,
  isFunction,
  typeName,
} from "../../runtime/machine.ts";
import { callWith } from "../../runtime/call.ts";
import { fieldOf, objectFrom, withoutKey } from "../../runtime/fields.ts";
import { STD, type Trace } from "../../runtime/trace.ts";
import { quoteJson } from "../../manifest/string.ts";
import { arrayOf, later, strict, withLazy } from "../define.ts";

function namesOf(machine: Machine, site: Trace, obj: Value, hidden: boolean): readonly string[] {
  const object = machine.object(obj, site);
  const names = hidden ? object.allNames : object.shown;
  machine.checkElements(names.length, site);
  return names;
}

function has(machine: Machine, site: Trace, obj: Value, name: Value, hidden: Value): boolean {
  const object = machine.object(obj, site);
  const field = machine.string(name, site);
  const withHidden = machine.boolean(hidden, site);
  return withHidden ? object.has(field) : object.shows(field);
}

function laterField(object: Value, name: string): Lazy {
  return later((machine) => fieldOf(machine, object as JsonnetObject, name, 0, STD));
}

function values(hidden: boolean) {
  return (machine: Machine, site: Trace, o: Value): Value =>
    arrayOf(namesOf(machine, site, o, hidden).map((name) => laterField(o, name)));
}

function keysValues(hidden: boolean) {
  return (machine: Machine, site: Trace, o: Value): Value => {
    const names = namesOf(machine, site, o, hidden);
    return arrayOf(
      names.map((name) =>
        objectFrom([
          ["key", name],
          ["value", laterField(o, name)],
        ]),
      ),
    );
  };
}

function mapWithKey(machine: Machine, site: Trace, func: Value, obj: Value): Value {
  if (func === null || !isFunction(func)) {
    throw machine.fail(`std.mapWithKey first param must be function, got ${typeName(func)}`, site);
  }
  if (!(obj instanceof JsonnetObject)) {
    throw machine.fail(`std.mapWithKey second param must be object, got ${typeName(obj)}`, site);
  }
  return objectFrom(
    obj.shown.map((name) => {
      return [name, later((running) => callWith(running, func, [name, laterField(obj, name)], STD))] as const;
    }),
  );
}

/** RFC 7396, each field worked out when somebody looks at it. */
function mergePatch(machine: Machine, site: Trace, target: Value, patch: Value): Value {
  if (!(patch instanceof JsonnetObject)) return patch;
  const old = target instanceof JsonnetObject ? target : undefined;
  const names = new Set([...(old?.shown ?? []), ...patch.shown]);
  for (const name of patch.shown) if (fieldOf(machine, patch, name, 0, site) === null) names.delete(name);
  const patched = new Set(patch.shown);
  const known = new Set(old?.shown);
  const merged = [...names].map((name): readonly [string, Lazy] => {
    if (!patched.has(name)) return [name, laterField(old as JsonnetObject, name)];
    const merging = later((running) => {
      const before = known.has(name) ? fieldOf(running, old as JsonnetObject, name, 0, STD) : null;
      return mergePatch(running, STD, before, fieldOf(running, patch, name, 0, STD));
    });
    return [name, merging];
  });
  return objectFrom(merged);
}

/** Without what is null or empty, at any depth. */
function prune(machine: Machine, site: Trace, value: Value): Value {
  if (value instanceof JsonnetArray) {
    machine.push(site, false);
    const kept = value.items.map((item) => prune(machine, STD, machine.force(item, STD))).filter(isContent);
    machine.depth--;
    return arrayOf(kept);
  }
  if (!(value instanceof JsonnetObject)) return value;
  machine.push(site, false);
  const kept: [string, Value][] = [];
  for (const name of value.shown) {
    const pruned = prune(machine, STD, fieldOf(machine, value, name, 0, STD));
    if (isContent(pruned)) kept.push([name, pruned]);
  }
  machine.depth--;
  return objectFrom(kept);
}

function isContent(value: Value): boolean {
  if (value === null) return false;
  if (value instanceof JsonnetArray) return value.items.length > 0;
  return !(value instanceof JsonnetObject) || value.shown.length > 0;
}

/** What an object comprehension comes to: objects of one field each become one object. */
function flatMerge(machine: Machine, site: Trace, arr: Value): Value {
  const entries = new Map<string, Lazy>();
  for (const item of machine.array(arr, site).items) {
    const object = machine.object(machine.force(item, site), site);
    for (const name of object.allNames) {
      if (entries.has(name)) throw machine.fail(`Duplicate field name: ${quoteJson(name)}`, site);
      entries.set(name, laterField(object, name));
    }
  }
  return objectFrom(entries);
}

export const OBJECTS: Readonly<Record<string, Value>> = {
  get: withLazy("o f default?~ inc_hidden?", (machine, site, [o, f, fallback, hidden]) => {
    if (has(machine, site, o as Value, f as Value, (hidden ?? true) as Value)) {
      return fieldOf(machine, o as JsonnetObject, f as string, 0, site);
    }
    return fallback === undefined ? null : machine.force(fallback, site);
  }),
  objectHas: strict("o f", (machine, site, o, f) => has(machine, site, o, f, false)),
  objectHasAll: strict("o f", (machine, site, o, f) => has(machine, site, o, f, true)),
  objectHasEx: strict("obj fname hidden", has),
  objectFields: strict("o", (machine, site, o) => arrayOf(namesOf(machine, site, o, false))),
  objectFieldsAll: strict("o", (machine, site, o) => arrayOf(namesOf(machine, site, o, true))),
  objectFieldsEx: strict("obj hidden", (machine, site, obj, hidden) => {
    machine.object(obj, site);
    return arrayOf(namesOf(machine, site, obj, machine.boolean(hidden, site)));
  }),
  objectValues: strict("o", values(false)),
  objectValuesAll: strict("o", values(true)),
  objectKeysValues: strict("o", keysValues(false)),
  objectKeysValuesAll: strict("o", keysValues(true)),
  objectRemoveKey: strict("obj key", (machine, site, obj, key) =>
    withoutKey(machine.object(obj, site), machine.string(key, site)),
  ),
  mapWithKey: strict("func obj", mapWithKey),
  mergePatch: strict("target patch", mergePatch),
  prune: strict("a", prune),
  $objectFlatMerge: strict("x", flatMerge),
};
