/** The keys of whoever runs the command: where sops looks for them, in its order. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { problemError } from "@fairlead/base";
import { ageIdentitiesIn, ageService } from "../../sops/keys/age.ts";
import { pgpService } from "../../sops/keys/pgp.ts";
import type { KeyServices } from "../../sops/keys/types.ts";
import { vaultService } from "../../sops/keys/vault.ts";
import type { CommandIo } from "../io.ts";

const run = promisify(execFile);
const KEY_COMMAND_TIMEOUT_MS = 60_000;

export async function localKeys(io: CommandIo): Promise<KeyServices> {
  const age = ageService(await ageIdentities(io));
  const gpg = io.env["SOPS_GPG_EXEC"];
  const hc_vault = vaultService({
    token: io.env["VAULT_TOKEN"] || (await optional(join(io.env["HOME"] ?? homedir(), ".vault-token"))).trim(),
    namespace: io.env["VAULT_NAMESPACE"],
    allowed: allowedVaults(io.env["SOPS_HC_VAULT_ALLOWLIST"]),
  });
  return { age, pgp: pgpService({ program: gpg ? gpg : "gpg", env: io.env }), hc_vault };
}

function allowedVaults(list: string | undefined): readonly string[] | undefined {
  return list === undefined || list === "all" ? undefined : list.split(",").map((each) => each.trim());
}

/** @throws ProblemError KeyUnusable: a file or command that was named does not give keys */
async function ageIdentities(io: CommandIo): Promise<string[]> {
  const { env } = io;
  const home = env["HOME"] ?? homedir();
  const config = env["XDG_CONFIG_HOME"] ? env["XDG_CONFIG_HOME"] : join(home, ".config");
  const sshFile = env["SOPS_AGE_SSH_PRIVATE_KEY_FILE"];
  const keyFile = env["SOPS_AGE_KEY_FILE"];
  const texts = [
    sshFile ? await named("SOPS_AGE_SSH_PRIVATE_KEY_FILE", sshFile, io) : "",
    await output("SOPS_AGE_SSH_PRIVATE_KEY_CMD", io),
    await optional(join(home, ".ssh/id_ed25519")),
    await optional(join(home, ".ssh/id_rsa")),
    env["SOPS_AGE_KEY"] ?? "",
    keyFile ? await named("SOPS_AGE_KEY_FILE", keyFile, io) : "",
    await output("SOPS_AGE_KEY_CMD", io),
    await optional(join(config, "sops/age/keys.txt")),
  ];
  return texts.flatMap(ageIdentitiesIn);
}

async function optional(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

async function named(variable: string, path: string, io: CommandIo): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, path), "utf8");
  } catch {
    throw problemError("KeyUnusable", `failed to open ${variable} file: ${path} cannot be read`);
  }
}

async function output(variable: string, io: CommandIo): Promise<string> {
  const command = io.env[variable];
  if (!command) return "";
  const [program = "", ...args] = splitWords(command);
  try {
    const { stdout } = await run(program, args, { env: { ...io.env }, cwd: io.cwd, timeout: KEY_COMMAND_TIMEOUT_MS });
    return stdout;
  } catch {
    throw problemError("KeyUnusable", `failed to execute the command of ${variable}`);
  }
}

/** Words as a shell divides them, quotes and backslashes understood, nothing expanded. */
export function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs) ?? [];
  return words.map((word) =>
    word.replace(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs,
      (_all, escaped: string | undefined, double: string | undefined, single: string | undefined) =>
        escaped ?? double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? "",
    ),
  );
}
