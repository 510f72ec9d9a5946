import { existsSync, readFileSync, readdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { inflateSync } from "node:zlib";
import { problemError, ProblemError } from "@fairlead/base";
import { SOURCE_LIMITS } from "../../limits.ts";
import { Pack } from "./pack.ts";
import type { GitObject, GitObjectType } from "./types.ts";

/**
 * Git's object database read in place and synchronously: loose objects, packs and alternates. Why not the git program: rendering
 * is pure and synchronous, and a process or a pipe an object would cost more than the render (docs/decisions/0003).
 */
export class ObjectStore {
  readonly #directories: readonly string[];
  readonly #hashBytes: number;
  #packs = new Map<string, Pack>();
  readonly #cache = new Map<string, GitObject>();
  #cacheBytes = 0;

  /** @param objectsDirectory `.git/objects` of the repository */
  constructor(objectsDirectory: string, hashBytes: 20 | 32 = 20) {
    this.#directories = withAlternates(objectsDirectory);
    this.#hashBytes = hashBytes;
  }

  /** @throws ProblemError GitObjectMissing, GitObjectBroken, LimitExceeded */
  read(id: string): GitObject {
    const found = this.find(id);
    if (!found) throw problemError("GitObjectMissing", `object ${id} is not in the repository`);
    return found;
  }

  find(id: string): GitObject | undefined {
    const cached = this.#cache.get(id);
    if (cached) return cached;
    const found = this.#packed(id) ?? this.#loose(id) ?? this.#afterRescan(id);
    if (found) this.#keep(id, found);
    return found;
  }

  /** Full ids that start with a prefix of at least four hex digits. */
  matching(prefix: string): string[] {
    this.#scanPacks();
    const found = new Set<string>();
    for (const pack of this.#packs.values()) for (const id of pack.index.matching(prefix)) found.add(id);
    for (const directory of this.#directories) {
      const folder = join(directory, prefix.slice(0, 2));
      for (const name of existsSync(folder) ? readdirSync(folder) : []) {
        if (`${prefix.slice(0, 2)}${name}`.startsWith(prefix)) found.add(`${prefix.slice(0, 2)}${name}`);
      }
    }
    return [...found];
  }

  close(): void {
    for (const pack of this.#packs.values()) pack.close();
    this.#packs.clear();
    this.#cache.clear();
  }

  #packed(id: string): GitObject | undefined {
    const binary = Buffer.from(id, "hex");
    for (const pack of this.#packs.values()) {
      const offset = pack.index.find(binary);
      if (offset !== undefined) return pack.read(offset, (base) => this.read(base));
    }
    return undefined;
  }

  #loose(id: string): GitObject | undefined {
    for (const directory of this.#directories) {
      const raw = readIfThere(join(directory, id.slice(0, 2), id.slice(2)));
      if (raw) return parseLoose(raw, id);
    }
    return undefined;
  }

  /** A miss may mean that git packed its loose objects meanwhile: look at the pack folder again, then once more at both. */
  #afterRescan(id: string): GitObject | undefined {
    this.#scanPacks();
    return this.#packed(id) ?? this.#loose(id);
  }

  #scanPacks(): void {
    const current = new Map<string, Pack>();
    for (const directory of this.#directories) {
      const folder = join(directory, "pack");
      const names = existsSync(folder) ? readdirSync(folder) : [];
      for (const name of names.filter(
        (file) => file.endsWith(".idx") && names.includes(file.replace(/idx$/, "pack")),
      )) {
        const path = join(folder, name.slice(0, -".idx".length));
        current.set(path, this.#packs.get(path) ?? new Pack(path, this.#hashBytes));
      }
    }
    for (const [path, pack] of this.#packs) if (!current.has(path)) pack.close();
    this.#packs = current;
  }

  #keep(id: string, object: GitObject): void {
    if (object.content.length > SOURCE_LIMITS.objectCacheBytesMax / 8) return;
    this.#cache.set(id, object);
    this.#cacheBytes += object.content.length;
    for (const [oldest, old] of this.#cache) {
      if (this.#cacheBytes <= SOURCE_LIMITS.objectCacheBytesMax) break;
      this.#cache.delete(oldest);
      this.#cacheBytes -= old.content.length;
    }
  }
}

function withAlternates(directory: string, depth = 0): string[] {
  const listed = readIfThere(join(directory, "info", "alternates"))?.toString("utf8") ?? "";
  const others = listed.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (depth >= 5) return [directory];
  const resolved = others.map((path) => (isAbsolute(path) ? path : join(directory, path)));
  return [directory, ...resolved.flatMap((path) => withAlternates(path, depth + 1))];
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** zlib's own chunks are 16 KiB whatever the object's size: thousands of small manifests would leave a hundred megabytes to collect. */
function chunkFor(bytes: number): number {
  return Math.min(Math.max(bytes, 256), 16 * 1024);
}

function parseLoose(raw: Buffer, id: string): GitObject {
  try {
    const data = inflateSync(raw, {
      maxOutputLength: SOURCE_LIMITS.gitObjectBytesMax,
      chunkSize: chunkFor(raw.length * 4),
    });
    const end = data.indexOf(0);
    const [type, size] = data.toString("latin1", 0, end).split(" ");
    const content = data.subarray(end + 1);
    if (content.length !== Number(size)) throw problemError("GitObjectBroken", `object ${id} is cut short`);
    return { type: type as GitObjectType, content };
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw problemError(
      "GitObjectBroken",
      `object ${id} cannot be read`,
      { hint: "run `git fsck` in the repository" },
      error,
    );
  }
}
