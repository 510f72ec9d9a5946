import { cloneJson, isJsonObject, type Json, jsonEqual, type JsonObject, problemError, setOwn } from "@fairlead/base";
import type { PatchOperation } from "./operations.ts";

/**
 * Applies a JSON patch to a document, which it changes, with the habits of the Go library that Kustomize uses: `replace` makes a key
 * that is missing, indexes may be negative, and what stands before the first slash is not looked at.
 * @throws ProblemError KustomizePatch in that library's words
 */
export function applyJsonPatch(document: Json, operations: readonly PatchOperation[]): Json {
  let root = document;
  for (const [index, operation] of operations.entries()) {
    try {
      root = applyOperation(root, operation);
    } catch (error) {
      if (error instanceof PatchFault) {
        throw problemError("KustomizePatch", error.message, { hint: `operation ${index + 1} of the patch` });
      }
      throw error;
    }
  }
  return root;
}

class PatchFault extends Error {}

const MISSING = "missing value";

function fail(message: string): never {
  throw new PatchFault(message);
}

function applyOperation(root: Json, operation: PatchOperation): Json {
  switch (operation.op) {
    case "add":
      return add(root, operation);
    case "remove":
      return remove(root, operation);
    case "replace":
      return replace(root, operation);
    case "move":
    case "copy":
      return transfer(root, operation, operation.op);
    case "test":
      return test(root, operation);
    default:
      return fail(`Unexpected kind: ${operation.op ?? "unknown"}`);
  }
}

type Container = JsonObject | Json[];

/** The container of what a pointer names, and the last part of the pointer. */
function locate(root: Json, pointer: string): { container: Container; key: string } | undefined {
  const parts = pointer.split("/");
  if (parts.length < 2) return undefined;
  let container: Json | undefined = root;
  for (const part of parts.slice(1, -1)) {
    container = get(container, unescape(part));
    if (container === undefined || container === null) return undefined;
  }
  const key = unescape(parts.at(-1) ?? "");
  return isContainer(container) ? { container, key } : undefined;
}

function isContainer(value: Json | undefined): value is Container {
  return Array.isArray(value) || isJsonObject(value);
}

function unescape(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function get(container: Json | undefined, key: string): Json | undefined {
  if (Array.isArray(container)) {
    const index = existingIndex(container, key);
    return typeof index === "number" ? container[index] : undefined;
  }
  return isJsonObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/** An index into a list, negative ones from the end; a message when there is none. */
function existingIndex(list: readonly Json[], key: string): number | string {
  if (!/^[-+]?\d+$/.test(key)) return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
  const index = Number(key);
  if (index >= list.length || index < -list.length) return invalidIndex(index);
  return index < 0 ? index + list.length : index;
}

function invalidIndex(index: number): string {
  return `Unable to access invalid index: ${index}: invalid index referenced`;
}

function pathOf({ op, path }: PatchOperation): string {
  return path ?? fail(`${op} operation failed to decode path: ${MISSING}`);
}

function insert(container: Container, key: string, value: Json): string | undefined {
  if (!Array.isArray(container)) {
    setOwn(container, key, value);
    return undefined;
  }
  if (key === "-") {
    container.push(value);
    return undefined;
  }
  if (!/^[-+]?\d+$/.test(key)) {
    const parsing = `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
    return `value was not a proper array index: '${key}': ${parsing}`;
  }
  const [index, size] = [Number(key), container.length + 1];
  if (index >= size || index < -size) return invalidIndex(index);
  container.splice(index < 0 ? index + size : index, 0, value);
  return undefined;
}

function take(container: Container, key: string): string | undefined {
  if (Array.isArray(container)) {
    const index = existingIndex(container, key);
    if (typeof index === "string") return index;
    container.splice(index, 1);
    return undefined;
  }
  if (!Object.hasOwn(container, key)) return `Unable to remove nonexistent key: ${key}: ${MISSING}`;
  delete container[key];
  return undefined;
}

function add(root: Json, operation: PatchOperation): Json {
  const path = pathOf(operation);
  const found = locate(root, path) ?? fail(`add operation does not apply: doc is missing path: "${path}": ${MISSING}`);
  const fault = insert(found.container, found.key, cloneJson(operation.value));
  return fault === undefined ? root : fail(`error in add for path: '${path}': ${fault}`);
}

function remove(root: Json, operation: PatchOperation): Json {
  const path = pathOf(operation);
  const found =
    locate(root, path) ?? fail(`remove operation does not apply: doc is missing path: "${path}": ${MISSING}`);
  const fault = take(found.container, found.key);
  return fault === undefined ? root : fail(`error in remove for path: '${path}': ${fault}`);
}

function replace(root: Json, operation: PatchOperation): Json {
  const path = pathOf(operation);
  const value = cloneJson(operation.value);
  if (path === "")
    return isContainer(value) ? value : fail("replace operation value must be object or array: %!w(<nil>)");
  const found =
    locate(root, path) ?? fail(`replace operation does not apply: doc is missing path: ${path}: ${MISSING}`);
  if (!Array.isArray(found.container)) {
    setOwn(found.container, found.key, value);
    return root;
  }
  const index = existingIndex(found.container, found.key);
  if (typeof index === "string") fail(`replace operation does not apply: doc is missing key: ${path}: ${MISSING}`);
  found.container[index] = value;
  return root;
}

function transfer(root: Json, operation: PatchOperation, kind: "move" | "copy"): Json {
  const from =
    operation.from ?? fail(`${kind} operation failed to decode from: operation, missing from field: ${MISSING}`);
  const source =
    locate(root, from) ?? fail(`${kind} operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
  const value = get(source.container, source.key) ?? null;
  if (Array.isArray(source.container)) {
    const index = existingIndex(source.container, source.key);
    const where = kind === "move" ? `path: '${source.key}'` : `from: '${from}'`;
    if (typeof index === "string") fail(`error in ${kind} for ${where}: ${index}`);
  }
  if (kind === "move") {
    const fault = take(source.container, source.key);
    if (fault !== undefined) fail(`error in move for path: '${source.key}': ${fault}`);
  }
  const path = pathOf(operation);
  const target =
    locate(root, path) ??
    fail(`${kind} operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
  const fault = insert(target.container, target.key, kind === "copy" ? cloneJson(value) : value);
  const where = kind === "move" ? `error in move for path: '${path}'` : "error while adding value during copy";
  return fault === undefined ? root : fail(`${where}: ${fault}`);
}

function test(root: Json, operation: PatchOperation): Json {
  const path = pathOf(operation);
  const failed = (): never => fail(`testing value ${path} failed: test failed`);
  if (path === "") return jsonEqual(root, operation.value) ? root : failed();
  const found = locate(root, path) ?? fail(`test operation does not apply: is missing path: ${path}: ${MISSING}`);
  if (Array.isArray(found.container)) {
    const index = existingIndex(found.container, found.key);
    if (typeof index === "string") fail(`error in test for path: '${path}': ${index}`);
  }
  return jsonEqual(get(found.container, found.key) ?? null, operation.value) ? root : failed();
}
