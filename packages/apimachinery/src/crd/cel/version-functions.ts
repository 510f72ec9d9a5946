import type { Environment } from "@marcbachmann/cel-js";
import { Optional } from "@marcbachmann/cel-js";
import { dns1035Label, dns1123Label, dns1123Subdomain } from "../../validation/names.ts";
import { labelKeyFaults, labelValueFaults } from "../../selector/syntax.ts";
import { formatFault } from "../formats.ts";
import { spendOnText } from "./meter.ts";
import { FORMATS } from "./signatures.ts";

/** A version as rules hold it, by semver.org's rules. */
class CelSemver {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly before: readonly string[];
  constructor(numbers: readonly [bigint, bigint, bigint], before: readonly string[]) {
    this.numbers = numbers;
    this.before = before;
  }
}

class CelFormat {
  readonly check: (text: string) => readonly string[];
  constructor(check: (text: string) => readonly string[]) {
    this.check = check;
  }
}

class Formats {}

type Add = (signature: string, handler: (...args: never[]) => unknown) => void;

/** Kubernetes' libraries for versions and for named formats. */
export function registerVersionFunctions(environment: Environment): void {
  const add: Add = (signature, handler) =>
    void environment.registerFunction(signature, handler as (...args: unknown[]) => unknown);
  environment.registerType("kubernetes.Semver", CelSemver);
  environment.registerType("kubernetes.NamedFormat", CelFormat);
  environment.registerType("Formats", Formats);
  environment.registerConstant("format", "Formats", new Formats());
  registerVersions(add);
  for (const name of FORMATS) add(`Formats.${name}(): kubernetes.NamedFormat`, () => formatNamed(name));
  add("Formats.named(string): optional", (_formats: Formats, name: string) => {
    const found = formatNamed(name);
    return found ? Optional.of(found) : Optional.none();
  });
  add("kubernetes.NamedFormat.validate(string): optional", ({ check }: CelFormat, text: string) => {
    spendOnText(text);
    const faults = check(text);
    return faults.length > 0 ? Optional.of(faults) : Optional.none();
  });
}

function registerVersions(add: Add): void {
  const read = (text: string, isLoose: boolean): CelSemver => {
    const found = parseSemver(text, isLoose);
    if (!found) throw new Error("invalid semver");
    return found;
  };
  add("semver(string): kubernetes.Semver", (text: string) => read(text, false));
  add("semver(string, bool): kubernetes.Semver", read);
  add("isSemver(string): bool", (text: string) => parseSemver(text, false) !== undefined);
  add("isSemver(string, bool): bool", (text: string, isLoose: boolean) => parseSemver(text, isLoose) !== undefined);
  for (const [index, name] of ["major", "minor", "patch"].entries()) {
    add(`kubernetes.Semver.${name}(): int`, ({ numbers }: CelSemver) => numbers[index]);
  }
  const type = "kubernetes.Semver";
  add(`${type}.isLessThan(${type}): bool`, (a: CelSemver, b: CelSemver) => compareSemver(a, b) < 0);
  add(`${type}.isGreaterThan(${type}): bool`, (a: CelSemver, b: CelSemver) => compareSemver(a, b) > 0);
  add(`${type}.compareTo(${type}): int`, (a: CelSemver, b: CelSemver) => BigInt(compareSemver(a, b)));
}

const NUMBER = "(0|[1-9][0-9]*)";
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);

/** Loose: a leading v, missing numbers and leading zeros are put right first. */
function parseSemver(text: string, isLoose: boolean): CelSemver | undefined {
  spendOnText(text);
  const match = SEMVER.exec(isLoose ? normalized(text) : text);
  if (!match) return undefined;
  const number = (index: number): bigint => BigInt(match[index] ?? "0");
  return new CelSemver([number(1), number(2), number(3)], match[4]?.split(".") ?? []);
}

function normalized(text: string): string {
  const [, numbers = "", rest = ""] = /^v?([0-9.]*)(.*)$/s.exec(text) ?? [];
  const parts = numbers.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest;
}

function compareSemver(a: CelSemver, b: CelSemver): -1 | 0 | 1 {
  for (const index of [0, 1, 2] as const) {
    if (a.numbers[index] !== b.numbers[index]) return a.numbers[index] < b.numbers[index] ? -1 : 1;
  }
  if (a.before.length === 0 || b.before.length === 0) {
    return a.before.length === b.before.length ? 0 : a.before.length === 0 ? 1 : -1;
  }
  for (const [index, mine] of a.before.entries()) {
    const theirs = b.before[index];
    if (theirs === undefined) return 1;
    if (mine !== theirs) return compareParts(mine, theirs);
  }
  return a.before.length < b.before.length ? -1 : 0;
}

/** Numbers come before words, and are compared as numbers. */
function compareParts(a: string, b: string): -1 | 1 {
  const [isLeft, isRight] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isLeft && isRight) return BigInt(a) < BigInt(b) ? -1 : 1;
  if (isLeft !== isRight) return isLeft ? -1 : 1;
  return a < b ? -1 : 1;
}

const named = new Map<string, CelFormat>();

function formatNamed(name: string): CelFormat | undefined {
  if (!(FORMATS as readonly string[]).includes(name)) return undefined;
  let found = named.get(name);
  if (!found) {
    found = new CelFormat(checkOf(name));
    named.set(name, found);
  }
  return found;
}

/** A prefix may end in the dash that more would follow. */
function asPrefix(check: (text: string) => readonly string[]): (text: string) => readonly string[] {
  return (text) => check(text.endsWith("-") && text.length > 1 ? `${text.slice(0, -1)}a` : text);
}

function checkOf(name: string): (text: string) => readonly string[] {
  switch (name) {
    case "dns1123Label":
      return dns1123Label;
    case "dns1123Subdomain":
      return dns1123Subdomain;
    case "dns1035Label":
      return dns1035Label;
    case "dns1123LabelPrefix":
      return asPrefix(dns1123Label);
    case "dns1123SubdomainPrefix":
      return asPrefix(dns1123Subdomain);
    case "dns1035LabelPrefix":
      return asPrefix(dns1035Label);
    case "qualifiedName":
      return labelKeyFaults;
    case "labelValue":
      return labelValueFaults;
    default:
      return (text) => (formatFault(name, text) === undefined ? [] : [FORMAT_TEXTS[name] ?? `invalid ${name}`]);
  }
}

const FORMAT_TEXTS: Readonly<Record<string, string>> = {
  uri: "invalid URI",
  uuid: "does not match the UUID format",
  byte: "invalid base64",
  date: "invalid date",
  datetime: "invalid datetime",
};
