import { LIMITS } from "../limits.ts";
import { problemError } from "../problem.ts";
import { escapes, normalizePath } from "./path.ts";
import type { FileEntry, FileStat, FileTree } from "./types.ts";

/** What an implementation provides; following symlinks, the jail and the errors are the same for all and live here. */
export interface RawTree {
  /** The entry at a normalized path, symlinks not followed. The root is a directory. */
  entry(path: string): (FileEntry & { readonly executable?: boolean }) | undefined;
  list(path: string): readonly FileEntry[];
  /** Content of a file or a symlink's target. */
  content(path: string, entry: FileEntry): Uint8Array;
}

/** A FileTree over raw access. */
export function jailedTree(raw: RawTree): FileTree {
  return {
    stat(path) {
      const found = resolve(raw, path);
      if (!found || found.entry.kind === "submodule") return undefined;
      const { entry } = found;
      const kind = entry.kind === "directory" ? "directory" : "file";
      // The id stays lazy where the entry's is: on disk a directory's costs reading everything below it.
      return {
        kind,
        get id() {
          return entry.id;
        },
        path: found.path,
        ...(entry.executable ? { executable: true } : {}),
      } satisfies FileStat;
    },
    read(path) {
      const found = resolve(raw, path);
      if (!found) throw notFound(path);
      if (found.entry.kind !== "file")
        throw problemError("IsADirectory", `${show(path)} is a directory`, { file: path });
      const content = raw.content(found.path, found.entry);
      if (content.length > LIMITS.fileBytesMax) throw tooLarge(path, content.length);
      return content;
    },
    list(path) {
      const found = resolve(raw, path);
      if (!found) throw notFound(path);
      if (found.entry.kind !== "directory") {
        throw problemError("NotADirectory", `${show(path)} is not a directory`, { file: path });
      }
      return raw.list(found.path);
    },
  };
}

interface Found {
  readonly path: string;
  readonly entry: FileEntry & { readonly executable?: boolean };
}

/** Walks the path part by part, so that a symlink in the middle is followed too. */
function resolve(raw: RawTree, path: string): Found | undefined {
  let parts = normalizePath(path).split("/").filter(Boolean);
  let done = "";
  for (let links = 0; ;) {
    const part = parts.shift();
    if (part === undefined) {
      const entry = raw.entry(done);
      return entry && { path: done, entry };
    }
    const next = done === "" ? part : `${done}/${part}`;
    const entry = raw.entry(next);
    if (!entry) return undefined;
    if (entry.kind !== "symlink") {
      done = next;
      continue;
    }
    if (++links > LIMITS.symlinksMax) {
      throw problemError("LimitExceeded", `${show(path)} follows more than ${LIMITS.symlinksMax} symlinks`, {
        file: path,
      });
    }
    const target = Buffer.from(raw.content(next, entry)).toString("utf8");
    if (target.startsWith("/")) throw escapes(path);
    const rest = `${done}/${target}/${parts.join("/")}`.replace(/^\//, "");
    parts = normalizePath(rest).split("/").filter(Boolean);
    done = "";
  }
}

function show(path: string): string {
  return JSON.stringify(path === "" ? "." : path);
}

function notFound(path: string): Error {
  return problemError("FileNotFound", `${show(path)} does not exist`, { file: path });
}

function tooLarge(path: string, bytes: number): Error {
  return problemError(
    "FileTooLarge",
    `${show(path)} has ${bytes} bytes, more than the limit of ${LIMITS.fileBytesMax}`,
    {
      file: path,
    },
  );
}
