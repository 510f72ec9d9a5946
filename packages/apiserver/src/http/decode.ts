import type { KubeObject } from "@fairlead/apimachinery";
import { formatApiVersion } from "@fairlead/apimachinery";
import { isJsonObject, problemsOf, type Json } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { LIMITS } from "../limits.ts";
import { decodeProtobuf, isProtobuf } from "../proto/decode.ts";
import { badRequest, unsupportedMediaType } from "./status.ts";
import { countKeys, duplicateKeys, jsonShape } from "./json-scan.ts";

export const BODY_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

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
  try {
    return { value: decodeYaml(body.toString("utf8")), duplicates: [] };
  } catch (error) {
    throw undecodable(expected, problemsOf(error)[0]?.message ?? String(error));
  }
}

function fromJson(body: Buffer, expected: Expected): DecodedBody {
  if (body.length === 0) throw undecodable(expected, "unexpected end of JSON input");
  const text = body.toString("utf8");
  const shape = jsonShape(text);
  if (shape.depth > LIMITS.nestingMax) throw undecodable(expected, "exceeded max depth");
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw undecodable(expected, error instanceof Error ? error.message : String(error));
  }
  const duplicates =
    countKeys(value) === shape.keys ? [] : duplicateKeys(text).map((path) => `duplicate field ${JSON.stringify(path)}`);
  return { value, duplicates };
}

function undecodable(expected: Expected, why: string): Error {
  return badRequest(
    `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: ${why}`,
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
  if (givenVersion !== "" && givenVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${String(givenVersion)}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (givenKind !== "" && givenKind !== expected.kind) {
    throw badRequest(
      `${String(givenKind)} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: ` +
        `converting (v1.${String(givenKind)}) to (v1.${expected.kind}): unknown conversion`,
    );
  }
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = value;
  if (metadata !== undefined && metadata !== null && !isJsonObject(metadata)) {
    throw undecodable(expected, "json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta");
  }
  return { apiVersion, kind: expected.kind, metadata: (metadata ?? {}) as KubeObject["metadata"], ...rest };
}
