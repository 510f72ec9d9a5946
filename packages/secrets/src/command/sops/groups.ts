/** `fairlead sops groups add|delete`: a group of master keys more or fewer, under the data key the file has. */
import { dataKeyOf, wrapDataKey } from "../../sops/file.ts";
import { parseKeys } from "../../sops/keys/parse.ts";
import { readMetadata, writeMetadata, type KeyGroup, type Metadata } from "../../sops/metadata.ts";
import { EXIT_DONE } from "../io.ts";
import { program } from "../program.ts";
import { parseFlags, type FlagValues } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { readText } from "./files.ts";
import { contextOf, formatsOf, KEY_FLAGS } from "./flags.ts";
import { localKeys } from "./keys.ts";
import { storeSettings, storesOf, writeTarget, type SopsCall } from "./session.ts";

interface GroupFlags extends FlagValues {
  readonly file?: string;
  readonly inPlace?: boolean;
  readonly shamirSecretSharingThreshold?: string;
  readonly awsProfile?: string;
  readonly encryptionContext?: string;
}

export async function groups(args: readonly string[], call: SopsCall): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "add") return add(rest, call);
  if (name === "delete") return remove(rest, call);
  call.io.stdout.write("Usage: fairlead sops groups add|delete --file FILE [FLAGS]\n");
  return name === "--help" || name === "-h" ? EXIT_DONE : EXIT.generic;
}

async function add(args: readonly string[], call: SopsCall): Promise<number> {
  const command = withTarget(program("sops groups add", "Adds a group of master keys to a file.", call.io))
    .option("--aws-profile <name>", "profile for AWS")
    .option("--encryption-context <pairs>", "AWS encryption context, key:value separated by commas");
  for (const { flag } of KEY_FLAGS) command.option(`--${flag} <key>`, "a master key of the group; may be repeated");
  const parsed = parseFlags<GroupFlags>(command, args, call);
  if (typeof parsed === "number") return parsed;
  if (parsed.args.length > 0) throw new SopsFailure(EXIT.generic, "error: no positional arguments allowed");
  const { flags } = parsed;
  const group = await groupOf(flags, call);
  return change(flags, call, (before) => [...before, group]);
}

/** A key that cannot be read is told and left out, as in sops. */
async function groupOf(flags: GroupFlags, { io, now }: SopsCall): Promise<KeyGroup> {
  const extras = { now, awsProfile: flags.awsProfile, context: contextOf(flags.encryptionContext) ?? {} };
  const group = [];
  for (const { field, kind } of KEY_FLAGS) {
    for (const text of (flags[field] as readonly string[] | undefined) ?? []) {
      try {
        group.push(...(await failing(() => parseKeys(kind, text, extras))));
      } catch (error) {
        if (!(error instanceof SopsFailure)) throw error;
        io.stderr.write(`Failed to add key: ${error.message}\n`);
      }
    }
  }
  return group;
}

async function remove(args: readonly string[], call: SopsCall): Promise<number> {
  const command = withTarget(program("sops groups delete", "Takes a group of master keys out of a file.", call.io));
  const parsed = parseFlags<GroupFlags>(command.argument("[index]", "counted from 0"), args, call);
  if (typeof parsed === "number") return parsed;
  const [index = "", ...others] = parsed.args;
  if (index === "" || others.length > 0) {
    throw new SopsFailure(EXIT.generic, "error: exactly one positional argument (index) required");
  }
  if (!/^\d{1,10}$/.test(index)) {
    throw new SopsFailure(EXIT.generic, `failed to parse [index] argument: ${JSON.stringify(index)} is no number`);
  }
  return change(parsed.flags, call, (before, threshold) => {
    if (Number(index) >= before.length) {
      throw new SopsFailure(EXIT.generic, `the file has no key group ${index}, only ${before.length} counted from 0`);
    }
    const left = before.toSpliced(Number(index), 1);
    if (left.length >= threshold) return left;
    const why = `Shamir threshold is ${threshold}, but we only have ${left.length} key groups`;
    throw new SopsFailure(
      EXIT.generic,
      `removing this key group will make the Shamir threshold impossible to satisfy: ${why}`,
    );
  });
}

function withTarget(command: ReturnType<typeof program>): ReturnType<typeof program> {
  return command
    .option("-f, --file <file>", "the file to change")
    .option("-i, --in-place", "write back to the file")
    .option("--shamir-secret-sharing-threshold <number>", "how many groups are needed to open the file");
}

async function change(
  flags: GroupFlags,
  call: SopsCall,
  edit: (before: readonly KeyGroup[], threshold: number) => readonly KeyGroup[],
): Promise<number> {
  const { file = "" } = flags;
  const stores = storesOf(formatsOf({}, file), await storeSettings(call), call);
  const { branches, metadata: part } = stores.input.readSealed(await readText(file, call.io, "given"));
  const metadata = await failing(() => readMetadata(part));
  const keys = await failing(() => localKeys(call.io));
  const dataKey = await failing(() => dataKeyOf(metadata, keys, undefined), EXIT.generic);
  const shamirThreshold = Number(flags.shamirSecretSharingThreshold ?? 0) || metadata.shamirThreshold;
  const asked: Metadata = { ...metadata, shamirThreshold, keyGroups: edit(metadata.keyGroups, shamirThreshold) };
  const wrapped = await failing(() => wrapDataKey(dataKey, asked, keys));
  await writeTarget(stores.output.writeSealed(branches, writeMetadata(wrapped)), flags, file, call.io);
  return EXIT_DONE;
}
