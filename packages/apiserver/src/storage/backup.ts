import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { backup as copyDatabase, DatabaseSync } from "node:sqlite";
import { problemError } from "@fairlead/base";
import { lockDirectory } from "./lock.ts";
import { openLogFile } from "./sqlite-file.ts";

export const STATE_FILE = "state.db";
export const KEYS_FOLDER = "pki";

/**
 * Writes a data directory into one file: the database as of one moment, and the keys. The server may be running.
 * @throws ProblemError DataDirectoryUnusable, DatabaseDamaged
 */
export async function backupDirectory(directory: string, target: string): Promise<void> {
  const state = join(directory, STATE_FILE);
  if (!existsSync(state)) {
    throw problemError("DataDirectoryUnusable", "there is no database to back up", {
      file: directory,
      hint: "name the directory that --data of the server names",
    });
  }
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  const source = new DatabaseSync(state, { readOnly: true });
  try {
    await copyDatabase(source, partial);
  } finally {
    source.close();
  }
  addKeys(partial, join(directory, KEYS_FOLDER));
  renameSync(partial, target);
}

/** Keys travel in a table of their own. */
function addKeys(file: string, folder: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec("CREATE TABLE keys (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT");
    const insert = database.prepare("INSERT INTO keys VALUES (?, ?)");
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (!name.endsWith(".partial")) insert.run(name, readFileSync(join(folder, name)));
    }
    database.exec("PRAGMA journal_mode = DELETE");
  } finally {
    database.close();
  }
  chmodSync(file, 0o600);
}

/**
 * Makes a data directory from a backup. What was there is only replaced with `force`.
 * @throws ProblemError BackupInvalid, DataDirectoryInUse, DataDirectoryUnusable
 */
export async function restoreDirectory(source: string, directory: string, force: boolean): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(directory);
  try {
    const state = join(directory, STATE_FILE);
    if (existsSync(state) && !force) {
      throw problemError("DataDirectoryUnusable", "there is a database already", {
        file: state,
        hint: "restore into an empty directory, or add --force to replace it",
      });
    }
    const partial = `${state}.restoring`;
    rmSync(partial, { force: true });
    await copyChecked(source, partial);
    const keys = takeKeys(source, partial);
    const folder = join(directory, KEYS_FOLDER);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { name, content } of keys) writeFileSync(join(folder, name), content, { mode: 0o600, flush: true });
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${state}${suffix}`, { force: true });
    renameSync(partial, state);
  } finally {
    unlock();
  }
}

async function copyChecked(source: string, target: string): Promise<void> {
  if (!existsSync(source)) throw problemError("BackupInvalid", "there is no such file", { file: source });
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(source, { readOnly: true });
    const { integrity_check: verdict } = database.prepare("PRAGMA integrity_check(1)").get() as {
      integrity_check: string;
    };
    if (verdict !== "ok") throw problemError("BackupInvalid", `the file is damaged: ${verdict}`, { file: source });
    await copyDatabase(database, target);
  } catch (error) {
    if (!("errcode" in (error as object))) throw error;
    throw problemError("BackupInvalid", `the file is no backup: ${(error as Error).message}`, { file: source }, error);
  } finally {
    database?.close();
  }
}

interface Key {
  readonly name: string;
  readonly content: Uint8Array;
}

function takeKeys(source: string, file: string): Key[] {
  const database = new DatabaseSync(file);
  let keys: Key[];
  try {
    const found = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'keys'").get();
    if (found === undefined)
      throw problemError("BackupInvalid", "the file holds no keys, so it is none of our backups", { file: source });
    keys = database.prepare("SELECT name, content FROM keys").all() as unknown as Key[];
    database.exec("DROP TABLE keys");
  } finally {
    database.close();
  }
  const isPlain = keys.every(({ name }) => /^[\w.-]+$/.test(name) && !name.startsWith("."));
  if (!isPlain) throw problemError("BackupInvalid", "the file names keys that are no file names", { file: source });
  // Opening it as the server would tells whether it is one of ours.
  openLogFile(file).close();
  return keys;
}
