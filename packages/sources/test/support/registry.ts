import { createHash } from "node:crypto";
import { serve, type Answer, type Exchange, type TestServer } from "./server.ts";

export interface Registry extends TestServer {
  /** @returns the manifest's digest */
  push(name: string, tag: string, layer: { readonly type: string; readonly data: Buffer }, configType?: string): string;
  /** In place of everything, when it gives something. */
  answer: ((exchange: Exchange) => Answer | undefined) | undefined;
  /** Tags in one page of the list. */
  pageSize: number;
}

export const HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";
export const HELM_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

function digestOf(data: Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** The reading half of a registry, over HTTP. */
export async function startRegistry(): Promise<Registry> {
  const blobs = new Map<string, Buffer>();
  const tags = new Map<string, Map<string, string>>();
  const server = await serve((exchange) => {
    const own = registry.answer?.(exchange);
    if (own) return own;
    const { path } = exchange;
    if (path === "/v2/") return { body: "{}" };
    const [, name = "", what, rest = ""] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/(.+)$/.exec(path) ?? [];
    if (what === "tags") return listTags(name, rest, [...(tags.get(name)?.keys() ?? [])].sort(), registry.pageSize);
    const data = blobs.get(what === "manifests" ? (tags.get(name)?.get(rest) ?? rest) : rest);
    if (!data) return { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' };
    return { body: data, headers: { "docker-content-digest": digestOf(data) } };
  });
  const registry: Registry = {
    ...server,
    answer: undefined,
    pageSize: 1000,
    push(name, tag, { type, data }, configType = "application/vnd.oci.empty.v1+json") {
      blobs.set(digestOf(data), data);
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          config: { mediaType: configType, digest: digestOf(Buffer.from("{}")), size: 2 },
          layers: [{ mediaType: type, digest: digestOf(data), size: data.length }],
        }),
      );
      blobs.set(digestOf(manifest), manifest);
      const known = tags.get(name) ?? new Map<string, string>();
      tags.set(name, known.set(tag, digestOf(manifest)));
      return digestOf(manifest);
    },
  };
  return registry;
}

function listTags(name: string, rest: string, all: readonly string[], size: number): Answer {
  const last = new URLSearchParams(rest.split("?")[1] ?? "").get("last");
  const start = last === null ? 0 : all.indexOf(last) + 1;
  const page = all.slice(start, start + size);
  const isMore = start + size < all.length;
  const link = `</v2/${name}/tags/list?n=${size}&last=${page.at(-1)}>; rel="next"`;
  return { body: JSON.stringify({ name, tags: page }), ...(isMore ? { headers: { link } } : {}) };
}
