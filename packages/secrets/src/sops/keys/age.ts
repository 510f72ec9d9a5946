/**
 * Data keys wrapped for age recipients: X25519, post-quantum and tagged ones by the library, SSH keys by ssh.ts. Plugins are programs
 * that a file would choose for us to run (GHSA-32gq-x56h-299c): they are refused, and named.
 */
import { problemError, ProblemError } from "@fairlead/base";
import { armor, Decrypter, Encrypter } from "age-encryption";
import { isLockedSshKey, lockedSshIdentity, sshIdentity, sshRecipient, type LockedSshKey } from "./ssh.ts";
import type { KeyService } from "./types.ts";

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1/;
const PLUGIN_IDENTITY = /^AGE-PLUGIN-([A-Z0-9+\-._]*)-1/i;
/** Plugins' recipients are called by them: age1NAME1…; these names are age's own. */
const PLUGIN_RECIPIENT = /^age1(?!(?:pq|tag|tagpq)1)(.*)1[^1]*$/;
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g;
const AGE_FILE = /^(?:age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/;
const ARMORED = /^\s{0,1024}-----BEGIN AGE ENCRYPTED FILE-----/;

/** The identities in the text of key files: age identities by line or word, `#` begins a comment; SSH private keys whole. */
export function ageIdentitiesIn(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.trimStart().startsWith("#"));
  const words = lines.flatMap((line) => line.split(/\s+/));
  return [...words.filter((word) => IDENTITY.test(word) || PLUGIN_IDENTITY.test(word)), ...(text.match(PEM) ?? [])];
}

/** Identities that were found, and why others were not: told when none of those found opens a file. */
export interface FoundIdentities {
  readonly identities: readonly (string | LockedSshKey)[];
  readonly notes: readonly string[];
}

/**
 * @param identities AGE-SECRET-KEY-… or private SSH keys; or what looks for them, asked when the first file for a recipient is to be
 * opened
 */
export function ageService(
  identities: readonly string[] | ((recipient: string) => Promise<FoundIdentities>),
): KeyService {
  const found = new Map<string, Promise<FoundIdentities>>();
  const find = (recipient: string): Promise<FoundIdentities> => {
    if (typeof identities !== "function") return Promise.resolve({ identities, notes: [] });
    const known = found.get(recipient) ?? identities(recipient);
    found.set(recipient, known);
    return known;
  };
  return {
    async wrap({ fields: { recipient = "" } }, dataKey) {
      return armor.encode(await encrypterFor([recipient]).encrypt(dataKey));
    },
    async unwrap({ fields: { recipient = "" }, enc }) {
      const { identities: known, notes } = await find(recipient);
      const { decrypter, unusable } = await decrypterOf(known);
      const why = [...notes, ...unusable].map((note) => `; ${note}`).join("");
      if (known.length === unusable.length)
        throw problemError("KeyUnusable", `${recipient}: there is no age identity here${why}`);
      try {
        return await decrypter.decrypt(armor.decode(enc));
      } catch (error) {
        // The library's own words may differ by which part failed, and none of them helps a person.
        throw problemError(
          "KeyUnusable",
          `${recipient}: none of the age identities here opens it${whyOf(error)}${why}`,
        );
      }
    },
  };
}

/** What an identity of ours says of its failure, a wrong passphrase mostly. */
function whyOf(error: unknown): string {
  return error instanceof ProblemError ? `; ${error.problems.map(({ message }) => message).join("; ")}` : "";
}

/** @throws ProblemError KeyUnusable naming the recipient that cannot be encrypted for, and why */
function encrypterFor(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipientOf(recipient));
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      throw problemError("KeyUnusable", `failed to parse input, unknown recipient type: ${JSON.stringify(recipient)}`, {
        hint: "age1…, age1pq1…, or the public part of an SSH key",
      });
    }
  }
  return encrypter;
}

/** @throws ProblemError KeyUnusable: nothing can be encrypted for it */
export function assertAgeRecipient(recipient: string): void {
  encrypterFor([recipient]);
}

function recipientOf(recipient: string): Parameters<Encrypter["addRecipient"]>[0] {
  if (recipient.startsWith("ssh-")) return sshRecipient(recipient) ?? recipient;
  const plugin = PLUGIN_RECIPIENT.exec(recipient)?.[1];
  if (plugin === undefined || plugin === "") return recipient;
  throw problemError(
    "KeyUnusable",
    `${recipient} is for the age plugin ${JSON.stringify(plugin)}, and plugins are not run`,
    {
      hint: "add a recipient without a plugin: a file is encrypted for each of them",
    },
  );
}

/** Keys behind a passphrase come last: nobody is asked for what another key opens. */
async function decrypterOf(identities: FoundIdentities["identities"]): Promise<{
  decrypter: Decrypter;
  unusable: string[];
}> {
  const decrypter = new Decrypter();
  const unusable: string[] = [];
  for (const identity of identities) {
    if (typeof identity !== "string") continue;
    const plugin = PLUGIN_IDENTITY.exec(identity)?.[1];
    if (plugin !== undefined) {
      unusable.push(`an identity is for the age plugin ${plugin.toLowerCase()}, and plugins are not run`);
      continue;
    }
    try {
      const usable = IDENTITY.test(identity) ? identity : await sshIdentity(identity);
      if (usable !== undefined) decrypter.addIdentity(usable);
      else unusable.push(`an SSH key ${isLockedSshKey(identity) ? "is locked by a passphrase" : "cannot be read"}`);
    } catch {
      unusable.push("an age identity is malformed");
    }
  }
  for (const identity of identities)
    if (typeof identity !== "string") decrypter.addIdentity(lockedSshIdentity(identity));
  return { decrypter, unusable };
}

/** Whether these bytes are an age file, plain or armored. */
export function isAgeFile(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 2048)).toString("latin1");
  return AGE_FILE.test(start.trimStart());
}

/** @throws ProblemError KeyUnusable: none of the identities opens it */
export async function openAgeFile(bytes: Uint8Array, { identities, notes }: FoundIdentities): Promise<Buffer> {
  const { decrypter, unusable } = await decrypterOf(identities);
  const why = [...notes, ...unusable].map((note) => `; ${note}`).join("");
  try {
    return Buffer.from(await decrypter.decrypt(dearmored(bytes)));
  } catch (error) {
    const said = `${whyOf(error)}${why}`;
    throw problemError("KeyUnusable", `none of the ${identities.length} age identities here opens it${said}`);
  }
}

/** A file that was encrypted by a passphrase: identity files are, mostly. @throws ProblemError KeyUnusable */
export async function openWithPassphrase(bytes: Uint8Array, passphrase: string): Promise<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return Buffer.from(await decrypter.decrypt(dearmored(bytes)));
  } catch {
    throw problemError("KeyUnusable", "incorrect passphrase, or the file was changed");
  }
}

function dearmored(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  return ARMORED.test(text) ? armor.decode(text) : bytes;
}

/** Text, armored. */
export async function encryptedForAge(text: string, recipients: readonly string[]): Promise<string> {
  return armor.encode(await encrypterFor(recipients).encrypt(Buffer.from(text)));
}
