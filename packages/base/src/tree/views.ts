import { problemError } from "../problem.ts";
import { joinPath, normalizePath } from "./path.ts";
import type { FileStat, FileTree, ReadSet } from "./types.ts";

/** The tree below a directory, as a tree of its own: paths and symlinks that leave it are refused even if the outer tree has them. */
export function subTree(tree: FileTree, directory: string): FileTree {
  const root = normalizePath(directory);
  if (root === "") return tree;
  const base = tree.stat(root);
  const inside = (path: string): string => {
    const full = joinPath(root, normalizePath(path));
    const found = tree.stat(full);
    const prefix = base?.path ?? root;
    if (found && found.path !== prefix && !found.path.startsWith(`${prefix}/`)) {
      throw problemError("PathEscapes", `${JSON.stringify(path)} leads out of ${JSON.stringify(directory)}`, {
        file: full,
      });
    }
    return full;
  };
  return {
    stat(path) {
      const found = tree.stat(inside(path));
      const prefix = base?.path ?? root;
      return (
        found && {
          ...(found.executable ? { executable: true } : {}),
          kind: found.kind,
          get id() {
            return found.id;
          },
          path: found.path.slice(prefix.length + 1),
        }
      );
    },
    read: (path) => tree.read(inside(path)),
    list: (path) => tree.list(inside(path)),
  };
}

/** Remembers what was read through it: the key of the render cache ("what reads the same is not rendered again"). */
export function recordingTree(tree: FileTree): { readonly tree: FileTree; readonly reads: ReadSet } {
  const reads = new Map<string, string | null>();
  const note = (path: string, found: FileStat | undefined): void => {
    reads.set(normalizePath(path), found?.id ?? null);
  };
  const recorded: FileTree = {
    stat(path) {
      const found = tree.stat(path);
      // That a directory exists says nothing about what is in it: only listings depend on its id.
      if (found?.kind === "directory") reads.set(`${normalizePath(path)}/?`, "directory");
      else note(path, found);
      return found;
    },
    read(path) {
      note(path, tree.stat(path));
      return tree.read(path);
    },
    list(path) {
      const entries = tree.list(path);
      reads.set(`${normalizePath(path)}/`, listingId(entries));
      return entries;
    },
  };
  return { tree: recorded, reads };
}

/**
 * The first path that no longer reads as it did, or undefined when everything does, so that a render would give the same answer.
 * Listings are named with a trailing slash.
 */
export function firstChange(tree: FileTree, reads: ReadSet): string | undefined {
  for (const [key, id] of reads) {
    if (currentId(tree, key) !== id) return key.replace(/\/\?$/, "/");
  }
  return undefined;
}

function currentId(tree: FileTree, key: string): string | null {
  try {
    if (key.endsWith("/?")) return tree.stat(key.slice(0, -2))?.kind ?? null;
    if (key.endsWith("/")) return listingId(tree.list(key.slice(0, -1)));
    const found = tree.stat(key);
    return found?.kind === "directory" ? "directory" : (found?.id ?? null);
  } catch {
    // Became a directory, or now leads out of the root: either way it does not read the same.
    return null;
  }
}

/** A listing is its names and kinds; what is in the files counts only when they are read. */
function listingId(entries: readonly { readonly name: string; readonly kind: string }[]): string {
  return entries.map((entry) => `${entry.kind[0]}${entry.name}`).join("\0");
}

/** UTF-8 text of a file, without a byte order mark. @throws ProblemError InvalidUtf8 and those of FileTree.read */
export function readText(tree: FileTree, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(tree.read(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw problemError("InvalidUtf8", `${JSON.stringify(path)} is not UTF-8 text`, { file: path }, error);
  }
}
