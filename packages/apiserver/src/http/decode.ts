import type { KubeObject } from "@fairlead/apimachinery";
import { builtinSchemas, formatApiVersion, parseApiVersion } from "@fairlead/apimachinery";
import { isJsonObject, problemsOf, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { LIMITS } from "../limits.ts";
import { decodeProtobuf, isProtobuf } from "../proto/decode.ts";
import { summary } from "./body-summary.ts";
import { badRequest, unsupportedMediaType } from "./status.ts";
import { goSyntaxError } from "./go-json.ts";
import { parseJson } from "../storage/parse-json.ts";
import { countKeys, duplicateKeys, jsonShape } from "./json-scan.ts";

const BODY_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/** A body as JSON, and what strict decoding has to say about its keys. */
export interface DecodedBody {
  readonly value: Json;
  /** `duplicate field "spec.replicas"` */
  readonly duplicates: readonly string[];
}

/** What a body is decoded for: error messages name it. */
export interface Expected {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function mediaType(header: string | undefined): string {
  return (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** @throws StatusError 400, 415 */
export function decodeBody(body: Buffer, contentType: string | undefined, expected: Expected): DecodedBody {
  const type = mediaType(contentType);
  if (type === "" || type === "application/json")
    return isProtobuf(body) ? fromProtobuf(body, expected) : fromJson(body, expected);
  if (type === "application/yaml") return fromYaml(body, expected);
  if (type === "application/vnd.kubernetes.protobuf") return fromProtobuf(body, expected);
  throw unsupportedMediaType(BODY_TYPES);
}

function fromProtobuf(body: Buffer, expected: Expected): DecodedBody {
  return { value: decodeProtobuf(body, expected), duplicates: [] };
}

function fromYaml(body: Buffer, expected: Expected): DecodedBody {
  const text = body.toString("utf8");
  let value: Json;
  try {
    value = decodeYaml(text);
  } catch (error) {
    const why = (problemsOf(error)[0]?.message ?? String(error)).replace(YAML_PREFIX, "");
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body)})`,
    );
  }
  if (BIG_INTEGER.test(text)) value = withoutBigIntegers(value);
  return { value: asTyped(value, body, expected), duplicates: yamlDuplicates(text).map(({ whole }) => whole) };
}

/** What a text has that may hold an integer beyond 2^53. */
export const BIG_INTEGER = /\d{16}/;

/** Integers that no double holds become the next that one does, as when they are read from JSON: objects are kept as JSON. In place. */
export function withoutBigIntegers(value: Json): Json {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) for (const [index, item] of value.entries()) value[index] = withoutBigIntegers(item);
  else if (isJsonObject(value))
    for (const [key, item] of Object.entries(value))
      if (item !== undefined) setOwn(value, key, withoutBigIntegers(item));
  return value;
}

const YAML_PREFIX = "error converting YAML to JSON: ";

/** What strict decoding of YAML says of keys that are there twice: as an error, and as a warning. */
export function yamlDuplicates(text: string): { readonly whole: string; readonly warning: string }[] {
  try {
    decodeYaml(text, { uniqueKeys: true });
    return [];
  } catch (error) {
    return problemsOf(error).map(({ message }) => {
      const whole = message.replace(YAML_PREFIX, "");
      return { whole, warning: whole.replace(/^yaml: unmarshal errors:\s*/, "") };
    });
  }
}

/** An object with a version and a kind that are texts, if it has them. To Go, null is an object without fields. @throws StatusError 400 */
function asTyped(value: Json, body: Buffer, expected: Expected): Json {
  if (value === null) return {};
  if (!isJsonObject(value)) {
    throw unrecognized(expected, body, `json: cannot unmarshal ${goKind(value)} into Go value of type ${TYPE_META}`);
  }
  for (const field of ["apiVersion", "kind"]) {
    const given = value[field];
    if (given === undefined || given === null || typeof given === "string") continue;
    throw unrecognized(
      expected,
      body,
      `json: cannot unmarshal ${goKind(given)} into Go struct field .${field} of type string`,
    );
  }
  return value;
}

function goKind(value: Json): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function fromJson(body: Buffer, expected: Expected): DecodedBody {
  const text = body.toString("utf8");
  const shape = jsonShape(text);
  if (shape.depth > LIMITS.nestingMax) throw unrecognized(expected, body, "exceeded max depth");
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    throw unrecognized(expected, body, goSyntaxError(text) ?? String(error));
  }
  value = asTyped(LONE_SURROGATE.test(text) ? wellFormed(value) : value, body, expected);
  const duplicates =
    countKeys(value) === shape.keys ? [] : duplicateKeys(text).map((path) => `duplicate field ${JSON.stringify(path)}`);
  return { value, duplicates };
}

const LONE_SURROGATE = /\\u[dD][89a-fA-F]/;

/** Halves of characters become the sign for what cannot be read, as in Go. */
function wellFormed(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value))
    if (item !== undefined) setOwn(out, key.toWellFormed(), wellFormed(item));
  return out;
}

function undecodable(expected: Expected, why: string): Error {
  return badRequest(
    `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: ${why}`,
  );
}

const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Bytes that are not even JSON; the message ends with the beginning of them. */
function unrecognized(expected: Expected, body: Buffer, why: string): Error {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind; json parse error: ${why} (${summary(body)})`,
  );
}

/**
 * The body as an object of the kind that the endpoint serves; apiVersion and kind may be left out.
 * @throws StatusError 400
 */
export function asObject(value: Json, expected: Expected): KubeObject {
  if (!isJsonObject(value)) throw undecodable(expected, "json: cannot unmarshal into Go value of type struct");
  const apiVersion = formatApiVersion(expected.group, expected.version);
  const givenVersion = value["apiVersion"] ?? "";
  const givenKind = value["kind"] ?? "";
  checkKind(String(givenVersion), String(givenKind), apiVersion, expected);
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = value;
  if (metadata !== undefined && metadata !== null && !isJsonObject(metadata)) {
    const found = Array.isArray(metadata) ? "array" : typeof metadata;
    throw undecodable(
      expected,
      `json: cannot unmarshal ${found} into Go struct field ${expected.kind}.metadata of type v1.ObjectMeta`,
    );
  }
  return { apiVersion, kind: expected.kind, metadata: (metadata ?? {}) as KubeObject["metadata"], ...rest };
}

/** The words of apimachinery's scheme, for a body of another kind or version. */
function checkKind(givenVersion: string, givenKind: string, apiVersion: string, expected: Expected): void {
  if (givenKind !== "" && givenKind !== expected.kind) {
    const { group, version } = parseApiVersion(givenVersion === "" ? apiVersion : givenVersion);
    const isKnown = builtinSchemas().forKind({ group, version, kind: givenKind }) !== undefined;
    const why = isKnown
      ? `converting (${version}.${givenKind}) to (${packageOf(expected.group)}.${expected.kind}): unknown conversion`
      : `no kind ${JSON.stringify(givenKind)} is registered for version ${JSON.stringify(givenVersion === "" ? apiVersion : givenVersion)} in scheme "pkg/runtime/scheme.go:111"`;
    throw badRequest(
      `${givenKind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`,
    );
  }
  if (givenVersion !== "" && givenVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${givenVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
}

/** The Go package of a group's internal types. */
function packageOf(group: string): string {
  return group === "" ? "core" : (group.split(".", 1)[0] ?? group);
}
