/** The age identities of whoever runs a command: where sops looks for them, in its order. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ProblemError } from "@fairlead/base";
import { ageIdentitiesIn, isAgeFile, openWithPassphrase, type FoundIdentities } from "../sops/keys/age.ts";
import { splitWords } from "../sops/keys/cloud/words.ts";
import type { CommandIo } from "./io.ts";
import { askPassphrase } from "./passphrase.ts";

const run = promisify(execFile);
const COMMAND_TIMEOUT_MS = 60_000;

/** What one place gives: bytes, nothing because it is not there, or why it cannot be read. */
type Found = { readonly name: string; readonly bytes: Uint8Array } | { readonly note: string } | undefined;

/** @param files named by flags, tried first */
export async function findAgeIdentities(io: CommandIo, files: readonly string[] = []): Promise<FoundIdentities> {
  const { env } = io;
  const home = env["HOME"] ?? homedir();
  const config = env["XDG_CONFIG_HOME"] ? env["XDG_CONFIG_HOME"] : join(home, ".config");
  const places = [
    ...files.map((file) => named(file, file, io)),
    fileOf("SOPS_AGE_SSH_PRIVATE_KEY_FILE", io),
    outputOf("SOPS_AGE_SSH_PRIVATE_KEY_CMD", io),
    optional(join(home, ".ssh/id_ed25519")),
    optional(join(home, ".ssh/id_rsa")),
    Promise.resolve({ name: "SOPS_AGE_KEY", bytes: Buffer.from(env["SOPS_AGE_KEY"] ?? "") }),
    fileOf("SOPS_AGE_KEY_FILE", io),
    outputOf("SOPS_AGE_KEY_CMD", io),
    optional(join(config, "sops/age/keys.txt")),
  ];
  const identities: string[] = [];
  const notes: string[] = [];
  for (const place of await Promise.all(places)) {
    if (place === undefined) continue;
    if ("note" in place) notes.push(place.note);
    else {
      try {
        identities.push(...ageIdentitiesIn(await textOf(place.name, place.bytes, io)));
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        notes.push(`${place.name}: ${error.problems[0]?.message ?? "it cannot be read"}`);
      }
    }
  }
  return { identities, notes };
}

/** A file of identities may itself be encrypted, by a passphrase. @throws ProblemError KeyUnusable */
async function textOf(name: string, bytes: Uint8Array, io: CommandIo): Promise<string> {
  const plain = isAgeFile(bytes) ? await openWithPassphrase(bytes, await askPassphrase(name, io)) : bytes;
  return Buffer.from(plain).toString("utf8");
}

async function optional(path: string): Promise<Found> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && { name: path, bytes };
}

async function fileOf(variable: string, io: CommandIo): Promise<Found> {
  const path = io.env[variable];
  return path ? named(`${variable} file`, path, io) : undefined;
}

async function named(name: string, path: string, io: CommandIo): Promise<Found> {
  try {
    return { name: path, bytes: await readFile(resolve(io.cwd, path)) };
  } catch {
    return { note: `failed to open ${name}: ${path} cannot be read` };
  }
}

async function outputOf(variable: string, io: CommandIo): Promise<Found> {
  const command = io.env[variable];
  if (!command) return undefined;
  const [program = "", ...args] = splitWords(command);
  try {
    const options = { env: { ...io.env }, cwd: io.cwd, timeout: COMMAND_TIMEOUT_MS };
    const { stdout } = await run(program, args, options);
    return { name: variable, bytes: Buffer.from(stdout) };
  } catch {
    return { note: `failed to execute the command of ${variable}` };
  }
}
