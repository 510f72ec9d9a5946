import { jsonEqual, type JsonObject } from "@fairlead/base";
import { forbidden, invalid, keyed, required, tooLong, type FieldError } from "./field-error.ts";
import { entriesOf, has, textOf, structOf } from "./access.ts";
import { immutable } from "./metadata.ts";
import { configKey } from "./names.ts";

const DATA_BYTES_MAX = 1024 * 1024;
const SET_IMMUTABLE = "field is immutable when `immutable` is set";

function keys(owner: JsonObject, name: string): FieldError[] {
  return entriesOf(owner, name).flatMap(([key]) =>
    configKey(key).map((fault) => invalid(keyed(name, key), key, fault)),
  );
}

function bytesOf(value: unknown, isBase64: boolean): number {
  return typeof value === "string" ? Buffer.byteLength(value, isBase64 ? "base64" : "utf8") : 0;
}

export function validateConfigMap(map: JsonObject): FieldError[] {
  const [data, binary] = [entriesOf(map, "data"), entriesOf(map, "binaryData")];
  const errors = keys(map, "data");
  for (const [key] of data) {
    if (has(structOf(map, "binaryData"), key)) {
      errors.push(invalid(keyed("data", key), key, "duplicate of key present in binaryData"));
    }
  }
  errors.push(...keys(map, "binaryData"));
  const bytes =
    data.reduce((sum, [, value]) => sum + bytesOf(value, false), 0) +
    binary.reduce((sum, [, value]) => sum + bytesOf(value, true), 0);
  return bytes > DATA_BYTES_MAX ? [...errors, tooLong("[]", DATA_BYTES_MAX)] : errors;
}

export function validateConfigMapUpdate(map: JsonObject, before: JsonObject): FieldError[] {
  return [...lockedData(map, before, ["data", "binaryData"]), ...validateConfigMap(map)];
}

function lockedData(after: JsonObject, before: JsonObject, names: readonly string[]): FieldError[] {
  if (before["immutable"] !== true) return [];
  const errors = after["immutable"] === true ? [] : [forbidden("immutable", SET_IMMUTABLE)];
  const changed = names.filter((name) => !jsonEqual(after[name] ?? {}, before[name] ?? {}));
  return [...errors, ...changed.map((name) => forbidden(name, SET_IMMUTABLE))];
}

export function validateSecret(secret: JsonObject): FieldError[] {
  const errors = keys(secret, "data");
  const data = new Map(entriesOf(secret, "data"));
  const bytes = [...data.values()].reduce((sum: number, value) => sum + bytesOf(value, true), 0);
  if (bytes > DATA_BYTES_MAX) errors.push(tooLong("data", DATA_BYTES_MAX));
  const missing = (key: string): FieldError[] => (data.has(key) ? [] : [required(keyed("data", key))]);
  switch (textOf(secret, "type")) {
    case "kubernetes.io/service-account-token":
      return [...errors, ...tokenAnnotation(secret)];
    case "kubernetes.io/dockercfg":
      return [...errors, ...missing(".dockercfg"), ...jsonContent(data.get(".dockercfg"), ".dockercfg")];
    case "kubernetes.io/dockerconfigjson":
      return [
        ...errors,
        ...missing(".dockerconfigjson"),
        ...jsonContent(data.get(".dockerconfigjson"), ".dockerconfigjson"),
      ];
    case "kubernetes.io/basic-auth":
      if (data.has("username") || data.has("password")) return errors;
      return [...errors, ...missing("username"), ...missing("password")];
    case "kubernetes.io/ssh-auth":
      return [...errors, ...missing("ssh-privatekey")];
    case "kubernetes.io/tls":
      return [...errors, ...missing("tls.crt"), ...missing("tls.key")];
    default:
      return errors;
  }
}

const ACCOUNT_NAME = "kubernetes.io/service-account.name";

function tokenAnnotation(secret: JsonObject): FieldError[] {
  const annotations = structOf(structOf(secret, "metadata"), "annotations");
  return textOf(annotations, ACCOUNT_NAME) === "" ? [required(keyed("metadata.annotations", ACCOUNT_NAME))] : [];
}

function jsonContent(value: unknown, key: string): FieldError[] {
  if (typeof value !== "string") return [];
  const text = Buffer.from(value, "base64").toString("utf8");
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && !Array.isArray(parsed)) return [];
    const kind = Array.isArray(parsed) ? "array" : typeof parsed === "boolean" ? "bool" : typeof parsed;
    return [redacted(key, `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`)];
  } catch {
    const first = text.trimStart().charAt(0);
    const fault =
      text === "" ? "unexpected end of JSON input" : `invalid character '${first}' looking for beginning of value`;
    return [redacted(key, fault)];
  }
}

/** Contents of secrets never show in a message. */
function redacted(key: string, fault: string): FieldError {
  return invalid(keyed("data", key), "<secret contents redacted>", fault);
}

export function validateSecretUpdate(secret: JsonObject, before: JsonObject): FieldError[] {
  return [
    ...immutable(secret["type"], before["type"], "type"),
    ...lockedData(secret, before, ["data"]),
    ...validateSecret(secret),
  ];
}
