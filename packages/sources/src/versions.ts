import { compareVersions, parseConstraint, parseVersion, satisfies, type Version } from "@fairlead/gotemplate";

/** As Masterminds/semver reads it; undefined for what is not a version. */
export function readVersion(text: string): Version | undefined {
  try {
    return parseVersion(text);
  } catch {
    return undefined;
  }
}

/** True for a range (`1.x`, `>=1.2`, `~2`), false for an exact version and for any other name. */
export function isConstraint(text: string): boolean {
  if (readVersion(text)) return false;
  try {
    parseConstraint(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The highest of the versions within a range, as it is written there. Names that are not versions are passed over.
 * @throws GoError for what is not a range
 */
export function highestWithin(range: string, versions: Iterable<string>): string | undefined {
  const constraint = parseConstraint(range);
  let best: Version | undefined;
  for (const text of versions) {
    const version = readVersion(text);
    if (version && satisfies(version, constraint) && (!best || compareVersions(version, best) > 0)) best = version;
  }
  return best?.original;
}

/** Highest first; what is not a version comes last. The order of equals is kept. */
export function sortDescending<T>(items: readonly T[], versionOf: (item: T) => string): T[] {
  const read = items.map((item) => ({ item, version: readVersion(versionOf(item)) }));
  read.sort((a, b) => {
    if (a.version && b.version) return compareVersions(b.version, a.version);
    return a.version ? -1 : b.version ? 1 : 0;
  });
  return read.map(({ item }) => item);
}
