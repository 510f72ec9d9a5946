import { existsSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { openLogFile } from "./sqlite-file.ts";
import type { LogRow } from "./types.ts";

/** What was saved out of a damaged database, and what was not. */
export interface Salvage {
  readonly rows: number;
  /** Revisions that could not be read, as ranges; those behind the end of the file are not known. */
  readonly lost: readonly (readonly [from: number, to: number])[];
  /** Where the damaged file was put. */
  readonly keptAs: string;
}

/** Revisions that were given out and are nowhere any more are not given out again: clients would take new for old. */
const REVISIONS_SKIPPED = 1_000_000;
/** Holes are looked through revision by revision up to this many; beyond, a range is given up whole. */
const PROBES_MAX = 1_000_000;
const ROWS_A_WRITE = 1_000;

/**
 * Makes a good database of what can be read of a damaged one, which is kept beside it. Every row is whole in itself, so that each
 * object is as its last readable row says; what watches may ask for begins anew.
 * Returns undefined, and leaves the file where it is, when nothing of ours can be read in it.
 */
export function salvage(path: string, nowMs: number): Salvage | undefined {
  const found = readable(path);
  if (found === undefined || found.rows.length === 0) return undefined;
  const { rows, lost } = found;
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const fresh = `${path}.salvaged`;
  removeAll(fresh);
  const last = Math.max(found.last, rows.at(-1)?.revision ?? 0) + REVISIONS_SKIPPED;
  const file = openLogFile(fresh);
  try {
    for (let start = 0; start < rows.length; start += ROWS_A_WRITE)
      file.append(rows.slice(start, start + ROWS_A_WRITE));
    file.remove([], last);
  } finally {
    file.close();
  }
  const keptAs = `${path}.damaged-${stamp}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${keptAs}${suffix}`);
  }
  renameSync(fresh, path);
  return { rows: rows.length, lost, keptAs };
}

function removeAll(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
}

interface Readable {
  readonly rows: LogRow[];
  readonly lost: readonly (readonly [number, number])[];
  readonly last: number;
}

function readable(path: string): Readable | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { defensive: false });
    // Else a file that is shorter than its header says is not read at all (https://www.sqlite.org/recovery.html).
    database.exec("PRAGMA writable_schema = ON");
    const { last } = firstOf(database, "SELECT last FROM state", { last: 0 });
    const columns = "SELECT revision, key, version, deleted, body FROM log";
    const rows = new Map<number, LogRow>();
    readUntilFault(database.prepare(`${columns} ORDER BY revision`), rows);
    const before = Math.max(0, ...rows.keys());
    readUntilFault(database.prepare(`${columns} WHERE revision > ${before} ORDER BY revision DESC`), rows);
    const behind = [...rows.keys()].filter((revision) => revision > before);
    const after = behind.length === 0 ? Math.max(last, before) + 1 : Math.min(...behind);
    const lost = probe(database.prepare(`${columns} WHERE revision = ?`), rows, before, after);
    const inOrder = [...rows.values()].toSorted((a, b) => a.revision - b.revision);
    return { rows: inOrder, lost, last };
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

function firstOf<T>(database: DatabaseSync, query: string, otherwise: T): T {
  try {
    return (database.prepare(query).get() as T | undefined) ?? otherwise;
  } catch {
    return otherwise;
  }
}

interface StoredRow {
  readonly revision: number;
  readonly key: string;
  readonly version: string;
  readonly deleted: number;
  readonly body: Uint8Array;
}

function readUntilFault(statement: StatementSync, rows: Map<number, LogRow>): void {
  try {
    for (const row of statement.iterate() as Iterable<unknown>) keep(row as StoredRow, rows);
  } catch {
    // The page that cannot be read ends this way through the table.
  }
}

/** Rows between two that are known, one by one; gives what is missing as ranges. */
function probe(
  statement: StatementSync,
  rows: Map<number, LogRow>,
  before: number,
  after: number,
): (readonly [number, number])[] {
  if (after - before > PROBES_MAX) return [[before + 1, after - 1]];
  const lost: [number, number][] = [];
  for (let revision = before + 1; revision < after; revision++) {
    try {
      const row = statement.get(revision) as StoredRow | undefined;
      if (row !== undefined) keep(row, rows);
      // A revision without a row was compacted, or never written.
    } catch {
      const known = lost.at(-1);
      if (known?.[1] === revision - 1) known[1] = revision;
      else lost.push([revision, revision]);
    }
  }
  return lost;
}

function keep(row: StoredRow, rows: Map<number, LogRow>): void {
  const { revision, key, version, deleted } = row;
  const body = Buffer.from(row.body);
  if (isWhole(body)) rows.set(revision, { revision, key, version, deleted: deleted === 1, body });
}

/** Torn pages may hold bytes of something else. */
function isWhole(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && "metadata" in value;
  } catch {
    return false;
  }
}
