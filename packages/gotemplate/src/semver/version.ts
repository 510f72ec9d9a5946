import { GoError } from "../errors.ts";
import { compareText } from "../values/text.ts";

/** A semantic version as Masterminds/semver 3 reads it: a leading v, and one or two numbers only, are fine. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the dash. */
  readonly prerelease: string;
  /** Without the plus. */
  readonly metadata: string;
  /** The text it was read from. */
  readonly original: string;
}

const LOOSE =
  /^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?(\+([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?$/;
const UINT64_MAX = 2n ** 64n - 1n;

/** @throws GoError */
export function parseVersion(text: string): Version {
  const match = LOOSE.exec(text);
  if (match === null) throw new GoError("invalid semantic version");
  const [, major = "0", minor = ".0", patch = ".0", , prerelease = "", , , metadata = ""] = match;
  const version = {
    major: segment(major),
    minor: segment(minor.slice(1)),
    patch: segment(patch.slice(1)),
    prerelease,
    metadata,
    original: text,
  };
  if (prerelease !== "") checkPrerelease(prerelease);
  return version;
}

/** @throws GoError for what may not stand behind the dash */
export function checkPrerelease(text: string): void {
  for (const part of text.split(".")) {
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw new GoError("invalid prerelease string");
    if (/^0[0-9]+$/.test(part)) throw new GoError("version segment starts with 0");
  }
}

/** @throws GoError for what may not stand behind the plus */
export function checkMetadata(text: string): void {
  if (text.split(".").some((part) => !/^[0-9A-Za-z-]+$/.test(part))) throw new GoError("invalid metadata string");
}

function segment(text: string): bigint {
  const value = BigInt(text);
  if (value > UINT64_MAX) {
    throw new GoError(`error parsing version segment: strconv.ParseUint: parsing "${text}": value out of range`);
  }
  return value;
}

/** `1.2.3-pre+meta`, whatever it was read from. */
export function formatVersion({ major, minor, patch, prerelease, metadata }: Version): string {
  const pre = prerelease === "" ? "" : `-${prerelease}`;
  return `${major}.${minor}.${patch}${pre}${metadata === "" ? "" : `+${metadata}`}`;
}

/** Precedence: below zero when `a` comes first. Metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const part of ["major", "minor", "patch"] as const) {
    if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === "") return 1;
  return b.prerelease === "" ? -1 : comparePrereleases(a.prerelease, b.prerelease);
}

export function comparePrereleases(a: string, b: string): number {
  const [x, y] = [a.split("."), b.split(".")];
  for (let at = 0; at < Math.max(x.length, y.length); at++) {
    const order = comparePart(x[at] ?? "", y[at] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "") return -1;
  if (b === "") return 1;
  const [x, y] = [numeric(a), numeric(b)];
  // Numbers come before words.
  if (x === undefined && y === undefined) return compareText(a, b) > 0 ? 1 : -1;
  if (y === undefined) return -1;
  if (x === undefined) return 1;
  return x > y ? 1 : -1;
}

function numeric(text: string): bigint | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > UINT64_MAX ? undefined : value;
}
