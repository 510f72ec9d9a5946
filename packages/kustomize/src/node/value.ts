import { type Json, type JsonObject, problemError, setOwn } from "@fairlead/base";
import { isYaml11NonString, resolvePlain } from "./resolve.ts";
import { scalarValue } from "./scalar.ts";
import { BOOL, FLOAT, INT, type KNode, NULL, STR } from "./types.ts";

/** The document as JSON. @throws ProblemError for what JSON cannot hold: keys that are no strings, infinities */
export function toJson(node: KNode): Json {
  if (node.kind === "scalar") {
    if (node.tag === STR && !node.isFolded) return node.text;
    const value = scalarValue(node);
    if (typeof value === "number" && !Number.isFinite(value)) throw unsupported(node.text);
    return value;
  }
  if (node.kind === "sequence") {
    const items: Json[] = [];
    for (const item of node.items) items.push(toJson(item));
    return items;
  }
  if (node.badKey !== undefined) {
    throw problemError("KustomizeResource", "json: unsupported type: map[interface {}]interface {}", {
      hint: `quote the key ${node.badKey}: keys of Kubernetes objects are strings`,
    });
  }
  const object: JsonObject = {};
  for (const [key, value] of node.fields) {
    if (key === "__proto__") setOwn(object, key, toJson(value));
    else object[key] = toJson(value);
  }
  return object;
}

function unsupported(text: string): Error {
  return problemError("KustomizeResource", `json: unsupported value: ${text}`, {
    hint: "JSON, and so the Kubernetes API, has no infinity and no NaN",
  });
}

/**
 * JSON as the real tool reads it back after a JSON patch: every number went through a float64, and the styles are those go-yaml v3
 * writes, so strings are quoted only where they must be.
 */
export function fromJson(value: Json | undefined): KNode {
  switch (typeof value) {
    case "string":
      return { kind: "scalar", text: value, tag: STR, quoted: needsQuotes(value) };
    case "boolean":
      return { kind: "scalar", text: String(value), tag: BOOL, quoted: false };
    case "number":
    case "bigint":
      return numberNode(Number(value));
    case "object":
      break;
    default:
      return { kind: "scalar", text: "null", tag: NULL, quoted: false };
  }
  if (value === null) return { kind: "scalar", text: "null", tag: NULL, quoted: false };
  if (Array.isArray(value)) return { kind: "sequence", items: value.map(fromJson) };
  const fields = new Map<string, KNode>();
  for (const key of Object.keys(value).sort()) {
    if (value[key] !== undefined) fields.set(key, fromJson(value[key]));
  }
  return { kind: "mapping", fields };
}

function numberNode(value: number): KNode {
  const text = goFloatText(value);
  return { kind: "scalar", text, tag: resolvePlain(text).tag === INT ? INT : FLOAT, quoted: false };
}

/** Go's FormatFloat(value, 'g', -1, 64): an exponent of two digits at least from 1e+06 on and below 1e-04. */
function goFloatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const scientific = value.toExponential();
  const exponent = Number(scientific.slice(scientific.indexOf("e") + 1));
  if (exponent < -4 || exponent >= 6) return scientific.replace(/e([-+])(\d)$/, "e$10$2");
  return String(value);
}

/** Whether go-yaml v3 writes a string in any style but plain. */
function needsQuotes(text: string): boolean {
  if (text === "" || isYaml11NonString(text) || /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text))
    return true;
  return (
    /^[-?:,[\]{}#&*!|>'"%@`]/.test(text) ||
    /^\s|\s$|: |:$| #|[\n\r\t\u0085\u2028\u2029\ufeff]/.test(text) ||
    text === "---"
  );
}
