/** A file that was encrypted, as whoever has its keys reads it. */
export interface OpenedFile {
  readonly content: Uint8Array;
  /** What must appear in no message. */
  readonly secrets: readonly string[];
}

/** Opens a file of a source; undefined for one that only looks encrypted. @throws ProblemError */
export type OpenFile = (file: string, content: Uint8Array) => OpenedFile | undefined;

/** Opens the encrypted files of a source with the keys it may use. */
export interface EncryptedFiles {
  /** Tells one set of keys from another: what was rendered with these counts no longer once they change. */
  readonly keysId: string;
  /** @throws ProblemError naming the file and never a value */
  open(file: string, content: Uint8Array): Promise<OpenedFile | undefined>;
}
