/**
 * A read-only directory tree whose contents decide, not its commits: every file and directory has a content id (Git's own object
 * id wherever the tree comes from Git, and the same hash elsewhere). Reads are synchronous so that rendering stays pure.
 *
 * Paths are '/'-separated and relative to the root, `""` or `"."` is the root. `..` and symlinks are resolved inside the tree; one
 * that leads out of it throws ProblemError PathEscapes.
 */
export interface FileTree {
  /** What is at the path after following symlinks; undefined when nothing is. */
  stat(path: string): FileStat | undefined;
  /** @throws ProblemError FileNotFound, IsADirectory, PathEscapes, FileTooLarge */
  read(path: string): Uint8Array;
  /** Entries of a directory sorted by name in byte order, symlinks not followed. @throws FileNotFound, NotADirectory */
  list(path: string): readonly FileEntry[];
}

export interface FileStat {
  readonly kind: "file" | "directory";
  /** Content id, 40 or 64 hex digits. */
  readonly id: string;
  /** The path with `.`, `..` and symlinks resolved. */
  readonly path: string;
  readonly executable?: boolean;
}

export interface FileEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink" | "submodule";
  readonly id: string;
}

/** What one render looked at: for each path its content id, or null where nothing was. Listings are keyed `path/`. */
export type ReadSet = ReadonlyMap<string, string | null>;
