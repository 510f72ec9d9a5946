import type { KeyObject } from "node:crypto";
import { problemError } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import { privateKeysIn } from "../seal/keys.ts";
import { readSealedSecret } from "../seal/read.ts";
import { openWith, unsealSecret } from "../seal/unseal.ts";
import { EXIT_DONE, readInput, type CommandIo } from "./io.ts";
import { readKeyText } from "./key-files.ts";
import { checkFormat, printObject } from "./output.ts";
import { collect, parseArguments, program, tellingFaults } from "./program.ts";

interface Flags {
  readonly key: readonly string[];
  readonly identity?: readonly string[];
  readonly format: string;
  readonly file?: string;
}

/** `fairlead secrets unseal`: SealedSecrets to Secrets with the private keys at hand, as kubeseal --recovery-unseal. */
export async function unsealCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = program(
    "secrets unseal",
    "Opens SealedSecrets from standard input with private keys, without a cluster.",
    io,
  )
    .requiredOption(
      "--key <file>",
      "private keys: PEM (PKCS#1, PKCS#8), or a backup of the controller's Secrets",
      collect,
    )
    .option("--identity <file>", "age identities that open an encrypted backup, besides those sops finds", collect)
    .option("-f, --file <file>", "read SealedSecrets from here instead of standard input")
    .option("-o, --format <format>", "json or yaml", "json");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  return tellingFaults(io, async () => {
    const text = (await readInput(flags.file, io)).toString("utf8");
    io.stdout.write(await unsealDocuments(text, flags, io));
    return EXIT_DONE;
  });
}

/**
 * SealedSecrets as Secrets, printed.
 * @throws ProblemError InvalidKey, KeyUnusable, InvalidSealedSecret, NoKeyDecrypts
 */
export async function unsealDocuments(
  text: string,
  { key, identity, file, format }: Omit<Flags, "file"> & { readonly file?: string | undefined },
  io: CommandIo,
): Promise<string> {
  checkFormat(format);
  const open = openWith(await readKeyFiles(key, io, identity));
  const { documents, problems } = decodeDocuments(text, file === undefined ? {} : { file });
  const [first] = problems;
  if (first) throw problemError("InvalidSealedSecret", first.message, first);
  const sealed = documents.filter(({ value }) => value !== null);
  if (sealed.length === 0) throw problemError("InvalidSealedSecret", "no sealed secret in the input");
  // All are opened before one is printed: half an answer would pass for a whole one.
  const secrets = sealed.map(({ value, line }) => {
    const place = file === undefined ? {} : { file, line };
    return unsealSecret(readSealedSecret(value, place), open, place);
  });
  return secrets.map((secret) => printObject(secret, format)).join("");
}

/** @throws ProblemError UnreadableFile, InvalidKey, KeyUnusable */
export async function readKeyFiles(
  files: readonly string[],
  io: CommandIo,
  identities: readonly string[] = [],
): Promise<KeyObject[]> {
  const keys: KeyObject[] = [];
  for (const file of files) keys.push(...privateKeysIn(await readKeyText(file, io, identities), file));
  return keys;
}
