import { ProblemError } from "@fairlead/base";
import { isAgeFile, openAgeFile, openWithPassphrase } from "../sops/keys/age.ts";
import { ageIdentities } from "./age-identities.ts";
import { readInput, type CommandIo } from "./io.ts";
import { askPassphrase } from "./passphrase.ts";

const SCRYPT = /^-> scrypt /m;

/**
 * The text of a file of private keys. One that age has encrypted (`fairlead secrets backup --age`, or `age -p`) is opened first.
 * @param identities files of age identities, tried before those sops would find
 * @throws ProblemError UnreadableFile, KeyUnusable
 */
export async function readKeyText(path: string, io: CommandIo, identities: readonly string[] = []): Promise<string> {
  const bytes = await readInput(path, io);
  if (!isAgeFile(bytes)) return bytes.toString("utf8");
  try {
    const byPassphrase = SCRYPT.test(headOf(bytes));
    const plain = byPassphrase
      ? await openWithPassphrase(bytes, await askPassphrase(path, io))
      : await openAgeFile(bytes, await ageIdentities(io, identities)(""));
    return plain.toString("utf8");
  } catch (error) {
    throw error instanceof ProblemError
      ? new ProblemError(error.problems.map((problem) => ({ ...problem, file: path })))
      : error;
  }
}

/** The beginning of an age file, out of its armor. */
function headOf(bytes: Buffer): string {
  const text = bytes.subarray(0, 4096).toString("latin1");
  const body = /-----BEGIN AGE ENCRYPTED FILE-----\s+([\s\S]*)/.exec(text)?.[1];
  return body === undefined ? text : Buffer.from(body.replace(/-----END[\s\S]*/, ""), "base64").toString("latin1");
}
