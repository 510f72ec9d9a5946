export interface VaultPlace {
  readonly mount: string | undefined;
  readonly version: "v1" | "v2";
}

/** Path of a key's data below /v1/, with External Secrets' liberties: a repeated mount or `data/` is taken off (facts §1D). */
export function dataPath({ mount, version }: VaultPlace, key: string): string {
  if (mount !== undefined) {
    let rest = key;
    if (rest.startsWith(`${mount}/`)) {
      rest = rest.slice(mount.length + 1);
      if (version === "v2" && rest.startsWith("data/")) rest = rest.slice("data/".length);
    }
    return version === "v2" ? `${mount}/data/${rest}` : `${mount}/${rest}`;
  }
  if (version === "v1" || key.includes("/data/")) return key;
  const [first = "", ...rest] = key.split("/");
  return [first, "data", ...rest].join("/");
}

/** undefined: no metadata can be there. */
export function metadataPath({ mount, version }: VaultPlace, key: string): string | undefined {
  if (version === "v1") return mount === undefined ? key : `${mount}/${key}`;
  if (mount !== undefined) return `${mount}/metadata/${key}`;
  return key.includes("data") ? key.replace("/data/", "/metadata/") : undefined;
}

/** A path as it goes into a URL: segments that would leave it are refused by being escaped. */
export function escapePath(path: string): string {
  return path
    .split("/")
    .map((segment) =>
      segment === "." || segment === ".." ? segment.replaceAll(".", "%2E") : encodeURIComponent(segment),
    )
    .join("/");
}
