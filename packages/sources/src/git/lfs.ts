import { posix } from "node:path";
import { isJsonObject, joinPath, problemError, readText, type FileTree, type Json } from "@fairlead/base";
import { sha256, type ContentCache } from "../cache/content.ts";
import type { RepositoryAccess } from "../credentials/types.ts";
import { authorizationOf, refusal, type HttpClient } from "../http/client.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import { overlayTree } from "../tree/overlay.ts";

interface Pointer {
  readonly path: string;
  /** SHA-256, hex. */
  readonly oid: string;
  readonly size: number;
}

const MEDIA_TYPE = "application/vnd.git-lfs+json";
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n/;
const POINTER_BYTES_MAX = 1024;

export interface LfsOptions {
  readonly http: HttpClient;
  readonly cache: ContentCache;
  readonly access: RepositoryAccess;
}

/**
 * A tree with the files in place of their pointers, for those that .gitattributes gives to `filter=lfs`; each is fetched once by the
 * batch API and checked. @param url of the repository @throws ProblemError LfsFailed, DigestMismatch, LimitExceeded, Source*
 */
export async function withLfs(tree: FileTree, url: string, options: LfsOptions): Promise<FileTree> {
  const pointers = findPointers(tree);
  if (pointers.length === 0) return tree;
  const total = pointers.reduce((sum, { size }) => sum + size, 0);
  if (total > SOURCE_LIMITS.lfsTotalBytesMax) {
    throw problemError("LimitExceeded", `${total} bytes in Git LFS are more than ${SOURCE_LIMITS.lfsTotalBytesMax}`);
  }
  const contents = new Map<string, Uint8Array>();
  const missing = new Map<string, Pointer>();
  for (const pointer of pointers) {
    const kept = await options.cache.get(pointer.oid);
    if (kept) contents.set(pointer.oid, kept);
    else missing.set(pointer.oid, pointer);
  }
  const wanted = [...missing.values()];
  for (let at = 0; at < wanted.length; at += SOURCE_LIMITS.lfsBatchMax) {
    for (const [oid, data] of await fetchBatch(wanted.slice(at, at + SOURCE_LIMITS.lfsBatchMax), url, options)) {
      contents.set(oid, data);
    }
  }
  return overlayTree(tree, new Map(pointers.map(({ path, oid }) => [path, contents.get(oid) ?? new Uint8Array()])));
}

function findPointers(tree: FileTree): Pointer[] {
  const found: Pointer[] = [];
  let entries = 0;
  const visit = (folder: string, rules: readonly Rule[]): void => {
    const attributes = joinPath(folder, ".gitattributes");
    const own = tree.stat(attributes)?.kind === "file" ? parseAttributes(readText(tree, attributes), folder) : [];
    const all = [...rules, ...own];
    for (const { name, kind } of tree.list(folder)) {
      if (++entries > SOURCE_LIMITS.lfsEntriesMax) {
        throw problemError("LimitExceeded", `more than ${SOURCE_LIMITS.lfsEntriesMax} files to look at for Git LFS`);
      }
      const path = joinPath(folder, name);
      if (kind === "directory") visit(path, all);
      else if (kind === "file" && isFiltered(path, all)) {
        const pointer = readPointer(tree, path);
        if (pointer) found.push(pointer);
      }
    }
  };
  visit("", []);
  if (found.length <= SOURCE_LIMITS.lfsFilesMax) return found;
  throw problemError("LimitExceeded", `${found.length} files in Git LFS are more than ${SOURCE_LIMITS.lfsFilesMax}`);
}

interface Rule {
  /** For the whole path, or for the name alone. */
  readonly pattern: string;
  readonly folder: string;
  readonly isForName: boolean;
  readonly isLfs: boolean;
}

function parseAttributes(text: string, folder: string): Rule[] {
  return text.split("\n").flatMap((line) => {
    const [pattern = "", ...attributes] = line.trim().split(/\s+/);
    const filter = attributes.findLast((attribute) => /^[-!]?filter(?:=|$)/.test(attribute));
    if (pattern === "" || pattern.startsWith("#") || filter === undefined) return [];
    const isForName = !pattern.includes("/");
    return [{ pattern: pattern.replace(/^\//, ""), folder, isForName, isLfs: filter === "filter=lfs" }];
  });
}

/** The last rule that fits decides. */
function isFiltered(path: string, rules: readonly Rule[]): boolean {
  const rule = rules.findLast(({ pattern, folder, isForName }) =>
    isForName
      ? posix.matchesGlob(posix.basename(path), pattern)
      : posix.matchesGlob(path, folder === "" ? pattern : `${folder}/${pattern}`),
  );
  return rule?.isLfs === true;
}

function readPointer(tree: FileTree, path: string): Pointer | undefined {
  const data = tree.read(path);
  if (data.length > POINTER_BYTES_MAX) return undefined;
  const [, oid, size] = POINTER.exec(Buffer.from(data).toString("utf8")) ?? [];
  if (oid === undefined) return undefined;
  if (Number(size) > SOURCE_LIMITS.lfsFileBytesMax) {
    throw problemError(
      "LimitExceeded",
      `${path} has ${size} bytes in Git LFS, more than ${SOURCE_LIMITS.lfsFileBytesMax}`,
      { file: path },
    );
  }
  return { path, oid, size: Number(size) };
}

async function fetchBatch(
  pointers: readonly Pointer[],
  url: string,
  options: LfsOptions,
): Promise<Map<string, Uint8Array>> {
  const { http, access } = options;
  const answer = await http.send({
    url: `${lfsUrl(url)}/objects/batch`,
    method: "POST",
    access,
    authorization: authorizationOf(access),
    headers: { accept: MEDIA_TYPE, "content-type": MEDIA_TYPE },
    body: JSON.stringify({
      operation: "download",
      transfers: ["basic"],
      objects: pointers.map(({ oid, size }) => ({ oid, size })),
    }),
    bytesMax: SOURCE_LIMITS.httpSmallBytesMax,
  });
  if (answer.status !== 200) throw refusal(answer, "Git LFS");
  const body = JSON.parse(answer.body.toString("utf8")) as Json;
  const objects = isJsonObject(body) && Array.isArray(body["objects"]) ? (body["objects"] as Json[]) : [];
  const found = new Map<string, Uint8Array>();
  for (const pointer of pointers) {
    const object = objects.find((entry) => isJsonObject(entry) && entry["oid"] === pointer.oid);
    found.set(pointer.oid, await fetchObject(pointer, object, url, options));
  }
  return found;
}

async function fetchObject(
  pointer: Pointer,
  object: Json | undefined,
  url: string,
  options: LfsOptions,
): Promise<Uint8Array> {
  const actions = isJsonObject(object) && isJsonObject(object["actions"]) ? object["actions"] : {};
  const { href, header } = isJsonObject(actions["download"]) ? actions["download"] : {};
  if (typeof href !== "string") {
    throw problemError("LfsFailed", `${pointer.path} is not in Git LFS (object ${pointer.oid})`, {
      file: pointer.path,
    });
  }
  const headers = isJsonObject(header)
    ? Object.fromEntries(
        Object.entries(header).flatMap(([name, value]) =>
          typeof value === "string" ? [[name.toLowerCase(), value]] : [],
        ),
      )
    : {};
  const isOwnHost = new URL(href).origin === new URL(lfsUrl(url)).origin;
  const answer = await options.http.send({
    url: href,
    access: options.access,
    authorization: headers["authorization"] ?? (isOwnHost ? authorizationOf(options.access) : undefined),
    headers: { ...headers, "accept-encoding": "identity" },
    bytesMax: SOURCE_LIMITS.lfsFileBytesMax,
  });
  if (answer.status !== 200) throw refusal(answer, `Git LFS: ${pointer.path}`);
  if (sha256(answer.body) !== pointer.oid) {
    throw problemError("DigestMismatch", `Git LFS gives another content for ${pointer.path} than its pointer says`, {
      file: pointer.path,
    });
  }
  await options.cache.put(answer.body);
  return answer.body;
}

/** Where the server's API is: below the repository's https address, which for ssh is the same host's. */
function lfsUrl(url: string): string {
  const [, host, path] = /^(?:ssh:\/\/)?(?:[^@/]+@)?([^:/]+)(?::\d+)?[:/](.*)$/.exec(url) ?? [];
  const base = /^https?:\/\//i.test(url) ? url : `https://${host}/${path}`;
  const trimmed = base.replace(/\/+$/, "");
  return `${trimmed.endsWith(".git") ? trimmed : `${trimmed}.git`}/info/lfs`;
}
