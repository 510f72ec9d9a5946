import { cloneJson, isJsonObject, jsonEqual, problemError, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { refuseDeep } from "./depth.ts";

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string | undefined;
  readonly value?: Json | undefined;
}

const MISSING = "missing value";
const INVALID_INDEX = "invalid index referenced";

/** A fault inside one operation; turned into a problem where the patch is run. */
class OperationFault extends Error {}

/**
 * Carries out a JSON patch on a copy, with the limits and the texts of kube-apiserver (gopkg.in/evanphx/json-patch.v4: negative
 * indexes count from the end, a missing value reads as null in objects).
 * @throws ProblemError InvalidPatch (400, 413) for what is no patch, PatchFailed (422) when an operation doesn't apply
 */
export function jsonPatch(document: Json, operations: readonly JsonPatchOperation[]): Json {
  refuseDeep(document);
  if (!Array.isArray(operations)) {
    throw problemError("InvalidPatch", "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  }
  if (operations.length > LIMITS.jsonPatchOperationsMax) {
    const text = `The allowed maximum operations in a JSON patch is ${LIMITS.jsonPatchOperationsMax}, got ${operations.length}`;
    throw problemError("LimitExceeded", text);
  }
  const run = new PatchRun(cloneJson(document));
  try {
    for (const operation of operations) run.carryOut(operation);
  } catch (error) {
    if (error instanceof OperationFault) throw problemError("PatchFailed", error.message);
    throw error;
  }
  return run.document;
}

class PatchRun {
  document: Json;
  #copiedBytes = 0;

  constructor(document: Json) {
    this.document = document;
  }

  carryOut(operation: JsonPatchOperation): void {
    switch (operation.op) {
      case "add":
        return this.#add(operation);
      case "remove":
        return this.#remove(operation);
      case "replace":
        return this.#replace(operation);
      case "move":
        return this.#move(operation);
      case "copy":
        return this.#copy(operation);
      case "test":
        return this.#test(operation);
      default:
        throw new OperationFault(`Unexpected kind: ${String((operation as { op?: unknown }).op ?? "unknown")}`);
    }
  }

  #add({ path, value }: JsonPatchOperation): void {
    if (typeof path !== "string") throw new OperationFault(`add operation failed to decode path: ${MISSING}`);
    const found = this.#parentOf(path);
    if (!found) {
      throw new OperationFault(`add operation does not apply: doc is missing path: "${path}": ${MISSING}`);
    }
    within(`error in add for path: '${path}'`, () => addTo(found.parent, found.key, cloneJson(value ?? null)));
  }

  #remove({ path }: JsonPatchOperation): void {
    if (typeof path !== "string") throw new OperationFault(`remove operation failed to decode path: ${MISSING}`);
    const found = this.#parentOf(path);
    if (!found) {
      throw new OperationFault(`remove operation does not apply: doc is missing path: "${path}": ${MISSING}`);
    }
    within(`error in remove for path: '${path}'`, () => removeFrom(found.parent, found.key));
  }

  #replace({ path, value }: JsonPatchOperation): void {
    if (typeof path !== "string") throw new OperationFault(`replace operation failed to decode path: ${MISSING}`);
    const replacement = cloneJson(value ?? null);
    if (path === "") {
      if (typeof replacement !== "object" || replacement === null) {
        throw new OperationFault("replace operation value must be object or array");
      }
      this.document = replacement;
      return;
    }
    const found = this.#parentOf(path);
    if (!found) throw new OperationFault(`replace operation does not apply: doc is missing path: ${path}: ${MISSING}`);
    const { parent, key } = found;
    if (Array.isArray(parent) && existingIndex(parent, key) === undefined) {
      throw new OperationFault(`replace operation does not apply: doc is missing key: ${path}: ${MISSING}`);
    }
    if (Array.isArray(parent)) parent[existingIndex(parent, key) ?? 0] = replacement;
    else setOwn(parent, key, replacement);
  }

  #move({ path, from }: JsonPatchOperation): void {
    if (typeof from !== "string") throw new OperationFault(`move operation failed to decode from: ${MISSING}`);
    const source = this.#parentOf(from);
    if (!source)
      throw new OperationFault(`move operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
    const value = within(`error in move for path: '${source.key}'`, () => getFrom(source.parent, source.key));
    within(`error in move for path: '${source.key}'`, () => removeFrom(source.parent, source.key));
    const target = typeof path === "string" ? this.#parentOf(path) : undefined;
    if (!target) {
      throw new OperationFault(`move operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
    }
    within(`error in move for path: '${path}'`, () => addTo(target.parent, target.key, value ?? null));
  }

  #copy({ path, from }: JsonPatchOperation): void {
    if (typeof from !== "string") throw new OperationFault(`copy operation failed to decode from: ${MISSING}`);
    const source = this.#parentOf(from);
    if (!source)
      throw new OperationFault(`copy operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
    const value = within(`error in copy for from: '${from}'`, () => getFrom(source.parent, source.key));
    const target = typeof path === "string" ? this.#parentOf(path) : undefined;
    if (!target) {
      throw new OperationFault(`copy operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
    }
    this.#copiedBytes += JSON.stringify(value ?? null).length;
    if (this.#copiedBytes > LIMITS.jsonPatchCopyBytesMax) {
      const size = `the accumulated size increase of copy is ${this.#copiedBytes}`;
      throw new OperationFault(
        `Unable to complete the copy, ${size}, exceeding the limit ${LIMITS.jsonPatchCopyBytesMax}`,
      );
    }
    within("error while adding value during copy", () => addTo(target.parent, target.key, cloneJson(value ?? null)));
  }

  #test({ path, value }: JsonPatchOperation): void {
    if (typeof path !== "string") throw new OperationFault(`test operation failed to decode path: ${MISSING}`);
    const failed = `testing value ${path} failed`;
    if (path === "") {
      if (!jsonEqual(this.document, value)) throw new OperationFault(`${failed}: test failed`);
      return;
    }
    const found = this.#parentOf(path);
    if (!found) throw new OperationFault(`test operation does not apply: is missing path: ${path}: ${MISSING}`);
    const actual = within(`error in test for path: '${path}'`, () => getFrom(found.parent, found.key));
    if (!jsonEqual(actual ?? null, value ?? null)) throw new OperationFault(`${failed}: test failed`);
  }

  /** The container of a pointer's last part; undefined when something on the way is no container. */
  #parentOf(path: string): { parent: Json[] | JsonObject; key: string } | undefined {
    const parts = path.split("/");
    if (parts.length < 2) return undefined;
    const keys = parts.slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = keys.pop() ?? "";
    let at: Json | undefined = this.document;
    for (const key of keys) {
      if (Array.isArray(at)) {
        const index = existingIndex(at, key);
        at = index === undefined ? undefined : at[index];
      } else {
        at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
      }
    }
    return Array.isArray(at) || isJsonObject(at) ? { parent: at, key: last } : undefined;
  }
}

function within<T>(prefix: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof OperationFault) throw new OperationFault(`${prefix}: ${error.message}`);
    throw error;
  }
}

function parseIndex(key: string): number {
  if (/^[+-]?\d{1,15}$/.test(key)) return Number(key);
  throw new OperationFault(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
}

function existingIndex(list: readonly Json[], key: string): number | undefined {
  if (!/^[+-]?\d{1,15}$/.test(key)) return undefined;
  const index = Number(key) < 0 ? Number(key) + list.length : Number(key);
  return index >= 0 && index < list.length ? index : undefined;
}

function invalidIndex(index: number): OperationFault {
  return new OperationFault(`Unable to access invalid index: ${index}: ${INVALID_INDEX}`);
}

function getFrom(parent: Json[] | JsonObject, key: string): Json | undefined {
  if (!Array.isArray(parent)) return Object.hasOwn(parent, key) ? parent[key] : undefined;
  const index = existingIndex(parent, key);
  if (index === undefined) throw invalidIndex(parseIndex(key));
  return parent[index];
}

function addTo(parent: Json[] | JsonObject, key: string, value: Json): void {
  if (!Array.isArray(parent)) {
    setOwn(parent, key, value);
    return;
  }
  if (key === "-") {
    parent.push(value);
    return;
  }
  const given = within(`value was not a proper array index: '${key}'`, () => parseIndex(key));
  const room = parent.length + 1;
  const index = given < 0 ? given + room : given;
  if (index >= room || index < 0) throw invalidIndex(given);
  parent.splice(index, 0, value);
}

function removeFrom(parent: Json[] | JsonObject, key: string): void {
  if (!Array.isArray(parent)) {
    if (!Object.hasOwn(parent, key)) throw new OperationFault(`Unable to remove nonexistent key: ${key}: ${MISSING}`);
    delete parent[key];
    return;
  }
  const index = existingIndex(parent, key);
  if (index === undefined) throw invalidIndex(parseIndex(key));
  parent.splice(index, 1);
}
