import { createHash } from "node:crypto";
import { chartArchive } from "./archive.ts";
import { serve, type Answer, type TestServer } from "./server.ts";

export interface ChartRepository extends TestServer {
  /** Adds a version; `url` as the index names it. */
  add(
    name: string,
    version: string,
    options?: { readonly url?: string; readonly digest?: string; readonly data?: Buffer },
  ): void;
  /** In place of everything, when set. */
  answer: ((path: string, authorization: string | undefined) => Answer | undefined) | undefined;
}

/** An HTTP chart repository under `/charts`, with entity tags. */
export async function startChartRepository(): Promise<ChartRepository> {
  const entries = new Map<string, string[]>();
  const files = new Map<string, Buffer>();
  const index = (): string =>
    `apiVersion: v1\nentries:\n${[...entries].map(([name, all]) => `  ${name}:\n${all.join("")}`).join("")}generated: "2026-01-01T00:00:00Z"\n`;
  const server = await serve(({ path, headers }) => {
    const own = repository.answer?.(path, headers.authorization);
    if (own) return own;
    if (path.startsWith("/charts/index.yaml")) {
      const etag = `"${createHash("sha1").update(index()).digest("hex")}"`;
      return headers["if-none-match"] === etag ? { status: 304 } : { headers: { etag }, body: index() };
    }
    const file = files.get(path.split("/").at(-1) ?? "");
    return file ? { body: file } : { status: 404, body: "nothing there" };
  });
  const repository: ChartRepository = {
    ...server,
    url: `${server.url}/charts`,
    answer: undefined,
    add(name, version, { url, digest, data = chartArchive(name, version) } = {}) {
      const file = `${name}-${version}.tgz`;
      files.set(file, data);
      const sum = digest ?? createHash("sha256").update(data).digest("hex");
      const entry = `  - apiVersion: v2\n    name: ${name}\n    version: ${version}\n    digest: ${sum}\n    urls:\n    - ${url ?? file}\n`;
      entries.set(name, [...(entries.get(name) ?? []), entry]);
    },
  };
  return repository;
}
