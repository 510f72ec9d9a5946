import { problemError } from "@fairlead/base";
import { maskCredentials } from "../git/run.ts";

/** A repository of a registry: `ghcr.io` and `org/charts/web`. */
export interface OciRepository {
  /** With its port, if any. */
  readonly registry: string;
  readonly name: string;
}

const SCHEME = "oci://";
const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isOciUrl(url: string): boolean {
  return url.startsWith(SCHEME);
}

/**
 * `oci://host/path`, the scheme left away where it is clear from elsewhere. Docker Hub's short names are not made long: Helm and
 * Argo CD do not either. @throws ProblemError SourceAddressInvalid
 */
export function parseOciUrl(url: string): OciRepository {
  const rest = url.replace(/^oci:\/\//, "").replace(/\/+$/, "");
  const slash = rest.indexOf("/");
  const [registry, name] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash + 1)];
  if (HOST.test(registry) && NAME.test(name)) return { registry, name };
  throw problemError(
    "SourceAddressInvalid",
    `${JSON.stringify(maskCredentials(url))} is not oci://REGISTRY/REPOSITORY`,
    {
      hint: "repository names are lower case; the version belongs into targetRevision",
    },
  );
}

export function isDigest(reference: string): boolean {
  return DIGEST.test(reference);
}

/** A tag has no `+`; charts write `_` for it. @throws ProblemError SourceAddressInvalid */
export function tagOf(version: string): string {
  const tag = version.replaceAll("+", "_");
  if (TAG.test(tag)) return tag;
  throw problemError("SourceAddressInvalid", `${JSON.stringify(version)} cannot be a tag of a registry`);
}

/** The version that a tag stands for: `_` was a `+`. */
export function versionOfTag(tag: string): string {
  return tag.replaceAll("_", "+");
}

/** How people write it, for messages. */
export function formatRepository({ registry, name }: OciRepository): string {
  return `${SCHEME}${registry}/${name}`;
}
