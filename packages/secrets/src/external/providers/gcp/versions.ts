import { toBytes } from "@fairlead/gotemplate";
import { itemsOf, memberOf, textOf, type JsonNode } from "../../values/json-text.ts";
import type { GcpApi } from "./api.ts";

export const LATEST = "latest";

export function secretName(parent: string, key: string): string {
  return `${parent}/secrets/${encodeURIComponent(key)}`;
}

/** undefined: there is no such version. */
export async function accessVersion(
  api: GcpApi,
  version: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const answer = await api.call({ name: "AccessSecretVersion", method: "GET", path: `${version}:access` }, signal);
  if (answer === undefined) return undefined;
  const data = textOf(memberOf(answer, "payload"), "data");
  // An empty value is left out of the JSON.
  return data === undefined ? toBytes("") : Buffer.from(data, "base64");
}

export async function latestEnabled(api: GcpApi, name: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  let newest = { at: -1, version: `${name}/versions/${LATEST}` };
  let token = "";
  do {
    const query = { filter: "state:ENABLED", ...(token && { pageToken: token }) };
    const page = await api.call({ name: "ListSecretVersions", method: "GET", path: `${name}/versions`, query }, signal);
    for (const item of itemsOf(page, "versions")) {
      const at = Date.parse(textOf(item, "createTime") ?? "") || 0;
      const id = (textOf(item, "name") ?? "").replace(/^.*\/versions\//, "");
      if (at > newest.at && /^\d+$/.test(id)) newest = { at, version: `${name}/versions/${id}` };
    }
    token = textOf(page, "nextPageToken") ?? "";
  } while (token !== "");
  return accessVersion(api, newest.version, signal);
}

export function textMap(node: JsonNode | undefined, name: string): Map<string, string> {
  const member = memberOf(node, name);
  if (member?.kind !== "object") return new Map();
  return new Map([...member.members.keys()].map((key) => [key, textOf(member, key) ?? ""]));
}
