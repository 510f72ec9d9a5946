/** Reading and writing what sops commands are about. Text keeps bytes that are no UTF-8 (gotemplate's fromBytes). */
import { constants } from "node:fs";
import { access, readFile, rename, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { readInput, type CommandIo } from "../io.ts";
import { EXIT, SopsFailure } from "./failure.ts";

/**
 * @param missing what a missing file is to the command: decrypt and encrypt look first ("noFile"); the others find out when they read,
 * and name the file by its full path ("read") or as it was given ("given")
 * @throws SopsFailure noFile, read
 */
export async function readText(
  path: string | undefined,
  io: CommandIo,
  missing: "noFile" | "read" | "given" = "read",
): Promise<string> {
  if (path === undefined) return fromBytes(await readInput(undefined, io));
  const full = resolve(io.cwd, path);
  try {
    // An empty name is no folder, though it resolves to one.
    return fromBytes(await readFile(path === "" ? "" : full));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && missing === "noFile")
      throw new SopsFailure(EXIT.noFile, `Error: cannot operate on non-existent file ${JSON.stringify(full)}`);
    const named = missing === "given" ? path : full;
    throw new SopsFailure(EXIT.read, `Error reading file: ${reasonOf(code)[0]} ${named}: ${reasonOf(code)[1]}`);
  }
}

const REASONS: Readonly<Record<string, readonly [step: string, why: string]>> = {
  ENOENT: ["open", "no such file or directory"],
  EISDIR: ["read", "is a directory"],
  EACCES: ["open", "permission denied"],
};

/** A failed step of the file system, and why, as Go tells it. */
export function reasonOf(code: string | undefined): readonly [step: string, why: string] {
  return REASONS[code ?? ""] ?? ["read", "it cannot be read"];
}

export async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** Whole or not at all, with the mode the file had. @throws SopsFailure write */
export async function writeText(path: string, text: string, io: CommandIo): Promise<void> {
  const full = resolve(io.cwd, path);
  const before = await stat(full).catch(() => undefined);
  const beside = `${full}.${process.pid}.tmp`;
  try {
    // A device or a pipe cannot be replaced by a file.
    if (before !== undefined && !before.isFile()) return await writeFile(full, toBytes(text));
    await writeFile(beside, toBytes(text), { mode: before === undefined ? 0o644 : before.mode & 0o777, flag: "wx" });
    await rename(beside, full);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new SopsFailure(EXIT.write, `Could not open file ${full} for writing: ${code}`);
  }
}

/** Standard output takes bytes as they are. */
export function print(text: string, io: CommandIo): void {
  if (text.isWellFormed()) io.stdout.write(text);
  else io.stdout.write(toBytes(text));
}
