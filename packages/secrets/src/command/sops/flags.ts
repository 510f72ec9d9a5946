/** What sops' commands have in common of flags. Most may come from the environment too. */
import type { Command } from "commander";
import { parseKeys, type KeyExtras } from "../../sops/keys/parse.ts";
import type { KeyKind, MasterKey } from "../../sops/metadata.ts";
import { formatNamed, formatOf, type SopsFormat } from "../../sops/stores/index.ts";
import type { CommandIo } from "../io.ts";
import { EXIT, SopsFailure } from "./failure.ts";

export interface FormatFlags {
  readonly inputType?: string;
  readonly outputType?: string;
  readonly filenameOverride?: string;
}

export interface KeyFlags {
  readonly kms?: string;
  readonly awsProfile?: string;
  readonly gcpKms?: string;
  readonly azureKv?: string;
  readonly hcVaultTransit?: string;
  readonly pgp?: string;
  readonly age?: string;
  readonly hckms?: string;
  readonly encryptionContext?: string;
}

export interface RuleFlags {
  readonly unencryptedSuffix?: string;
  readonly encryptedSuffix?: string;
  readonly unencryptedRegex?: string;
  readonly encryptedRegex?: string;
  readonly unencryptedCommentRegex?: string;
  readonly encryptedCommentRegex?: string;
  readonly macOnlyEncrypted?: boolean;
  readonly shamirSecretSharingThreshold?: string;
}

/** For `add` and `rm` of rotate the same kinds, each with the word before it. */
export const KEY_FLAGS: readonly {
  readonly flag: string;
  readonly field: keyof KeyFlags;
  readonly kind: KeyKind;
  readonly env: string;
  readonly short: string;
}[] = [
  { flag: "kms", field: "kms", kind: "kms", env: "SOPS_KMS_ARN", short: "-k, " },
  { flag: "gcp-kms", field: "gcpKms", kind: "gcp_kms", env: "SOPS_GCP_KMS_IDS", short: "" },
  { flag: "azure-kv", field: "azureKv", kind: "azure_kv", env: "SOPS_AZURE_KEYVAULT_URLS", short: "" },
  { flag: "hc-vault-transit", field: "hcVaultTransit", kind: "hc_vault", env: "SOPS_VAULT_URIS", short: "" },
  { flag: "pgp", field: "pgp", kind: "pgp", env: "SOPS_PGP_FP", short: "-p, " },
  { flag: "age", field: "age", kind: "age", env: "SOPS_AGE_RECIPIENTS", short: "-a, " },
  { flag: "hckms", field: "hckms", kind: "hckms", env: "SOPS_HUAWEICLOUD_KMS_IDS", short: "" },
];

export function withFormats(command: Command): Command {
  return command
    .option("--input-type <type>", "yaml, json, dotenv, ini or binary; else by the file's name")
    .option("--output-type <type>", "yaml, json, dotenv, ini or binary; else as the input");
}

/** How a file is opened. */
export interface ReadingFlags {
  readonly ignoreMac?: boolean;
  readonly decryptionOrder?: string;
}

export function withReading(command: Command): Command {
  return command
    .option("--ignore-mac", "take a file whose MAC is wrong")
    .option("--decryption-order <kinds>", "kinds of keys in the order they are tried, separated by commas");
}

export function withKeys(command: Command): Command {
  for (const { flag, short } of KEY_FLAGS)
    command.option(`${short}--${flag} <keys>`, "master keys, separated by commas");
  return command
    .option("--aws-profile <name>", "profile for AWS")
    .option("--encryption-context <pairs>", "AWS encryption context, key:value separated by commas");
}

export function withAddedAndRemoved(command: Command): Command {
  for (const { flag } of KEY_FLAGS) {
    command.option(`--add-${flag} <keys>`, "master keys to add, separated by commas");
    command.option(`--rm-${flag} <keys>`, "master keys to take away, separated by commas");
  }
  return command.options.some(({ long }) => long === "--encryption-context")
    ? command
    : command.option("--encryption-context <pairs>", "AWS encryption context of added keys");
}

export function withRules(command: Command): Command {
  return command
    .option("--unencrypted-suffix <text>", "keys that end so stay readable")
    .option("--encrypted-suffix <text>", "only keys that end so are encrypted")
    .option("--unencrypted-regex <regex>", "keys that match stay readable")
    .option("--encrypted-regex <regex>", "only keys that match are encrypted")
    .option("--unencrypted-comment-regex <regex>", "what stands below a comment that matches stays readable")
    .option("--encrypted-comment-regex <regex>", "only what stands below a comment that matches is encrypted")
    .option("--mac-only-encrypted", "the MAC covers encrypted values alone")
    .option("--shamir-secret-sharing-threshold <number>", "how many groups are needed to open the file");
}

/** @throws ProblemError KeyUnusable @throws SopsFailure invalidContext */
export function keysOfFlags(flags: KeyFlags, io: CommandIo, now: string): MasterKey[] {
  if (flags.encryptionContext && contextOf(flags.encryptionContext) === undefined)
    throw new SopsFailure(EXIT.invalidContext, "Invalid KMS encryption context format");
  const extras = extrasOf(flags, now);
  return KEY_FLAGS.flatMap(({ field, kind, env }) => parseKeys(kind, flags[field] ?? io.env[env] ?? "", extras));
}

/** Whether keys are to be added or taken away. */
export function isChangingKeys(flags: Readonly<Record<string, unknown>>): boolean {
  return KEY_FLAGS.some(({ field }) => ["add", "rm"].some((word) => Boolean(flags[changeField(word, field)])));
}

function changeField(word: string, field: string): string {
  return `${word}${field.charAt(0).toUpperCase()}${field.slice(1)}`;
}

/** @param word `add` or `rm` @throws ProblemError KeyUnusable */
export function changedKeys(word: "add" | "rm", flags: Readonly<Record<string, unknown>>, now: string): MasterKey[] {
  const extras = extrasOf(flags as KeyFlags, now);
  return KEY_FLAGS.flatMap(({ field, kind }) => {
    const value = flags[changeField(word, field)];
    return parseKeys(kind, typeof value === "string" ? value : "", extras);
  });
}

function extrasOf({ encryptionContext, awsProfile }: KeyFlags, now: string): KeyExtras {
  return { now, context: contextOf(encryptionContext) ?? {}, awsProfile };
}

/** `key:value` pairs with commas; one that is none makes the whole of it none, as in sops. */
export function contextOf(text = ""): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(",").map((pair) => pair.split(":"));
  if (text === "" || pairs.some((pair) => pair.length !== 2)) return undefined;
  return Object.fromEntries(pairs as [string, string][]);
}

/** @param name of the file, as far as it has one */
export function formatsOf(flags: FormatFlags, name: string): { input: SopsFormat; output: SopsFormat } {
  const byName = formatOf(name);
  return { input: formatNamed(flags.inputType) ?? byName, output: formatNamed(flags.outputType) ?? byName };
}
