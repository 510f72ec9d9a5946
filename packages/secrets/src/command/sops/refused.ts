/** Commands of sops that have no place here; scripts that call them are told why, with sops' own checks before. */
import { resolve } from "node:path";
import { program } from "../program.ts";
import { parseFlags, warnOfMore } from "./arguments.ts";
import { requireConfig } from "./config.ts";
import { EXIT, SopsFailure } from "./failure.ts";
import { isThere } from "./files.ts";
import { requireFile, type SopsCall } from "./session.ts";

/** Uploading secrets is a deployment beside Git: nothing would heal it, and nobody could see what it should be. */
export async function publish(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops publish", "Not here: what is in Git is deployed from Git.", call.io)
    .argument("[file]")
    .option("-y, --yes", "without asking")
    .option("--omit-extensions", "leave out file name extensions")
    .option("--recursive", "everything below a folder")
    .option("--verbose", "tell more")
    .option("--decryption-order <kinds>", "kinds of keys in the order they are tried");
  const parsed = parseFlags(command, args, call);
  if (typeof parsed === "number") return parsed;
  await requireConfig(call);
  const file = requireFile(parsed.args[0]);
  warnOfMore(parsed.args, call.io);
  if (!(await isThere(resolve(call.io.cwd, file)))) {
    throw new SopsFailure(EXIT.generic, `stat ${file}: no such file or directory`);
  }
  throw new SopsFailure(
    EXIT.generic,
    `could not publish ${file}: destinations (S3, GCS, Vault) are not written from here; a PushSecret puts a Secret into such a store and keeps it right`,
  );
}

/** A key service hands out data keys to whoever reaches its port, with no sign-in. */
export async function keyService(args: readonly string[], call: SopsCall): Promise<number> {
  const command = program("sops keyservice", "Not here: keys are used where the command runs.", call.io)
    .option("--network <name>", "tcp or unix")
    .option("--net <name>", "tcp or unix")
    .option("--address <address>", "where to listen")
    .option("--addr <address>", "where to listen")
    .option("--prompt", "ask before each answer")
    .option("--verbose", "tell more");
  const parsed = parseFlags(command, args, call);
  if (typeof parsed === "number") return parsed;
  throw new SopsFailure(
    EXIT.generic,
    "Error running keyservice: it would open data keys for anybody who reaches its port, and is not offered here; age, PGP, Vault and the clouds are asked directly",
  );
}
