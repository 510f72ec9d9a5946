/** Loading encrypted files, and making the metadata of new ones. */
import type { CreationRule } from "../../sops/config.ts";
import { openSopsFile, type OpenFile } from "../../sops/file.ts";
import type { KeyGroup, Metadata } from "../../sops/metadata.ts";
import { RULE_FIELDS, UNENCRYPTED_SUFFIX_DEFAULT } from "../../sops/rules.ts";
import { storeOf, type SopsFormat, type StoreSettings } from "../../sops/stores/index.ts";
import type { Store } from "../../sops/stores/types.ts";
import type { Branch } from "../../sops/tree.ts";
import type { CommandIo } from "../io.ts";
import type { GlobalFlags } from "./arguments.ts";
import { findConfig, ruleOf } from "./config.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { print, writeText } from "./files.ts";
import { keysOfFlags, type KeyFlags, type ReadingFlags, type RuleFlags } from "./flags.ts";
import { localKeys } from "./keys.ts";

/** What every sops command is given. */
export interface SopsCall {
  readonly io: CommandIo;
  /** --config or SOPS_CONFIG. */
  readonly config: string | undefined;
  /** RFC 3339, UTC, seconds. */
  readonly now: string;
  readonly globals: GlobalFlags;
}

export type SopsCommand = (args: readonly string[], call: SopsCall) => Promise<number>;

export async function storeSettings({ config, io, now }: SopsCall): Promise<StoreSettings> {
  return (await findConfig(config, io, now))?.config.stores ?? {};
}

/** @throws SopsFailure */
export async function openText(
  text: string,
  store: Store,
  { io }: SopsCall,
  { ignoreMac, decryptionOrder }: ReadingFlags,
): Promise<OpenFile> {
  const order = orderOf(decryptionOrder ?? io.env["SOPS_DECRYPTION_ORDER"] ?? "");
  const { branches, metadata } = await failing(() => store.readSealed(text), EXIT.generic);
  if (metadata === undefined || branches.length === 0) throw new SopsFailure(EXIT.generic, "sops metadata not found");
  const keys = await failing(() => localKeys(io), EXIT.noDataKey, NO_DATA_KEY);
  return failing(() => openSopsFile(text, store, { keys, isMacIgnored: ignoreMac, order }));
}

/** @throws SopsFailure duplicateOrder */
function orderOf(list: string): readonly string[] | undefined {
  if (list === "") return undefined;
  const kinds = list.split(",");
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
  if (twice === undefined) return kinds;
  throw new SopsFailure(EXIT.duplicateOrder, `Duplicate decryption key type: ${twice}`);
}

const NO_DATA_KEY = "Failed to get the data key required to decrypt the SOPS file.\n\n";

/** The metadata of a new file by flags, environment and .sops.yaml. @throws SopsFailure */
export async function newMetadata(
  flags: KeyFlags & RuleFlags,
  file: string,
  format: SopsFormat,
  call: SopsCall,
): Promise<Metadata> {
  const found = await findConfig(call.config, call.io, call.now);
  const rule = found && (await ruleOf(found, file, call.io));
  const keyGroups = await groupsOf(flags, rule, call);
  const threshold = Number(flags.shamirSecretSharingThreshold ?? rule?.shamirThreshold ?? 0);
  return {
    ...chosenRules(flags, rule, format, call.io),
    macOnlyEncrypted: format !== "binary" && (flags.macOnlyEncrypted || rule?.macOnlyEncrypted || false),
    keyGroups,
    shamirThreshold: Number.isInteger(threshold) ? threshold : 0,
    lastModified: call.now,
    mac: "",
    version: "",
  };
}

async function groupsOf(flags: KeyFlags, rule: CreationRule | undefined, call: SopsCall): Promise<readonly KeyGroup[]> {
  const own = await failing(() => keysOfFlags(flags, call.io, call.now));
  if (own.length > 0) return [own];
  if (rule !== undefined) return rule.keyGroups;
  const where = "config file not found, or has no creation rules";
  throw new SopsFailure(EXIT.generic, `${where}, and no keys provided through command line options`);
}

function chosenRules(
  flags: RuleFlags,
  rule: CreationRule | undefined,
  format: SopsFormat,
  io: CommandIo,
): Partial<Metadata> {
  const chosen: Record<string, string> = {};
  for (const [, name] of RULE_FIELDS) {
    const value = flags[name] || rule?.[name];
    if (value) chosen[name] = value;
  }
  // A binary file is one value; a rule could only leave it readable (getsops/sops 3.11).
  if (format === "binary") {
    for (const name of Object.keys(chosen))
      io.stderr.write(`warning: ${name} is ignored: a binary file is one value\n`);
    return {};
  }
  if (Object.keys(chosen).length > 1) {
    const names =
      "encrypted_suffix, unencrypted_suffix, encrypted_regex, unencrypted_regex, encrypted_comment_regex, or unencrypted_comment_regex";
    throw new SopsFailure(EXIT.conflict, `Error: cannot use more than one of ${names} in the same file`);
  }
  return Object.keys(chosen).length > 0 ? chosen : { unencryptedSuffix: UNENCRYPTED_SUFFIX_DEFAULT };
}

/** @throws SopsFailure: it would be encrypted twice, and could be opened by nothing */
export function assertNotEncrypted(branches: readonly Branch[], format: SopsFormat): void {
  const isTaken = (key: string): boolean => (format === "dotenv" ? key.startsWith("sops_") : key === "sops");
  if (!branches[0]?.entries().some(({ key }) => isTaken(key))) return;
  throw new SopsFailure(
    EXIT.alreadyEncrypted,
    [
      "The file has a top-level entry called 'sops' (in flat formats: starting with 'sops_').",
      "Most likely it is encrypted already; that entry is where an encrypted file says how to open it.",
      "To change an encrypted file, use `fairlead sops edit FILE`; to encrypt a plain one, rename the entry.",
    ].join("\n"),
  );
}

/** Where a result goes: back into the file, into another, or to standard output. */
export interface Target {
  readonly inPlace?: boolean;
  readonly output?: string;
}

/** @throws SopsFailure conflict */
export function checkTarget({ inPlace, output }: Target, file: string | undefined): void {
  if (inPlace && file === undefined)
    throw new SopsFailure(EXIT.conflict, "Error: cannot use --in-place when reading from stdin");
  if (inPlace && output) throw new SopsFailure(EXIT.conflict, "Error: cannot operate on both --output and --in-place");
}

export async function writeTarget(
  text: string,
  target: Target,
  file: string | undefined,
  io: CommandIo,
): Promise<void> {
  if (target.inPlace && file !== undefined) await writeText(file, text, io);
  else if (target.output) await writeText(target.output, text, io);
  else print(text, io);
}

export function storesOf(
  formats: { input: SopsFormat; output: SopsFormat },
  settings: StoreSettings,
  { globals }: Pick<SopsCall, "globals">,
): { input: Store; output: Store } {
  const indent = Number(globals.values["indent"] ?? Number.NaN);
  const written = indent >= 0 ? { yaml: indent, json: indent, binary: indent } : settings;
  return { input: storeOf(formats.input, settings), output: storeOf(formats.output, written) };
}

/** @throws SopsFailure noFile */
export function requireFile(file: string | undefined, message = "Error: no file specified"): string {
  if (file === undefined) throw new SopsFailure(EXIT.noFile, message);
  return file;
}
