import {
  BOOL,
  GoPointer,
  GoSlice,
  GoStruct,
  pointerTo,
  sliceOf,
  STRING,
  STRING_SLICE,
  type GoMethod,
  type GoType,
} from "@fairlead/gotemplate";
import defaults from "./generated/capabilities.json" with { type: "json" };
import type { Capabilities } from "./release.ts";

/** What each Helm says without a cluster, as the real binaries say it (scripts/generate-capabilities.ts). */
export const DEFAULT_CAPABILITIES: Readonly<Record<"v3" | "v4", Capabilities>> = defaults;

interface CapabilityTypes {
  readonly kubeVersion: GoType;
  readonly versionSet: GoType;
  readonly capabilities: GoType;
}

const HELM_VERSION: GoType = {
  kind: "struct",
  name: "version.BuildInfo",
  fields: ["Version", "GitCommit", "GitTreeState", "GoVersion"].map((name) => ({ name, type: STRING })),
};

/** Helm 3 has these types in package chartutil, Helm 4 in package common; templates see it in `%T` and in error messages. */
const TYPES = { v3: typesIn("chartutil"), v4: typesIn("common") } as const;

/** `v1.30.2-gke.1` → `v1.30.2`: what Helm 4 prints and holds against a chart's range. */
export function plainVersion(kubeVersion: string): string {
  const numbers = /^v?(\d+(?:\.\d+)*)/.exec(kubeVersion)?.[1];
  return numbers === undefined ? kubeVersion : `v${numbers.split(".").map(Number).join(".")}`;
}

function typesIn(prefix: string): CapabilityTypes {
  const version = method([], STRING, (receiver) => fieldOf(receiver, "Version"));
  const text = (receiver: unknown): string => plainVersion(String(fieldOf(receiver, "Version")));
  const kubeVersion: GoType = {
    kind: "struct",
    name: `${prefix}.KubeVersion`,
    fields: ["Version", "Major", "Minor"].map((name) => ({ name, type: STRING })),
    methods: { String: method([], STRING, text), GitVersion: version },
    text,
  };
  const versionSet: GoType = {
    ...sliceOf(STRING),
    name: `${prefix}.VersionSet`,
    underlying: STRING_SLICE,
    methods: { Has: method([STRING], BOOL, (receiver, wanted) => (receiver as GoSlice).items.includes(wanted)) },
  };
  const fields = [
    { name: "KubeVersion", type: kubeVersion },
    { name: "APIVersions", type: versionSet },
    { name: "HelmVersion", type: HELM_VERSION },
  ];
  return { kubeVersion, versionSet, capabilities: { kind: "struct", name: `${prefix}.Capabilities`, fields } };
}

function method(
  params: readonly GoType[],
  returns: GoType,
  body: (receiver: unknown, ...args: unknown[]) => unknown,
): GoMethod {
  return { params, isVariadic: false, returns, call: (_context, receiver, args) => body(receiver, ...args) };
}

function fieldOf(receiver: unknown, name: string): unknown {
  const value = receiver instanceof GoPointer ? receiver.target : receiver;
  return value instanceof GoStruct ? value.values[name] : undefined;
}

/** `.Capabilities` as templates see it. */
export function capabilitiesValue(capabilities: Capabilities, compat: "v3" | "v4"): GoPointer {
  const types = TYPES[compat];
  const [, major = "", minor = ""] = /^v?(\d+)(?:\.(\d+))?/.exec(plainVersion(capabilities.kubeVersion)) ?? [];
  const kube = {
    Version: capabilities.kubeVersion,
    Major: major,
    Minor: minor,
  };
  const helm = {
    Version: capabilities.helmVersion,
    GitCommit: "",
    GitTreeState: "",
    GoVersion: capabilities.goVersion ?? "",
  };
  return new GoPointer(
    pointerTo(types.capabilities),
    new GoStruct(types.capabilities, {
      KubeVersion: new GoStruct(types.kubeVersion, kube),
      APIVersions: new GoSlice(types.versionSet, [...capabilities.apiVersions]),
      HelmVersion: new GoStruct(HELM_VERSION, helm),
    }),
  );
}
