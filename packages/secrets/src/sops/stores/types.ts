import type { Branch } from "../tree.ts";

/** A file format. Files with several documents have a branch for each. */
export interface Store {
  /** @throws ProblemError InvalidSopsFile with the position of every fault; no message quotes the text */
  read(text: string, file?: string): Branch[];
  write(branches: readonly Branch[]): string;
}
