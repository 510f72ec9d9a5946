import { formatGoDuration, type Json, type JsonObject } from "@fairlead/base";
import { signed, wireFields } from "./reader.ts";

/** Types whose JSON is not the object that their message would be. `inner` decodes the message by its fields. */
type SpecialReader = (bytes: Buffer, inner: (bytes: Buffer) => JsonObject) => Json | undefined;

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";
const EXTENSIONS = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1";
const RUNTIME = "k8s.io.apimachinery.pkg";

export const SPECIAL_TYPES: Readonly<Record<string, SpecialReader>> = {
  [`${META}.Time`]: (bytes) => readTime(bytes, 0),
  [`${META}.MicroTime`]: (bytes) => readTime(bytes, 6),
  [`${META}.Duration`]: (bytes) => formatGoDuration(Number(integersOf(bytes).get(1) ?? 0) / 1e6),
  [`${META}.FieldsV1`]: readRaw,
  [`${META}.Verbs`]: readStrings,
  [`${RUNTIME}.runtime.RawExtension`]: readRaw,
  [`${RUNTIME}.api.resource.Quantity`]: (bytes) => textsOf(bytes).get(1) ?? "0",
  [`${RUNTIME}.util.intstr.IntOrString`]: readIntOrString,
  [`${EXTENSIONS}.JSON`]: readRaw,
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: (bytes, inner) => {
    const { schema, Schema, allows, Allows } = inner(bytes);
    return schema ?? Schema ?? allows ?? Allows ?? false;
  },
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: (bytes, inner) => firstOf(inner(bytes)),
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: (bytes, inner) => firstOf(inner(bytes)),
  "k8s.io.api.authentication.v1.ExtraValue": readStrings,
  "k8s.io.api.authorization.v1.ExtraValue": readStrings,
  "k8s.io.api.certificates.v1.ExtraValue": readStrings,
};

/** null for the zero time, which JSON leaves out. */
function readTime(bytes: Buffer, digits: number): string | undefined {
  const parts = integersOf(bytes);
  const seconds = Number(parts.get(1) ?? 0);
  if (seconds === 0 && parts.size === 0) return undefined;
  const nanos = Number(parts.get(2) ?? 0);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (digits === 0) return `${text}Z`;
  return `${text}.${String(Math.floor(nanos / 1000)).padStart(digits, "0")}Z`;
}

function readIntOrString(bytes: Buffer): Json {
  const numbers = integersOf(bytes);
  if (Number(numbers.get(1) ?? 0) === 0) return Number(numbers.get(2) ?? 0);
  return textsOf(bytes).get(3) ?? "";
}

/** JSON that travels as bytes in field 1. */
function readRaw(bytes: Buffer): Json | undefined {
  const text = textsOf(bytes).get(1) ?? "";
  return text === "" ? undefined : (JSON.parse(text) as Json);
}

function readStrings(bytes: Buffer): Json {
  return [...wireFields(bytes)].filter(({ number }) => number === 1).map((field) => field.bytes.toString("utf8"));
}

function firstOf(value: JsonObject): Json | undefined {
  return Object.values(value).find((item) => item !== undefined);
}

function integersOf(bytes: Buffer): Map<number, number | bigint> {
  const found = new Map<number, number | bigint>();
  for (const { number, wire, varint } of wireFields(bytes)) if (wire === 0) found.set(number, signed(varint));
  return found;
}

function textsOf(bytes: Buffer): Map<number, string> {
  const found = new Map<number, string>();
  for (const field of wireFields(bytes)) if (field.wire === 2) found.set(field.number, field.bytes.toString("utf8"));
  return found;
}
