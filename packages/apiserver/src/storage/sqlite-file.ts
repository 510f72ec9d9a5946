import { chmodSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { problemError } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import type { LogRow } from "./types.ts";

/** Marks a file as ours (`FLDB`), so that a foreign SQLite file is refused instead of being filled. */
const APPLICATION_ID = 0x46_4c_44_42;
const SCHEMA_VERSION = 1;

interface StoredRow {
  readonly revision: number;
  readonly key: string;
  readonly version: string;
  readonly deleted: number;
  readonly body: Uint8Array;
}

/** What a start needs to know before it can serve. */
export interface LogState {
  readonly lastRevision: number;
  readonly compactedRevision: number;
}

/**
 * The log in one SQLite file: rows are only ever added at the end (the cheapest write a B-tree has) and taken away by
 * compaction. WAL with synchronous=FULL: a commit is on the disk when `append` returns. Every call blocks, so writers use it
 * from a worker thread.
 */
export interface LogFile {
  readonly state: LogState;
  load(): Iterable<LogRow>;
  append(rows: readonly LogRow[]): void;
  remove(revisions: readonly number[], compacted: number): void;
  close(): void;
}

/** @throws ProblemError DatabaseDamaged, DataDirectoryInUse, DataDirectoryUnusable */
export function openLogFile(path: string, bytesMax: number = LIMITS.databaseBytesMax): LogFile {
  const database = open(path);
  const { page_size: pageBytes } = database.prepare("PRAGMA page_size").get() as { page_size: number };
  database.exec(`PRAGMA max_page_count = ${Math.floor(bytesMax / pageBytes)}`);
  const insert = database.prepare("INSERT INTO log (revision, key, version, deleted, body) VALUES (?, ?, ?, ?, ?)");
  const forget = database.prepare("DELETE FROM log WHERE revision = ?");
  const setCompacted = database.prepare("UPDATE state SET compacted = ?, last = max(last, ?)");
  const state = database.prepare("SELECT compacted, last FROM state").get() as { compacted: number; last: number };
  const newest = database.prepare("SELECT max(revision) AS revision FROM log").get() as { revision: number | null };
  return {
    state: { lastRevision: Math.max(state.last, newest.revision ?? 0), compactedRevision: state.compacted },
    load: () => rowsOf(database, path),
    append: (rows) => {
      try {
        inTransaction(database, () => appendRows(insert, rows));
      } catch (error) {
        throw unwritable(path, error);
      }
    },
    remove: (revisions, compacted) =>
      inTransaction(database, () => {
        for (const revision of revisions) forget.run(revision);
        setCompacted.run(compacted, compacted);
      }),
    close: () => database.close(),
  };
}

function appendRows(insert: StatementSync, rows: readonly LogRow[]): void {
  for (const row of rows) insert.run(row.revision, row.key, row.version, row.deleted ? 1 : 0, row.body);
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    // A full disk may already have rolled back; what counts is that nothing of this batch stays.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function* rowsOf(database: DatabaseSync, path: string): Generator<LogRow> {
  const statement = database.prepare("SELECT revision, key, version, deleted, body FROM log ORDER BY revision");
  try {
    for (const row of statement.iterate() as Iterable<unknown> as Iterable<StoredRow>) {
      const { buffer, byteOffset, byteLength } = row.body;
      yield {
        revision: row.revision,
        key: row.key,
        version: row.version,
        deleted: row.deleted === 1,
        body: Buffer.from(buffer, byteOffset, byteLength),
      };
    }
  } catch (error) {
    throw damaged(path, error);
  }
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 2_000 });
    // Reading the header fails here when the file is no database at all.
    const { application_id: application } = database.prepare("PRAGMA application_id").get() as {
      application_id: number;
    };
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get() as { count: number };
    if (tables.count > 0 && (application !== APPLICATION_ID || version !== SCHEMA_VERSION)) {
      throw problemError("DatabaseDamaged", "it is an SQLite file, but not one of ours", { file: path });
    }
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    if (tables.count === 0) create(database);
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database?.close();
    throw explain(path, error);
  }
}

function create(database: DatabaseSync): void {
  inTransaction(database, () =>
    database.exec(`
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION};
      CREATE TABLE log (revision INTEGER PRIMARY KEY, key TEXT NOT NULL, version TEXT NOT NULL,
                        deleted INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
      CREATE TABLE state (compacted INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
      INSERT INTO state VALUES (0, 0);`),
  );
}

function explain(path: string, error: unknown): unknown {
  const code = (error as { errcode?: number }).errcode;
  if (code === undefined) return error;
  // Primary result codes of SQLite: https://www.sqlite.org/rescode.html
  const primary = code & 0xff;
  if (primary === 5 || primary === 6) {
    return problemError(
      "DataDirectoryInUse",
      "another process has the database open",
      { file: path, hint: "stop the other server, or choose another --data directory" },
      error,
    );
  }
  if (primary === 11 || primary === 26 || primary === 1) return damaged(path, error);
  return problemError(
    "DataDirectoryUnusable",
    `the database cannot be opened: ${messageOf(error)}`,
    { file: path, hint: "check that the directory is writable and the disk is not full" },
    error,
  );
}

/** SQLITE_FULL, SQLITE_IOERR and SQLITE_READONLY are the disk's; nothing of the batch has stayed. */
function unwritable(path: string, error: unknown): unknown {
  const primary = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  if (![8, 10, 13].includes(primary)) return error;
  return problemError(
    "StorageFull",
    `the database cannot be written: ${messageOf(error)}`,
    { file: path, hint: "make room on its disk; objects can still be read" },
    error,
  );
}

function damaged(path: string, error: unknown): Error {
  return problemError(
    "DatabaseDamaged",
    `the database is damaged: ${messageOf(error)}`,
    {
      file: path,
      hint: "restore a backup with `fairlead apiserver restore`, or move the file away to start anew",
    },
    error,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
