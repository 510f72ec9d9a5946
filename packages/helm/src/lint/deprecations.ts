import lives from "./generated/deprecations.json" with { type: "json" };
import { DEFAULT_CAPABILITIES } from "../engine/capabilities.ts";

interface Life {
  readonly deprecated: string;
  readonly removed?: string;
  readonly replacement?: string;
}

/** Kubernetes' own kinds that are deprecated (scripts/generate-deprecations.ts), by `apiVersion kind`. */
const LIVES: Readonly<Record<"v3" | "v4", Readonly<Record<string, Life>>>> = lives;

/** What Kubernetes says of a kind that is deprecated in this version, `v1.22.0`; undefined for any other. */
export function deprecationOf(
  apiVersion: string,
  kind: string,
  compat: "v3" | "v4",
  kubeVersion: string = DEFAULT_CAPABILITIES[compat].kubeVersion,
): string | undefined {
  const key = `${apiVersion} ${kind}`;
  const life = Object.hasOwn(LIVES[compat], key) ? LIVES[compat][key] : undefined;
  if (!life || !isAtLeast(kubeVersion.replace(/^v/, ""), life.deprecated)) return undefined;
  const removed = life.removed ? `, unavailable in v${life.removed}+` : "";
  const replacement = life.replacement ? `; use ${life.replacement}` : "";
  return `${key} is deprecated in v${life.deprecated}+${removed}${replacement}`;
}

function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
