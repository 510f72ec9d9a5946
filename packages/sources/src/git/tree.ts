import { jailedTree, problemError, type FileEntry, type FileTree, baseName, parentPath } from "@fairlead/base";
import { SOURCE_LIMITS } from "../limits.ts";
import type { ObjectStore } from "./objects/store.ts";

type Entry = FileEntry & { readonly executable?: boolean };
type Listing = ReadonlyMap<string, Entry>;

const KIND: Record<string, Entry["kind"]> = { "40000": "directory", "120000": "symlink", "160000": "submodule" };

/** Parsed directories by their id, shared by all trees of a repository: neighbouring commits share nearly all of them. */
export class ListingCache {
  readonly #store: ObjectStore;
  readonly #listings = new Map<string, Listing>();
  readonly #hashBytes: number;

  constructor(store: ObjectStore, hashBytes: 20 | 32) {
    this.#store = store;
    this.#hashBytes = hashBytes;
  }

  get(id: string): Listing {
    const known = this.#listings.get(id);
    if (known) return known;
    const object = this.#store.read(id);
    if (object.type !== "tree") throw problemError("GitObjectBroken", `object ${id} is a ${object.type}, not a tree`);
    const listing = parseListing(Buffer.from(object.content), this.#hashBytes);
    this.#listings.set(id, listing);
    if (this.#listings.size > SOURCE_LIMITS.treeCacheEntriesMax) {
      const oldest = this.#listings.keys().next().value;
      if (oldest !== undefined) this.#listings.delete(oldest);
    }
    return listing;
  }
}

function parseListing(data: Buffer, hashBytes: number): Listing {
  const entries: Entry[] = [];
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const end = data.indexOf(0, space);
    if (space < 0 || end < 0) throw problemError("GitObjectBroken", "a tree object is cut short");
    const mode = data.toString("latin1", at, space);
    const name = data.toString("utf8", space + 1, end);
    const id = data.toString("hex", end + 1, end + 1 + hashBytes);
    const executable = mode === "100755";
    entries.push({ name, kind: KIND[mode] ?? "file", id, ...(executable ? { executable } : {}) });
    at = end + 1 + hashBytes;
  }
  // Git sorts directories as if they ended in '/'; a listing is sorted by name alone.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/**
 * The files of a commit's tree, straight from the object database: no working tree, and only what is read is inflated.
 * @param isPartial whether files beyond the limit were left on their host
 */
export function gitTree(store: ObjectStore, listings: ListingCache, rootId: string, isPartial = false): FileTree {
  const root: Entry = { name: "", kind: "directory", id: rootId };
  const entryAt = (path: string): Entry | undefined => {
    if (path === "") return root;
    const parent = entryAt(parentPath(path));
    return parent?.kind === "directory" ? listings.get(parent.id).get(baseName(path)) : undefined;
  };
  return jailedTree({
    entry: entryAt,
    list: (path) => [...listings.get(entryAt(path)?.id ?? rootId).values()],
    content: (path, entry) => {
      const found = isPartial ? store.find(entry.id) : store.read(entry.id);
      if (!found) throw tooLarge(path);
      return found.content;
    },
  });
}

function tooLarge(file: string): Error {
  const limit = SOURCE_LIMITS.gitObjectBytesMax;
  return problemError("LimitExceeded", `file has more than the limit of ${limit} bytes and was not fetched`, { file });
}
