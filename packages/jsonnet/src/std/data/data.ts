import { type Builtin, JsonnetArray, type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { createHash } from "node:crypto";
import { decodeJson, fromBytes, GoError } from "@fairlead/gotemplate";
import type { Trace } from "../../runtime/trace.ts";
import { arrayOf, strict } from "../define.ts";
import { wholeNumber } from "../math/math.ts";
import { decodeBase64 } from "./base64.ts";
import { valueOf } from "./plain.ts";
import { parseYamlText } from "./yaml.ts";

function hash(algorithm: string): Builtin {
  return strict("s", (machine, site, s) => createHash(algorithm).update(machine.string(s, site)).digest("hex"));
}

function base64(machine: Machine, site: Trace, input: Value): Value {
  const check = (code: number): void => {
    if (code >= 0 && code <= 255) return;
    const range = "codepoint value in the array (must be 0 <= X <= 255)";
    throw machine.fail(`base64 encountered invalid ${range}, got ${code}`, site);
  };
  if (typeof input === "string") {
    for (const char of input) check(char.codePointAt(0) as number);
    return Buffer.from(input).toString("base64");
  }
  if (!(input instanceof JsonnetArray)) {
    const got = `strings / arrays of single bytes, got ${typeName(input)}`;
    throw machine.fail(`base64 can only base64 encode ${got}`, site);
  }
  const bytes = input.items.map((item) => {
    const value = machine.force(item, site);
    if (typeof value !== "number" || (value | 0) !== value) {
      throw machine.fail(`base64 encountered a non-integer value in the array, got ${typeName(value)}`, site);
    }
    check(value);
    return value;
  });
  return Buffer.from(bytes).toString("base64");
}

function decoded(machine: Machine, site: Trace, input: Value): Uint8Array {
  if (typeof input !== "string")
    throw machine.fail(`base64DecodeBytes requires a string, got ${typeName(input)}`, site);
  const length = Buffer.byteLength(input);
  if (length % 4 !== 0) {
    const wrong = `Wrong length found (${length})`;
    throw machine.fail(`input string appears not to be a base64 encoded string. ${wrong}`, site);
  }
  const bytes = decodeBase64(input);
  if (typeof bytes === "number") {
    throw machine.fail(`failed to decode: illegal base64 data at input byte ${bytes}`, site);
  }
  return bytes;
}

/** Bytes as text; each one that is no UTF-8 becomes a replacement character. */
export function textOf(bytes: Uint8Array): string {
  return fromBytes(bytes).toWellFormed();
}

function decodeUtf8(machine: Machine, site: Trace, arr: Value): Value {
  const bytes = machine.array(arr, site).items.map((item) => {
    const value = wholeNumber(machine, machine.force(item, site), site);
    if (value >= 0 && value <= 255) return value;
    throw machine.fail(`Bytes must be integers in range [0, 255], got ${value}`, site);
  });
  return textOf(Uint8Array.from(bytes));
}

function parseJson(machine: Machine, site: Trace, str: Value): Value {
  try {
    return valueOf(decodeJson(machine.string(str, site)));
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw machine.fail(`failed to parse JSON: ${error.message}`, site);
  }
}

export const DATA: Readonly<Record<string, Value>> = {
  md5: hash("md5"),
  sha1: hash("sha1"),
  sha256: hash("sha256"),
  sha512: hash("sha512"),
  sha3: hash("sha3-512"),
  base64: strict("input", base64),
  base64Decode: strict("str", (machine, site, str) => textOf(decoded(machine, site, str))),
  base64DecodeBytes: strict("str", (machine, site, str) => arrayOf([...decoded(machine, site, str)])),
  encodeUTF8: strict("str", (machine, site, str) => {
    const bytes = Buffer.from(machine.string(str, site));
    machine.checkElements(bytes.length, site);
    return arrayOf([...bytes]);
  }),
  decodeUTF8: strict("arr", decodeUtf8),
  parseJson: strict("str", parseJson),
  parseYaml: strict("str", (machine, site, str) => parseYamlText(machine, site, machine.string(str, site))),
};
