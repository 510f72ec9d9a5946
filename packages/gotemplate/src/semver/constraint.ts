import { GoError } from "../errors.ts";
import { goQuote } from "../fmt/quote.ts";
import { compareVersions, comparePrereleases, parseVersion, type Version } from "./version.ts";

/** One comparison: `>=1.2`. Dirty is what has an x, or too few numbers. */
interface Comparison {
  readonly operator: string;
  readonly version: Version;
  readonly isDirty: boolean;
  readonly isMinorDirty: boolean;
  readonly isPatchDirty: boolean;
}

/** Alternatives (||) of comparisons that must all hold. */
export interface Constraint {
  readonly alternatives: ReadonlyArray<readonly Comparison[]>;
}

/** Helm 3.19 carries semver 3.4, Helm 4.3 semver 3.5, which limits constraints and quotes them in its error. */
export type SemverRelease = "3.4" | "3.5";

const CONSTRAINT_CHARS_MAX = 512;
const ALTERNATIVES_MAX = 32;

const S = "[\\t\\n\\f\\r ]";
const VERSION =
  "v?([0-9|x|X|\\*]+)(\\.[0-9|x|X|\\*]+)?(\\.[0-9|x|X|\\*]+)?" +
  "(-([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?(\\+([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?";
const OPERATORS = "=||!=|>|<|>=|=>|<=|=<|~|~>|\\^";
const ONE = new RegExp(`^${S}*(${OPERATORS})${S}*(${VERSION})${S}*$`);
const RANGE = new RegExp(`${S}*(${VERSION})${S}+-${S}+(${VERSION})${S}*`, "g");
const EACH = new RegExp(`(${OPERATORS})${S}*(${VERSION})`, "g");
const VALID = new RegExp(
  `^(${S}*(${OPERATORS})${S}*(${VERSION})${S}*)((?:${S}+|,${S}*)(${OPERATORS})${S}*(${VERSION})${S}*)*$`,
);

/** @throws GoError */
export function parseConstraint(text: string, release: SemverRelease = "3.4"): Constraint {
  if (text.length > CONSTRAINT_CHARS_MAX) {
    throw new GoError(`constraint string is too long (max ${CONSTRAINT_CHARS_MAX} bytes)`);
  }
  const alternatives = withoutRanges(text).split("||");
  if (release === "3.5" && alternatives.length > ALTERNATIVES_MAX) {
    throw new GoError(`too many constraint groups (max ${ALTERNATIVES_MAX})`);
  }
  return {
    alternatives: alternatives.map((part) => {
      if (!VALID.test(part)) throw new GoError(`improper constraint: ${release === "3.5" ? goQuote(part) : part}`);
      return (part.match(EACH) ?? [part]).map(parseComparison);
    }),
  };
}

/** `1.2 - 1.4` is >= 1.2, <= 1.4. */
function withoutRanges(text: string): string {
  let rewritten = text;
  for (const match of text.matchAll(RANGE)) {
    rewritten = rewritten.replace(match[0], () => `>= ${match[1]}, <= ${match[11]} `);
  }
  return rewritten;
}

function isX(text: string | undefined): boolean {
  return text === undefined || text === "x" || text === "*" || text === "X" || text === "";
}

function parseComparison(text: string): Comparison {
  const match = ONE.exec(text);
  if (match === null) throw new GoError(`improper constraint: ${text}`);
  const [, operator = "", original = "", major, minor, patch, prerelease = ""] = match;
  const known = { operator, isDirty: true, isMinorDirty: false, isPatchDirty: false };
  if (isX(major)) return { ...known, version: comparable(`0.0.0${prerelease}`) };
  if (isX(minor?.slice(1))) return { ...known, isMinorDirty: true, version: comparable(`${major}.0.0${prerelease}`) };
  if (isX(patch?.slice(1))) {
    return { ...known, isPatchDirty: true, version: comparable(`${major}${minor}.0${prerelease}`) };
  }
  return { ...known, isDirty: false, version: comparable(original) };
}

function comparable(text: string): Version {
  try {
    return parseVersion(text);
  } catch {
    throw new GoError("constraint parser error");
  }
}

/** Whether a version meets a constraint. Prereleases only do where the alternative itself names one. */
export function satisfies(version: Version, constraint: Constraint): boolean {
  return constraint.alternatives.some((comparisons) => {
    const takesPrereleases = comparisons.some((comparison) => comparison.version.prerelease !== "");
    if (version.prerelease !== "" && !takesPrereleases) return false;
    return comparisons.every((comparison) => holds(version, comparison));
  });
}

function holds(version: Version, comparison: Comparison): boolean {
  const { version: wanted, isDirty, isMinorDirty, isPatchDirty } = comparison;
  const order = compareVersions(version, wanted);
  switch (comparison.operator) {
    case "!=":
      return isNotEqual(version, comparison);
    case ">":
      if (!isDirty || version.major !== wanted.major) return isDirty ? version.major > wanted.major : order > 0;
      if (isMinorDirty) return false;
      return isPatchDirty ? version.minor > wanted.minor : order > 0;
    case "<":
      return order < 0;
    case ">=":
    case "=>":
      return order >= 0;
    case "<=":
    case "=<":
      if (!isDirty) return order <= 0;
      if (version.major > wanted.major) return false;
      return version.major !== wanted.major || version.minor <= wanted.minor || isMinorDirty;
    case "~":
    case "~>":
      return isTilde(version, comparison);
    case "^":
      return isCaret(version, comparison);
    default:
      return isDirty ? isTilde(version, comparison) : order === 0;
  }
}

function isNotEqual(version: Version, { version: wanted, isDirty, isMinorDirty, isPatchDirty }: Comparison): boolean {
  if (isDirty) {
    if (wanted.major !== version.major) return true;
    if (wanted.minor !== version.minor && !isMinorDirty) return true;
    if (isMinorDirty) return false;
    if (wanted.patch !== version.patch && !isPatchDirty) return true;
    if (isPatchDirty) {
      const hasPrerelease = version.prerelease !== "" || wanted.prerelease !== "";
      return hasPrerelease && comparePrereleases(version.prerelease, wanted.prerelease) !== 0;
    }
  }
  return compareVersions(version, wanted) !== 0;
}

function isTilde(version: Version, { version: wanted, isMinorDirty, isPatchDirty }: Comparison): boolean {
  if (compareVersions(version, wanted) < 0) return false;
  // ~0.0.0, which is also what * becomes, takes everything.
  const isZero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n;
  if (isZero && !isMinorDirty && !isPatchDirty) return true;
  return version.major === wanted.major && (version.minor === wanted.minor || isMinorDirty);
}

function isCaret(version: Version, { version: wanted, isMinorDirty, isPatchDirty }: Comparison): boolean {
  if (compareVersions(version, wanted) < 0) return false;
  if (wanted.major > 0n || isMinorDirty) return version.major === wanted.major;
  if (version.major > 0n) return false;
  if (wanted.minor > 0n || isPatchDirty) return version.minor === wanted.minor;
  return version.minor === 0n && version.patch === wanted.patch;
}
