import { existsSync, statSync } from "node:fs";
import { ProblemError } from "@fairlead/base";
import { salvage, type Salvage } from "./salvage.ts";
import { openLogFile, type LogState } from "./sqlite-file.ts";
import { LIMITS } from "../limits.ts";
import { DiskWriter } from "./disk-writer.ts";
import type { Backend, LogRow } from "./types.ts";

/**
 * The log in an SQLite file, written by a thread of its own: a commit waits for the disk, and everything else goes on meanwhile.
 * What arrives during one commit shares the next.
 * A damaged file is put aside and what can be read of it goes on; `onLoss` is told.
 * @throws ProblemError DatabaseDamaged where nothing can be read, DataDirectoryInUse, DataDirectoryUnusable
 */
export function sqliteBackend(
  path: string,
  bytesMax: number = LIMITS.databaseBytesMax,
  onLoss: (loss: Loss) => void = () => undefined,
): Backend {
  const isNew = !existsSync(path);
  if (!isNew && statSync(path).size === 0) onLoss("empty");
  // Read here and closed again: from now on only the writer has a connection. A file that is not there yet is the writer's to make,
  // so that a first start does not wait for the disk three times more.
  const { state, rows } = isNew ? NOTHING : readOrSalvage(path, onLoss);
  const writer = DiskWriter.shared();
  const file = writer.open(path, bytesMax);
  let loaded: LogRow[] | undefined = rows;
  return {
    ...state,
    load() {
      const all = loaded ?? [];
      loaded = undefined;
      return all;
    },
    append: (batch) => writer.append(file, batch),
    remove: (revisions, compacted) => writer.remove(file, revisions, compacted),
    close: () => writer.close(file),
  };
}

const NOTHING = { state: { lastRevision: 0, compactedRevision: 0 }, rows: [] };

/** What a start found missing: rows of a damaged file, or everything, as the file is there and empty. */
export type Loss = Salvage | "empty";

function readOrSalvage(path: string, onLoss: (loss: Loss) => void): { state: LogState; rows: LogRow[] } {
  try {
    return readAll(path);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== "DatabaseDamaged") throw error;
    const saved = salvage(path, Date.now());
    if (saved === undefined) throw error;
    onLoss(saved);
    return readAll(path);
  }
}

function readAll(path: string): { state: LogState; rows: LogRow[] } {
  const file = openLogFile(path);
  try {
    return { state: file.state, rows: [...file.load()] };
  } finally {
    file.close();
  }
}
