import { setOwn } from "@fairlead/base";
import { GoError } from "../errors.ts";
import { fn, P } from "../functions/define.ts";
import { parseConstraint, satisfies, type SemverRelease } from "../semver/constraint.ts";
import {
  checkMetadata,
  checkPrerelease,
  compareVersions,
  formatVersion,
  parseVersion,
  type Version,
} from "../semver/version.ts";
import { typeName } from "../values/reflect.ts";
import {
  BOOL,
  INT,
  INTEGER_TYPES,
  pointerTo,
  STRING,
  type FunctionSet,
  type GoMethod,
  type GoType,
} from "../values/types.ts";
import { GoPointer, GoStruct, int, integer } from "../values/values.ts";

/** The Version a `semver` pointer stands for. */
const versions = new WeakMap<GoStruct, Version>();

function versionOf(value: unknown): Version {
  const target = value instanceof GoPointer ? value.target : value;
  const version = target instanceof GoStruct ? versions.get(target) : undefined;
  if (version === undefined)
    throw new GoError(`wrong type for value; expected *semver.Version; got ${typeName(value)}`);
  return version;
}

function method(
  params: readonly GoType[],
  returns: GoType,
  body: (self: Version, other: unknown) => unknown,
): GoMethod {
  return { params, isVariadic: false, returns, call: (_, self, args) => body(versionOf(self), args[0]) };
}

const UINT64 = INTEGER_TYPES.uint64;

function next(change: (version: Version) => Partial<Version>): GoMethod {
  return method([], VERSION, (version) => {
    const changed = { ...version, metadata: "", prerelease: "", ...change(version) };
    const prefix = version.original.startsWith("v") ? "v" : "";
    return structOf({ ...changed, original: prefix + formatVersion(changed) });
  });
}

function ordered(holds: (order: number) => boolean): GoMethod {
  return method([POINTER], BOOL, (version, other) => holds(compareVersions(version, versionOf(other))));
}

const VALUE_METHODS: Record<string, GoMethod> = {};
const POINTER_METHODS: Record<string, GoMethod> = {};

const VERSION: GoType = {
  kind: "struct",
  name: "semver.Version",
  fields: ["major", "minor", "patch", "pre", "metadata", "original"].map((name, index) => ({
    name,
    type: index < 3 ? UINT64 : STRING,
  })),
  methods: VALUE_METHODS,
  text: (value) => formatVersion(versionOf(value)),
};
const POINTER: GoType = {
  ...pointerTo(VERSION),
  methods: POINTER_METHODS,
  text: (value) => formatVersion(versionOf(value)),
};

Object.assign(VALUE_METHODS, {
  Major: method([], UINT64, ({ major }) => integer("uint64", major)),
  Minor: method([], UINT64, ({ minor }) => integer("uint64", minor)),
  Patch: method([], UINT64, ({ patch }) => integer("uint64", patch)),
  Prerelease: method([], STRING, ({ prerelease }) => prerelease),
  Metadata: method([], STRING, ({ metadata }) => metadata),
  String: method([], STRING, formatVersion),
  IncPatch: next((version) => (version.prerelease === "" ? { patch: version.patch + 1n } : {})),
  IncMinor: next(({ minor }) => ({ minor: minor + 1n, patch: 0n })),
  IncMajor: next(({ major }) => ({ major: major + 1n, minor: 0n, patch: 0n })),
  SetPrerelease: method([STRING], VERSION, (version, text) => changed(version, { prerelease: String(text) })),
  SetMetadata: method([STRING], VERSION, (version, text) => changed(version, { metadata: String(text) })),
} satisfies Record<string, GoMethod>);
Object.assign(POINTER_METHODS, {
  Original: method([], STRING, ({ original }) => original),
  Compare: method([POINTER], INT, (version, other) => int(compareVersions(version, versionOf(other)))),
  Equal: ordered((order) => order === 0),
  LessThan: ordered((order) => order < 0),
  LessThanEqual: ordered((order) => order <= 0),
  GreaterThan: ordered((order) => order > 0),
  GreaterThanEqual: ordered((order) => order >= 0),
} satisfies Record<string, GoMethod>);

function changed(version: Version, change: Partial<Version>): GoStruct {
  const result = { ...version, ...change };
  const prefix = version.original.startsWith("v") ? "v" : "";
  if (result.prerelease !== "") checkPrerelease(result.prerelease);
  if (result.metadata !== "") checkMetadata(result.metadata);
  return structOf({ ...result, original: prefix + formatVersion(result) });
}

function structOf(version: Version): GoStruct {
  const values: Record<string, unknown> = {};
  setOwn<unknown>(values, "major", integer("uint64", version.major));
  setOwn<unknown>(values, "minor", integer("uint64", version.minor));
  setOwn<unknown>(values, "patch", integer("uint64", version.patch));
  setOwn<unknown>(values, "pre", version.prerelease);
  setOwn<unknown>(values, "metadata", version.metadata);
  setOwn<unknown>(values, "original", version.original);
  const struct = new GoStruct(VERSION, values);
  versions.set(struct, version);
  return struct;
}

/** semver and semverCompare, as the given release of Masterminds/semver has them. */
export function semverFunctions(release: SemverRelease): FunctionSet {
  return {
    semver: fn([P.string], POINTER, (_, text) => new GoPointer(POINTER, structOf(parseVersion(text)))),
    semverCompare: fn([P.string, P.string], BOOL, (_, constraint, text) => {
      const wanted = parseConstraint(constraint, release);
      return satisfies(parseVersion(text), wanted);
    }),
  };
}
