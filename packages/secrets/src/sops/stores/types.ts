import type { Branch, TreeElement } from "../tree.ts";

/**
 * A file format. Files with several documents have a branch for each. Text that is not UTF-8 keeps its bytes as gotemplate's
 * fromBytes has them.
 */
export interface Store {
  /** A plain file. @throws ProblemError InvalidSopsFile with the position of every fault; no message quotes the text */
  read(text: string, file?: string): Branch[];
  /** @throws ProblemError InvalidSopsFile for values the format has no place for */
  write(branches: readonly Branch[]): string;
  /** An encrypted file: its documents without the metadata, and that, when there is any. @throws as read */
  readSealed(text: string, file?: string): SealedTree;
  /** The metadata goes into every document. */
  writeSealed(branches: readonly Branch[], metadata: Branch): string;
  /** One value alone, as `sops decrypt --extract` prints it. @throws as write */
  writeValue(value: TreeElement): string;
}

export interface SealedTree {
  readonly branches: Branch[];
  readonly metadata: Branch | undefined;
}
