import { isJsonObject, type Json } from "@fairlead/base";
import type { RepositoryAccess } from "./types.ts";

/**
 * Who one is at a registry by docker's or helm's config.json (`auths`: base64 of `user:password`, or the two apart, or a token).
 * Credential helpers are programs and are not run. @param registry with its port @returns undefined when it is not named
 */
export function dockerAccess(config: Json, registry: string): RepositoryAccess | undefined {
  const auths = isJsonObject(config) && isJsonObject(config["auths"]) ? config["auths"] : {};
  const names = registry === "docker.io" || registry.endsWith(".docker.io") ? ["https://index.docker.io/v1/"] : [];
  for (const name of [registry, `https://${registry}`, `http://${registry}`, `https://${registry}/v2/`, ...names]) {
    const entry = Object.hasOwn(auths, name) ? auths[name] : undefined;
    if (isJsonObject(entry)) return entryAccess(entry);
  }
  return undefined;
}

function entryAccess(entry: Readonly<Record<string, Json | undefined>>): RepositoryAccess {
  const { auth, username, password, registrytoken } = entry;
  if (typeof registrytoken === "string" && registrytoken !== "") return { bearerToken: registrytoken };
  if (typeof auth === "string" && auth !== "") {
    const decoded = Buffer.from(auth, "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon >= 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  return {
    username: typeof username === "string" ? username : undefined,
    password: typeof password === "string" ? password : undefined,
  };
}
