import { problemError } from "@fairlead/base";
import { toBytes, type RandomSource } from "@fairlead/gotemplate";
import type { Entries } from "../values/keys.ts";
import { randomUuid } from "../values/uuid.ts";
import type { Generator } from "./types.ts";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SYMBOLS = '~!@#$%^&*()_+`-={}|[]\\:"<>?,./';
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LENGTH_MAX = 4096;

interface PasswordSpec {
  readonly length: number;
  readonly digits: number;
  readonly symbols: number;
  readonly symbolCharacters: string;
  readonly noUpper: boolean;
  readonly allowRepeat: boolean;
}

export const passwordGenerator: Generator = {
  kind: "Password",
  parse(spec) {
    const length = spec.integer("length", 24);
    if (length < 1 || length > LENGTH_MAX) spec.fault("length", `must be 1 to ${LENGTH_MAX}`);
    const part = Math.floor(length * 0.25);
    const parsed: PasswordSpec = {
      length,
      digits: spec.integer("digits", part),
      symbols: spec.integer("symbols", part),
      symbolCharacters: spec.text("symbolCharacters") || SYMBOLS,
      noUpper: spec.flag("noUpper"),
      allowRepeat: spec.flag("allowRepeat"),
    };
    if (parsed.digits < 0 || parsed.symbols < 0 || parsed.digits + parsed.symbols > length)
      spec.fault("", "digits and symbols must fit into length");
    checkRepeats(parsed, (message) => spec.fault("", message));
    const encoding = spec.choice("encoding", ["raw", "base64", "base64url", "base32", "hex"], "raw");
    const keys = spec.texts("secretKeys");
    return async ({ random }) => {
      const entries: Entries = new Map();
      for (const key of keys.length > 0 ? keys : ["password"])
        entries.set(key, toBytes(encoded(makePassword(parsed, random), encoding)));
      return entries;
    };
  },
};

function alphabetOf({ noUpper }: PasswordSpec): string {
  return noUpper ? LOWER : LOWER + LOWER.toUpperCase();
}

function checkRepeats(spec: PasswordSpec, fault: (message: string) => void): void {
  if (spec.allowRepeat) return;
  const letters = spec.length - spec.digits - spec.symbols;
  if (letters > alphabetOf(spec).length) fault("there are not that many letters; set allowRepeat");
  if (spec.digits > DIGITS.length) fault("there are not that many digits; set allowRepeat");
  if (spec.symbols > new Set(spec.symbolCharacters).size) fault("there are not that many symbols; set allowRepeat");
}

function makePassword(spec: PasswordSpec, random: RandomSource): string {
  const letters = spec.length - spec.digits - spec.symbols;
  const characters = [
    ...draw(alphabetOf(spec), letters, spec.allowRepeat, random),
    ...draw(DIGITS, spec.digits, spec.allowRepeat, random),
    ...draw(spec.symbolCharacters, spec.symbols, spec.allowRepeat, random),
  ];
  return shuffled(characters, random).join("");
}

function draw(alphabet: string, count: number, allowRepeat: boolean, random: RandomSource): string[] {
  const from = [...new Set(alphabet)];
  if (!allowRepeat) return shuffled(from, random).slice(0, count);
  return Array.from({ length: count }, () => from[below(from.length, random)] ?? "");
}

function shuffled<T>(items: readonly T[], random: RandomSource): T[] {
  const result = [...items];
  for (let at = result.length - 1; at > 0; at--) {
    const other = below(at + 1, random);
    [result[at], result[other]] = [result[other] as T, result[at] as T];
  }
  return result;
}

/** 0 ≤ x < limit, every number as likely: what would favour some is drawn again. */
function below(limit: number, random: RandomSource): number {
  const top = Math.floor(0x1_0000_0000 / limit) * limit;
  for (;;) {
    const value = Buffer.from(random.bytes(4)).readUInt32BE();
    if (value < top) return value % limit;
  }
}

function encoded(text: string, encoding: string): string {
  const bytes = Buffer.from(text);
  if (encoding === "base64" || encoding === "hex") return bytes.toString(encoding);
  if (encoding === "base64url") return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  return encoding === "base32" ? base32(bytes) : text;
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  const text = groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, "0"), 2)]).join("");
  return text.padEnd(Math.ceil(text.length / 8) * 8, "=");
}

export const uuidGenerator: Generator = {
  kind: "UUID",
  parse:
    () =>
    async ({ random }) =>
      new Map([["uuid", toBytes(randomUuid(random))]]),
};

export const fakeGenerator: Generator = {
  kind: "Fake",
  parse(spec) {
    const data = spec.textMap("data");
    return async () => {
      if (Object.keys(data).length === 0) throw problemError("InvalidRemoteValue", "the Fake generator has no data");
      return new Map(Object.entries(data).map(([key, value]) => [key, toBytes(value)]));
    };
  },
};
