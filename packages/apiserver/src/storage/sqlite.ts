import { openLogFile, type LogState } from "./sqlite-file.ts";
import { LIMITS } from "../limits.ts";
import { DiskWriter } from "./disk-writer.ts";
import type { Backend, LogRow } from "./types.ts";

/**
 * The log in an SQLite file, written by a thread of its own: a commit waits for the disk, and everything else goes on meanwhile.
 * What arrives during one commit shares the next.
 * @throws ProblemError DatabaseDamaged, DataDirectoryInUse, DataDirectoryUnusable
 */
export function sqliteBackend(path: string, bytesMax: number = LIMITS.databaseBytesMax): Backend {
  // Read here and closed again: from now on only the writer has a connection.
  const { state, rows } = readAll(path);
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

function readAll(path: string): { state: LogState; rows: LogRow[] } {
  const file = openLogFile(path);
  try {
    return { state: file.state, rows: [...file.load()] };
  } finally {
    file.close();
  }
}
