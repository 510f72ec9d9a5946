import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { problemError } from "@fairlead/base";

/**
 * One server a data directory: an SQLite file locked exclusively for as long as the process lives, however it ends. The state
 * itself stays open to readers, so a backup can be taken from outside.
 * @throws ProblemError DataDirectoryInUse, DataDirectoryUnusable
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, "lock.db");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
    const held = database;
    return () => held.close();
  } catch (error) {
    database?.close();
    const code = (error as { errcode?: number }).errcode ?? 0;
    // SQLITE_BUSY and SQLITE_LOCKED.
    if ((code & 0xff) === 5 || (code & 0xff) === 6) {
      throw problemError(
        "DataDirectoryInUse",
        "another server runs on this data directory",
        { file: directory, hint: "stop it, or choose another --data directory" },
        error,
      );
    }
    throw problemError(
      "DataDirectoryUnusable",
      `the data directory cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      { file: directory, hint: "check that the directory is writable and the disk is not full" },
      error,
    );
  }
}
