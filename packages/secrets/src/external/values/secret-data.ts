import { isJsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { Entries } from "./keys.ts";

/** A Secret's entries, decoded. */
export function dataOf(secret: KubeObject): Entries {
  const data = secret["data"];
  if (!isJsonObject(data)) return new Map();
  return new Map(
    Object.entries(data).flatMap(([key, value]) =>
      typeof value === "string" ? [[key, Buffer.from(value, "base64")]] : [],
    ),
  );
}
