/** `fairlead sops exec-env|exec-file`: a command with what a file holds in its environment, or as a file that is gone afterwards. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { toBytes } from "@fairlead/gotemplate";
import { textOf } from "../../sops/stores/flat.ts";
import { Branch, type TreeValue } from "../../sops/tree.ts";
import { program } from "../program.ts";
import type { CommandIo } from "../io.ts";
import { parseFlags } from "./arguments.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { readText } from "./files.ts";
import { formatsOf, withFormats, withReading, type FormatFlags, type ReadingFlags } from "./flags.ts";
import { openText, storeSettings, storesOf, type SopsCall } from "./session.ts";

interface ExecFlags extends FormatFlags, ReadingFlags {
  readonly background?: boolean;
  readonly pristine?: boolean;
  readonly user?: string;
  readonly sameProcess?: boolean;
  readonly fifo?: boolean;
  readonly filename?: string;
}

type Variables = Readonly<Record<string, string>>;

export async function execEnv(args: readonly string[], call: SopsCall): Promise<number> {
  const about = "Runs a command with the values of a file in its environment.";
  const command = withReading(program("sops exec-env", about, call.io))
    .argument("[file]")
    .argument("[command]", "run by the shell")
    .option("--pristine", "with nothing else in the environment")
    .option("--user <name>", "run it as this user")
    .option("--same-process", "in place of this process, not beside it")
    .option("--background", "do not wait for it (deprecated)");
  const parsed = parseFlags<ExecFlags>(command, args, call);
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const [file, line] = parsed.args;
  if (file === undefined || line === undefined || parsed.args.length !== 2)
    throw new SopsFailure(EXIT.generic, "error: missing file to decrypt");
  if (flags.background && flags.sameProcess) {
    const why = "Error: The --same-process flag cannot be used with --background";
    throw new SopsFailure(EXIT.conflict, why);
  }
  const { input } = storesOf(formatsOf({}, file), await storeSettings(call), call);
  const { branches } = await openText(await readText(file, call.io, "given"), input, call, flags);
  return run(line, variablesOf(branches[0] ?? new Branch([])), flags, call.io);
}

/** @throws SopsFailure for what no environment can hold */
function variablesOf(branch: Branch): Variables {
  const variables = branch.entries().map(({ key, value }): [string, string] => {
    const isNested = value instanceof Branch || Array.isArray(value);
    if (isNested) throw new SopsFailure(EXIT.generic, `cannot use complex value in environment; offending key ${key}`);
    if (key.includes("=")) throw new SopsFailure(EXIT.generic, `cannot use keys with '=' in environment: ${key}`);
    return [key, textOf(value as Exclude<TreeValue, readonly unknown[]>)];
  });
  return Object.fromEntries(variables);
}

export async function execFile(args: readonly string[], call: SopsCall): Promise<number> {
  const about = "Runs a command with a file decrypted; {} stands for where that is.";
  const command = withReading(withFormats(program("sops exec-file", about, call.io)))
    .argument("[file]")
    .argument("[command]", "run by the shell")
    .option("--no-fifo", "a file on the disk instead of a pipe")
    .option("--filename <name>", "what the file is called")
    .option("--user <name>", "run it as this user")
    .option("--background", "do not wait for it (deprecated)");
  const parsed = parseFlags<ExecFlags>(command, args, call);
  if (typeof parsed === "number") return parsed;
  const { flags } = parsed;
  const [file, line] = parsed.args;
  if (file === undefined || line === undefined || parsed.args.length !== 2)
    throw new SopsFailure(EXIT.generic, "error: missing file to decrypt");
  const { filename = "tmp-file" } = flags;
  if (basename(filename) !== filename || filename === ".." || filename === ".")
    throw new SopsFailure(EXIT.generic, "The provided filename is not a local path.");
  const stores = storesOf(formatsOf(flags, file), await storeSettings(call), call);
  const { branches } = await openText(await readText(file, call.io, "given"), stores.input, call, flags);
  const text = await failing(() => stores.output.write(branches), EXIT.dump, "Error dumping file: ");
  const folder = mkdtempSync(join(tmpdir(), ".sops"));
  try {
    const path = join(folder, filename);
    if (flags.fifo !== false && madePipe(path)) void feed(path, text);
    else writeFileSync(path, toBytes(text), { mode: 0o600 });
    return await run(line.replaceAll("{}", path), {}, flags, call.io);
  } finally {
    if (!flags.background) rmSync(folder, { recursive: true, force: true });
  }
}

/** Only what reads the pipe ever has the values; nothing lies on the disk. */
function madePipe(path: string): boolean {
  try {
    execFileSync("mkfifo", ["-m", "600", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function feed(path: string, text: string): Promise<void> {
  // Opening waits for a reader; a command that never reads ends with the folder.
  const pipe = await open(path, "w").catch(() => undefined);
  await pipe?.writeFile(toBytes(text)).catch(() => undefined);
  await pipe?.close().catch(() => undefined);
}

function run(line: string, variables: Variables, flags: ExecFlags, io: CommandIo): Promise<number> {
  const user = flags.user === undefined ? undefined : userOf(flags.user);
  const env = { ...(flags.pristine ? {} : io.env), ...user?.env, ...variables };
  if (flags.sameProcess && user === undefined && typeof process.execve === "function") {
    process.execve("/bin/sh", ["/bin/sh", "-c", line], definedOf(env));
  }
  return new Promise((resolve, reject) => {
    const ids = user && { uid: user.uid, gid: user.gid };
    const child = spawn("/bin/sh", ["-c", line], {
      cwd: io.cwd,
      env,
      stdio: "inherit",
      detached: flags.background === true,
      ...ids,
    });
    child.on("error", () => reject(new SopsFailure(EXIT.generic, "the shell could not be started")));
    if (flags.background) {
      child.unref();
      return resolve(0);
    }
    child.on("close", (code) => resolve(code ?? EXIT.generic));
  });
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** @throws SopsFailure when there is no such user */
function userOf(name: string): { uid: number; gid: number; env: Variables } {
  try {
    const entry = execFileSync("getent", ["passwd", name], { encoding: "utf8" }).trim().split(":");
    const [login = name, , uid, gid, , home = "/"] = entry;
    return { uid: Number(uid), gid: Number(gid), env: { HOME: home, USER: login, LOGNAME: login } };
  } catch {
    throw new SopsFailure(EXIT.generic, `user: unknown user ${name}`);
  }
}
