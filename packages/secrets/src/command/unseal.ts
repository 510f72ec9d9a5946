import { problemError } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import { privateKeysIn } from "../seal/keys.ts";
import { readSealedSecret } from "../seal/read.ts";
import { openWith, unsealSecret } from "../seal/unseal.ts";
import { EXIT_DONE, readInput, type CommandIo } from "./io.ts";
import { checkFormat, printObject } from "./output.ts";
import { collect, parseArguments, program, tellingFaults } from "./program.ts";

interface Flags {
  readonly key: string[];
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
    .option("-f, --file <file>", "read SealedSecrets from here instead of standard input")
    .option("-o, --format <format>", "json or yaml", "json");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  return tellingFaults(io, async () => {
    checkFormat(flags.format);
    const keys = [];
    for (const file of flags.key) keys.push(...privateKeysIn((await readInput(file, io)).toString("utf8"), file));
    const text = (await readInput(flags.file, io)).toString("utf8");
    const { documents, problems } = decodeDocuments(text, flags.file === undefined ? {} : { file: flags.file });
    const [first] = problems;
    if (first) throw problemError("InvalidSealedSecret", first.message, first);
    if (documents.length === 0) throw problemError("InvalidSealedSecret", "no sealed secret in the input");
    const open = openWith(keys);
    // All are opened before one is printed: half an answer would pass for a whole one.
    const secrets = documents.map(({ value, line }) => {
      const place = flags.file === undefined ? {} : { file: flags.file, line };
      return unsealSecret(readSealedSecret(value, place), open, place);
    });
    for (const secret of secrets) io.stdout.write(printObject(secret, flags.format));
    return EXIT_DONE;
  });
}
