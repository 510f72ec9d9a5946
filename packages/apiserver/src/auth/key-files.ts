import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { chmod, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { problemError } from "@fairlead/base";

/**
 * Keys, certificates and tokens in a folder of their own. What is made anew is used at once and written meanwhile, one file after the
 * other: a start need not wait for the disk five times. See `kept`.
 */
export class KeyFiles {
  readonly directory: string;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  read(name: string): string | undefined {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  write(name: string, text: string): void {
    this.#writing = this.#writing
      .then(() => (this.#failure === undefined ? writeSecret(join(this.directory, name), text) : undefined))
      .catch((error: unknown) => {
        this.#failure = error;
      });
  }

  /** Resolves when all that was written is on the disk. @throws ProblemError DataDirectoryUnusable */
  async kept(): Promise<void> {
    await this.#writing;
    if (this.#failure === undefined) return;
    const why = this.#failure instanceof Error ? this.#failure.message : String(this.#failure);
    throw problemError(
      "DataDirectoryUnusable",
      `keys cannot be written: ${why}`,
      { file: this.directory, hint: "check that the directory is writable and the disk is not full" },
      this.#failure,
    );
  }
}

/** Whole or not at all: written beside and renamed. */
async function writeSecret(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, text, { mode: 0o600, flush: true });
  await chmod(partial, 0o600);
  await rename(partial, path);
}
