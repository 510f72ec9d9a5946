/**
 * Secrets and SealedSecrets out of untyped values, as Go's typed reading has them: what is not a field of the type is dropped, and a
 * YAML boolean or number where text belongs becomes that text (`port: 8080` is "8080").
 */
import { isJsonObject, ProblemError, setOwn, type Json, type JsonObject, type Problem } from "@fairlead/base";
import { SEALED_SECRET, type Metadata, type SealedSecret, type SecretTemplate } from "./types.ts";

/** Where a value stood, for problems. */
export interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** What a Secret in a file holds, its values decoded. */
export interface PlainSecret {
  readonly metadata: Metadata;
  readonly type?: string;
  readonly immutable?: boolean;
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** @throws ProblemError InvalidSecret with every fault; no message holds a value */
export function readSecret(value: Json, place: Place = {}): PlainSecret {
  const faults = new Faults("InvalidSecret", place);
  const object = isJsonObject(value) ? value : {};
  if (!isJsonObject(value)) faults.add("a Secret is a mapping");
  const values = new Map<string, Uint8Array>();
  for (const [key, encoded] of Object.entries(strings(object["data"], "data", faults))) {
    const bytes = decodeBase64(encoded);
    if (bytes === undefined) faults.add(`data.${key}: illegal base64 data`, "put plain text under stringData");
    else values.set(key, bytes);
  }
  for (const [key, text] of Object.entries(strings(object["stringData"], "stringData", faults))) {
    values.set(key, Buffer.from(text));
  }
  const secret = { metadata: readMetadata(object["metadata"], faults), ...readShape(object, faults), values };
  faults.throwIfAny();
  return secret;
}

/** @throws ProblemError InvalidSealedSecret with every fault */
export function readSealedSecret(value: Json, place: Place = {}): SealedSecret {
  const faults = new Faults("InvalidSealedSecret", place);
  const object = isJsonObject(value) ? value : {};
  if (object["kind"] !== SEALED_SECRET.kind)
    faults.add("not a SealedSecret", "kind: SealedSecret of bitnami.com/v1alpha1");
  const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
  const encryptedData = strings(spec["encryptedData"], "spec.encryptedData", faults);
  if (spec["data"] !== undefined) {
    const hint = "seal the Secret again: kubeseal has not written spec.data since 2019";
    faults.add("spec.data, a whole Secret sealed as one, is not supported", hint);
  }
  const template = isJsonObject(spec["template"]) ? readTemplate(spec["template"], faults) : undefined;
  const metadata = readMetadata(object["metadata"], faults);
  faults.throwIfAny();
  return { ...SEALED_SECRET, metadata, spec: { ...(template && { template }), encryptedData } };
}

function readTemplate(template: JsonObject, faults: Faults): SecretTemplate {
  const data: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(isJsonObject(template["data"]) ? template["data"] : {})) {
    const text = value === null ? null : textOf(value);
    if (text === undefined) faults.add(`spec.template.data.${key}: is no text`);
    else setOwn(data, key, text);
  }
  return {
    metadata: readMetadata(template["metadata"], faults),
    ...readShape(template, faults),
    ...(Object.keys(data).length > 0 && { data }),
  };
}

function readShape(object: JsonObject, faults: Faults): { type?: string; immutable?: boolean } {
  const type = textOf(object["type"]);
  const { immutable } = object;
  if (immutable !== undefined && immutable !== null && typeof immutable !== "boolean")
    faults.add("immutable: true or false");
  return { ...(type && { type }), ...(typeof immutable === "boolean" && { immutable }) };
}

/** In the order Go writes them. */
const TEXT_FIELDS = ["name", "generateName", "namespace", "uid"] as const;

function readMetadata(value: Json | undefined, faults: Faults): Metadata {
  const source = isJsonObject(value) ? value : {};
  const metadata: Record<string, unknown> = {};
  for (const field of TEXT_FIELDS) {
    const text = textOf(source[field]);
    if (text) metadata[field] = text;
  }
  for (const field of ["labels", "annotations"] as const) {
    const map = strings(source[field], `metadata.${field}`, faults);
    if (Object.keys(map).length > 0) metadata[field] = map;
  }
  for (const field of ["ownerReferences", "finalizers", "managedFields"] as const) {
    const list = source[field];
    if (Array.isArray(list) && list.length > 0) metadata[field] = list;
  }
  return metadata;
}

function strings(value: Json | undefined, field: string, faults: Faults): Record<string, string> {
  const map: Record<string, string> = {};
  if (value === undefined || value === null) return map;
  if (!isJsonObject(value)) {
    faults.add(`${field}: a mapping of keys to text is wanted`);
    return map;
  }
  for (const [key, entry] of Object.entries(value)) {
    const text = entry === null ? "" : textOf(entry);
    if (text === undefined) faults.add(`${field}.${key}: is no text`);
    else setOwn(map, key, text);
  }
  return map;
}

/** Scalars as text; nothing for what is none. */
function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : undefined;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard base64 as Go reads it: padded, line breaks skipped, nothing else forgiven. */
export function decodeBase64(text: string): Buffer | undefined {
  const packed = text.replace(/[\r\n]/g, "");
  return BASE64.test(packed) ? Buffer.from(packed, "base64") : undefined;
}

class Faults {
  readonly #problems: Problem[] = [];
  readonly #code: string;
  readonly #place: Place;

  constructor(code: string, place: Place) {
    this.#code = code;
    this.#place = place;
  }

  add(message: string, hint?: string): void {
    this.#problems.push({ code: this.#code, message, ...this.#place, hint });
  }

  throwIfAny(): void {
    if (this.#problems.length > 0) throw new ProblemError(this.#problems);
  }
}
