import { cloneJson, isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";

/** Keys and list positions, from the outside in. */
export type Path = readonly (string | number)[];

/** `/spec/sources/0/targetRevision` as keys; positions stay text, since only the value tells lists from maps. */
export function parsePointer(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
}

function readAt(value: Json | undefined, path: Path): Json | undefined {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isJsonObject(found) && Object.hasOwn(found, String(key)) ? found[String(key)] : undefined;
  }
  return found;
}

/** The target with what `live` has at a path; where live has nothing, neither has the target. What leads there must be there. */
export function takeOver(target: JsonObject, live: JsonObject, path: Path): JsonObject {
  const copy = cloneJson(target);
  const parent = readAt(copy, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) return copy;
  const value = readAt(live, path);
  if (Array.isArray(parent)) {
    const index = Number(last);
    if (value !== undefined && index < parent.length) parent[index] = cloneJson(value);
    return copy;
  }
  if (!isJsonObject(parent)) return value === undefined ? copy : withParents(copy, live, path);
  if (value === undefined) delete parent[String(last)];
  else setOwn(parent, String(last), cloneJson(value));
  return copy;
}

/** Where the target has no map to put the value in, it takes over the nearest one that only live has. */
function withParents(target: JsonObject, live: JsonObject, path: Path): JsonObject {
  for (let length = 1; length < path.length; length++) {
    const at = path.slice(0, length);
    if (readAt(target, at) !== undefined) continue;
    const parent = readAt(target, at.slice(0, -1));
    if (!isJsonObject(parent)) return target;
    setOwn(parent, String(at.at(-1)), onlyPath(cloneJson(readAt(live, at)) ?? null, path.slice(length)));
    return target;
  }
  return target;
}

function onlyPath(value: Json, path: Path): Json {
  const [key, ...rest] = path;
  if (key === undefined || !isJsonObject(value)) return value;
  return { [String(key)]: onlyPath(value[String(key)] ?? null, rest) };
}
