import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SOURCE_LIMITS } from "../limits.ts";

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Downloads on disk by their SHA-256, and names that point to them: what was fetched once is not fetched again, by this process or the
 * next. What a file holds is checked against its name at each read, so a damaged one counts as not there.
 */
export class ContentCache {
  readonly #directory: string;
  #bytesSincePrune = Number.POSITIVE_INFINITY;
  #pruning: Promise<void> | undefined;
  #sequence = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param digest 64 hex digits, `sha256:` before them or not */
  async get(digest: string): Promise<Buffer | undefined> {
    const hex = hexOf(digest);
    if (hex === undefined) return undefined;
    const path = this.#contentPath(hex);
    const data = await readIfThere(path);
    if (data === undefined) return undefined;
    if (sha256(data) !== hex) {
      await rm(path, { force: true });
      return undefined;
    }
    // The age that pruning goes by; failing to set it harms nothing.
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    return data;
  }

  /** @returns the digest, 64 hex digits */
  async put(data: Uint8Array): Promise<string> {
    const hex = sha256(data);
    await this.#write(this.#contentPath(hex), data);
    this.#bytesSincePrune += data.length;
    if (this.#bytesSincePrune > SOURCE_LIMITS.diskCacheBytesMax / 8) {
      this.#bytesSincePrune = 0;
      this.#pruning ??= this.#prune().finally(() => {
        this.#pruning = undefined;
      });
    }
    return hex;
  }

  /** What was noted under a name; undefined when nothing was. */
  async recall(name: string): Promise<string | undefined> {
    return (await readIfThere(this.#namePath(name)))?.toString("utf8");
  }

  async note(name: string, value: string): Promise<void> {
    await this.#write(this.#namePath(name), Buffer.from(value));
  }

  async settled(): Promise<void> {
    await this.#pruning;
  }

  #contentPath(hex: string): string {
    return join(this.#directory, "content", hex.slice(0, 2), hex);
  }

  #namePath(name: string): string {
    return join(this.#directory, "names", sha256(Buffer.from(name)));
  }

  /** Written aside and renamed, so that no reader sees half of it. Only the owner may read: it may come from a private repository. */
  async #write(path: string, data: Uint8Array): Promise<void> {
    const partial = `${path}.${process.pid}.${++this.#sequence}`;
    await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
    await writeFile(partial, data, { mode: 0o600 });
    await rename(partial, path);
  }

  async #prune(): Promise<void> {
    const root = join(this.#directory, "content");
    const all: { readonly path: string; readonly bytes: number; readonly usedMs: number }[] = [];
    for (const folder of await readdir(root)) {
      for (const name of await readdir(join(root, folder)).catch(() => [])) {
        const path = join(root, folder, name);
        const found = await stat(path).catch(() => undefined);
        if (found) all.push({ path, bytes: found.size, usedMs: found.mtimeMs });
      }
    }
    let bytes = all.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of all.sort((a, b) => a.usedMs - b.usedMs)) {
      if (bytes <= SOURCE_LIMITS.diskCacheBytesMax) return;
      await rm(file.path, { force: true });
      bytes -= file.bytes;
    }
  }
}

/** 64 hex digits. */
export function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The hex digits of `sha256:…` or of themselves; undefined for anything else. */
export function hexOf(digest: string): string | undefined {
  const hex = digest.replace(/^sha256:/i, "").toLowerCase();
  return DIGEST.test(hex) ? hex : undefined;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
