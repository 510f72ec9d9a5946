/** The age identities of whoever runs a command: where sops looks for them, in its order. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ProblemError } from "@fairlead/base";
import { ageIdentitiesIn, isAgeFile, openWithPassphrase, type FoundIdentities } from "../sops/keys/age.ts";
import { isLockedSshKey, type LockedSshKey } from "../sops/keys/ssh.ts";
import { splitWords } from "../sops/keys/cloud/words.ts";
import type { CommandIo } from "./io.ts";
import { askPassphrase } from "./passphrase.ts";

const run = promisify(execFile);
const COMMAND_TIMEOUT_MS = 60_000;

/** What one place gives: bytes, nothing because it is not there, or why it cannot be read. */
type Found =
  | { readonly name: string; readonly bytes: Uint8Array; readonly publicKey?: string | undefined }
  | { readonly note: string }
  | undefined;

/** The identities for a recipient: each place is read once, but commands are told for which recipient they are to find one. */
export function ageIdentities(
  io: CommandIo,
  files: readonly string[] = [],
): (recipient: string) => Promise<FoundIdentities> {
  const read = new Map<string, Promise<FoundIdentities>>();
  const once = (name: string, place: () => Promise<Found>): Promise<FoundIdentities> => {
    const known = read.get(name) ?? place().then((found) => identitiesAt(found, io));
    read.set(name, known);
    return known;
  };
  return async (recipient) => {
    const found: FoundIdentities[] = [];
    // One after another: each may ask for a passphrase.
    for (const [name, place] of placesFor(recipient, io, files)) found.push(await once(name, place));
    return {
      identities: found.flatMap(({ identities }) => identities),
      notes: found.flatMap(({ notes }) => notes),
    };
  };
}

type Place = readonly [name: string, read: () => Promise<Found>];

/** @param files named by flags, tried first */
function placesFor(recipient: string, io: CommandIo, files: readonly string[]): readonly Place[] {
  const { env } = io;
  const home = env["HOME"] ?? homedir();
  const config = env["XDG_CONFIG_HOME"] ? env["XDG_CONFIG_HOME"] : join(home, ".config");
  const file = (variable: string): Place => [variable, () => fileOf(variable, io)];
  const output = (variable: string): Place => [`${variable} ${recipient}`, () => outputOf(variable, recipient, io)];
  const optionally = (path: string): Place => [path, () => optional(path)];
  return [
    ...files.map((path): Place => [`-i ${path}`, () => named(path, path, io)]),
    file("SOPS_AGE_SSH_PRIVATE_KEY_FILE"),
    output("SOPS_AGE_SSH_PRIVATE_KEY_CMD"),
    optionally(join(home, ".ssh/id_ed25519")),
    optionally(join(home, ".ssh/id_rsa")),
    ["SOPS_AGE_KEY", () => Promise.resolve({ name: "SOPS_AGE_KEY", bytes: Buffer.from(env["SOPS_AGE_KEY"] ?? "") })],
    file("SOPS_AGE_KEY_FILE"),
    output("SOPS_AGE_KEY_CMD"),
    optionally(join(config, "sops/age/keys.txt")),
  ];
}

async function identitiesAt(found: Found, io: CommandIo): Promise<FoundIdentities> {
  if (found === undefined) return { identities: [], notes: [] };
  if ("note" in found) return { identities: [], notes: [found.note] };
  const { name, bytes, publicKey } = found;
  try {
    const texts = ageIdentitiesIn(await textOf(name, bytes, io));
    return { identities: texts.map((text) => withLock(text, name, publicKey, io)), notes: [] };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { identities: [], notes: [`${name}: ${error.problems[0]?.message ?? "it cannot be read"}`] };
  }
}

function withLock(text: string, name: string, publicKey: string | undefined, io: CommandIo): string | LockedSshKey {
  if (!isLockedSshKey(text)) return text;
  let asked: Promise<string> | undefined;
  return { pem: text, name, publicKey, passphrase: () => (asked ??= askPassphrase(name, io)) };
}

/** A file of identities may itself be encrypted, by a passphrase. @throws ProblemError KeyUnusable */
async function textOf(name: string, bytes: Uint8Array, io: CommandIo): Promise<string> {
  const plain = isAgeFile(bytes) ? await openWithPassphrase(bytes, await askPassphrase(name, io)) : bytes;
  return Buffer.from(plain).toString("utf8");
}

async function optional(path: string): Promise<Found> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && { name: path, bytes, publicKey: await publicKeyBeside(path) };
}

/** ssh-keygen puts it there. */
function publicKeyBeside(path: string): Promise<string | undefined> {
  return readFile(`${path}.pub`, "utf8").catch(() => undefined);
}

async function fileOf(variable: string, io: CommandIo): Promise<Found> {
  const path = io.env[variable];
  return path ? named(`${variable} file`, path, io) : undefined;
}

async function named(name: string, path: string, io: CommandIo): Promise<Found> {
  const full = resolve(io.cwd, path);
  try {
    return { name: path, bytes: await readFile(full), publicKey: await publicKeyBeside(full) };
  } catch {
    return { note: `failed to open ${name}: ${path} cannot be read` };
  }
}

async function outputOf(variable: string, recipient: string, io: CommandIo): Promise<Found> {
  const command = io.env[variable];
  if (!command) return undefined;
  const [program = "", ...args] = splitWords(command);
  try {
    const env = { ...io.env, SOPS_AGE_RECIPIENT: recipient };
    const { stdout } = await run(program, args, { env, cwd: io.cwd, timeout: COMMAND_TIMEOUT_MS });
    return { name: variable, bytes: Buffer.from(stdout) };
  } catch {
    return { note: `failed to execute the command of ${variable}` };
  }
}
