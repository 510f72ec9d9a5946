import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { summary } from "../http/body-summary.ts";
import { badRequest } from "../http/status.ts";
import { signed, wireFields, type WireField } from "./reader.ts";
import { messageAt, messageOfKind, type Message, type MessageField } from "./schema.ts";
import { SPECIAL_TYPES } from "./special.ts";

/** `k8s\0`, which begins every body of application/vnd.kubernetes.protobuf; a runtime.Unknown follows. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export function isProtobuf(body: Buffer): boolean {
  return body.length >= MAGIC.length && body.subarray(0, MAGIC.length).equals(MAGIC);
}

/** A protobuf body as the JSON that would say the same. @throws StatusError 400 */
export function decodeProtobuf(body: Buffer, expected: { readonly kind: string }): Json {
  if (!isProtobuf(body)) {
    const why = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body)})`,
    );
  }
  try {
    return decodeUnknown(body.subarray(MAGIC.length));
  } catch (error) {
    throw badRequest(`unable to decode ${expected.kind}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** runtime.Unknown: what it is, and its bytes. */
function decodeUnknown(envelope: Buffer): Json {
  let apiVersion = "";
  let kind = "";
  let raw = Buffer.alloc(0);
  for (const field of wireFields(envelope)) {
    if (field.number === 1) {
      for (const part of wireFields(field.bytes)) {
        if (part.number === 1) apiVersion = part.bytes.toString("utf8");
        if (part.number === 2) kind = part.bytes.toString("utf8");
      }
    } else if (field.number === 2) raw = Buffer.from(field.bytes);
  }
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined)
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { apiVersion, kind, ...decodeMessage(message, raw, 0) };
}

function decodeMessage(message: Message, bytes: Buffer, depth: number): JsonObject {
  if (depth > LIMITS.nestingMax) throw new Error("exceeded max depth");
  const object: JsonObject = {};
  for (const field of wireFields(bytes)) {
    const known = message.fields.get(field.number);
    if (known !== undefined) addField(object, known, field, depth);
  }
  return object;
}

function addField(object: JsonObject, known: MessageField, field: WireField, depth: number): void {
  if (known.isMap) {
    addMapEntry(object, known, field, depth);
    return;
  }
  const value = decodeValue(known.type, field, depth);
  if (known.json === "") {
    // Go embeds it: its fields are the outer object's.
    if (isJsonObject(value)) Object.assign(object, value);
  } else if (known.isRepeated) {
    const list = object[known.json];
    if (Array.isArray(list)) list.push(value ?? null);
    else setOwn(object, known.json, [value ?? null]);
  } else if (value !== undefined && (known.hasPresence || known.keepsZero || !isZero(value))) {
    setOwn(object, known.json, value);
  }
}

function addMapEntry(object: JsonObject, known: MessageField, field: WireField, depth: number): void {
  let key = "";
  let value: Json | undefined;
  for (const part of wireFields(field.bytes)) {
    if (part.number === 1) key = part.bytes.toString("utf8");
    else if (part.number === 2) value = decodeValue(known.type, part, depth);
  }
  const map = object[known.json];
  const target: JsonObject = isJsonObject(map) ? map : {};
  setOwn(target, key, value ?? emptyOf(known.type));
  setOwn(object, known.json, target);
}

/** What a map entry without a value holds: protobuf leaves out zero values there. */
function emptyOf(type: string | number): Json {
  if (typeof type === "number") return {};
  return type === "string" || type === "bytes" ? "" : type === "bool" ? false : 0;
}

function decodeValue(type: string | number, field: WireField, depth: number): Json | undefined {
  if (typeof type === "number") {
    const message = messageAt(type);
    const special = SPECIAL_TYPES[message.name];
    if (special !== undefined) return special(field.bytes, (bytes) => decodeMessage(message, bytes, depth + 1));
    return decodeMessage(message, field.bytes, depth + 1);
  }
  switch (type) {
    case "string":
      return field.bytes.toString("utf8");
    case "bytes":
      return field.bytes.toString("base64");
    case "bool":
      return field.varint !== 0n;
    case "int32":
    case "int64":
      return signed(field.varint);
    case "double":
      return field.bytes.readDoubleLE(0);
    default:
      return SPECIAL_TYPES[type]?.(field.bytes, () => ({}));
  }
}

function isZero(value: Json): boolean {
  return value === "" || value === 0 || value === false;
}
