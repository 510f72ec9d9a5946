import { KUSTOMIZE_LIMITS } from "../limits.ts";
import { type ParsedFile, parseFile, renamed } from "../node/load.ts";
import type { LoadedFile } from "./loader.ts";
import { textOfFile } from "./text.ts";

/**
 * Parsed files by content id, the least recently used given up first: a base under twenty overlays is parsed once, and so is a file
 * that did not change since the last build.
 */
export interface ParseCache {
  parse(loaded: LoadedFile): ParsedFile;
}

export function createParseCache(bytesMax: number = KUSTOMIZE_LIMITS.cachedBytesMax): ParseCache {
  const entries = new Map<string, { parsed: ParsedFile; bytes: number }>();
  let total = 0;
  const keep = (id: string, parsed: ParsedFile, bytes: number): void => {
    entries.set(id, { parsed, bytes });
    total += bytes;
    for (const [oldest, entry] of entries) {
      if (total <= bytesMax) return;
      entries.delete(oldest);
      total -= entry.bytes;
    }
  };
  return {
    parse(loaded) {
      const { bytes, file } = loaded;
      const id = loaded.id();
      const known = id === undefined ? undefined : entries.get(id);
      if (id !== undefined && known) {
        entries.delete(id);
        entries.set(id, known);
        return renamed(known.parsed, file);
      }
      const parsed = parseFile(textOfFile(loaded), file);
      if (id !== undefined) keep(id, parsed, bytes.length);
      return parsed;
    },
  };
}

/** For one build without a cache that outlives it: content ids cost hashing on disk, so files are told apart by their paths. */
export function perBuildCache(): ParseCache {
  const parsed = new Map<string, ParsedFile>();
  return {
    parse(loaded) {
      let known = parsed.get(loaded.file);
      if (!known) parsed.set(loaded.file, (known = parseFile(textOfFile(loaded), loaded.file)));
      return known;
    },
  };
}
