import type { Entry } from "./entry.ts";

/** One line of the log: what an object became at a revision. */
export interface LogRow {
  readonly revision: number;
  /** `group/plural/namespace/name`; the core group and cluster scope are empty parts. */
  readonly key: string;
  /** The version the body was written in (custom resources with conversion need it). */
  readonly version: string;
  readonly deleted: boolean;
  /** JSON of the object without apiVersion and kind, beginning with `{"metadata":`. */
  readonly body: Buffer;
}

/** What becomes a line of the log. */
export interface Change {
  readonly entry: Entry;
  readonly deleted: boolean;
}

/** Where the log is kept. Writes are carried out in the order in which they are asked for. */
export interface Backend {
  /** Every row that is left, by revision. Once, at the start. */
  load(): Iterable<LogRow>;
  /** The highest revision ever given out, which compaction may have removed the row of. */
  readonly lastRevision: number;
  /** Rows up to here may be missing. */
  readonly compactedRevision: number;
  /** Resolves when the changes are durable, so that an acknowledged write is never lost; undefined where nothing is to wait for. */
  append(changes: readonly Change[]): Promise<void> | undefined;
  /** Forgets superseded rows, and that history up to `compacted` is complete. */
  remove(revisions: readonly number[], compacted: number): Promise<void>;
  close(): Promise<void>;
}

export type EventType = "ADDED" | "MODIFIED" | "DELETED";
