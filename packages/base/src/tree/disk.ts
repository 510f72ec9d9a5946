import { lstatSync, readFileSync, readdirSync, readlinkSync, statSync, type Dirent, type Stats } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../limits.ts";
import { problemError } from "../problem.ts";
import { blobId, treeId } from "./hash.ts";
import { baseName } from "./path.ts";
import { jailedTree } from "./resolve.ts";
import type { FileEntry, FileTree } from "./types.ts";

/** A tree over a directory of this machine, for the command line. Not a snapshot: it shows what is there when it is read. */
export function diskTree(root: string): FileTree {
  return jailedTree({
    entry: (path) => entryAt(root, path),
    list: (path) => listAt(root, path),
    content: contentAt(root),
  });
}

function entryAt(root: string, path: string): (FileEntry & { executable?: boolean }) | undefined {
  const full = join(root, path);
  // The root itself may be a symlink of the user's: it is the one thing that was named by hand.
  const found = statIfThere(path === "" ? statSync : lstatSync, full);
  if (!found) return undefined;
  const entry = describe(root, path, found);
  // Set, not spread: spreading would compute the lazy id.
  entry.size = found.size;
  if (found.isFile() && (found.mode & 0o111) !== 0) entry.executable = true;
  return entry;
}

/** Something below a file is not there either; Node reports that apart. */
function statIfThere(stat: typeof statSync | typeof lstatSync, path: string): Stats | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

function describe(root: string, path: string, found: Stats | Dirent): DiskEntry {
  const name = baseName(path);
  if (found.isDirectory()) return entryWith(name, "directory", () => treeId(listAt(root, path)));
  if (found.isSymbolicLink())
    return entryWith(name, "symlink", () => blobId(Buffer.from(readlinkSync(join(root, path)))));
  return entryWith(name, "file", () => blobId(readFileSync(join(root, path))));
}

type DiskEntry = FileEntry & { executable?: boolean; size?: number };

/** Hashing is only paid for by those who ask for the id. */
function entryWith(name: string, kind: FileEntry["kind"], compute: () => string): DiskEntry {
  let id: string | undefined;
  return {
    name,
    kind,
    get id() {
      return (id ??= compute());
    },
  };
}

/** Kinds come with the names: looking at each file apart would cost most of a listing. */
function listAt(root: string, path: string): FileEntry[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory() || entry.isSymbolicLink())
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => describe(root, path === "" ? entry.name : `${path}/${entry.name}`, entry));
}

function contentAt(root: string): (path: string, entry: FileEntry) => Uint8Array {
  return (path, entry) => {
    const full = join(root, path);
    if (entry.kind === "symlink") return Buffer.from(readlinkSync(full));
    const size = (entry as DiskEntry).size ?? statSync(full).size;
    if (size > LIMITS.fileBytesMax) {
      throw problemError("FileTooLarge", `${path} has ${size} bytes, more than the limit of ${LIMITS.fileBytesMax}`, {
        file: path,
      });
    }
    return readFileSync(full);
  };
}
