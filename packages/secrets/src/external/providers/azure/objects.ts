import { problemError } from "@fairlead/base";
import type { Collection } from "./api.ts";

export type ObjectKind = "secret" | "cert" | "key";

const COLLECTIONS = { secret: "secrets", cert: "certificates", key: "keys" } as const;

/** `cert/NAME`, `key/NAME`, `secret/NAME` and plain names, which are secrets. @throws ProblemError InvalidExternalSecret */
export function objectOf(key: string): { kind: ObjectKind; name: string } {
  const [first = "", second] = key.split("/");
  if (second === undefined) return { kind: "secret", name: first };
  if (Object.hasOwn(COLLECTIONS, first)) return { kind: first as ObjectKind, name: second };
  throw problemError("InvalidExternalSecret", `unknown Azure Keyvault object Type for ${second}`);
}

export function collectionOf(kind: ObjectKind): Collection {
  return COLLECTIONS[kind];
}
