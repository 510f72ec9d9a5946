import { execFile } from "node:child_process";
import { globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { KeyObject } from "node:crypto";
import { problemError, ProblemError, problemsOf, type Problem } from "@fairlead/base";
import { privateKeysIn, sealingKey } from "../seal/keys.ts";
import { KEY_LABEL } from "../sealed/key-secret.ts";
import { onCluster, withCluster, type ClusterFlags } from "./cluster.ts";
import { fetchCertificate } from "./controller-service.ts";
import { EXIT_DONE, readInput, type CommandIo } from "./io.ts";
import { collect, parseArguments, program, tellingFaults } from "./program.ts";
import { resealText, type ResealedText, type UsedKey } from "./reseal-text.ts";
import { readKeyFiles } from "./unseal.ts";

interface Flags extends ClusterFlags {
  readonly cert?: string;
  readonly key?: string[];
  readonly identity?: string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly report?: boolean;
  readonly commit?: string | true;
}

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const MESSAGE = "Seal secrets anew for the newest key";

/**
 * `fairlead secrets reseal DIR`: every SealedSecret below a folder sealed anew for the newest key, as one change: all files or, when
 * one value does not open, none. Only ciphertexts of older keys change; the rest of each file stays to the byte.
 */
export async function resealCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = withCluster(program("secrets reseal", "Seals every SealedSecret below a folder anew.", io))
    .argument("<dir>")
    .option("--cert <file>", "certificate to seal with (default: the controller's)")
    .option("--key <file>", "private keys that open what is there: PEM, or a backup (default: the cluster's)", collect)
    .option("--identity <file>", "age identities that open an encrypted backup, besides those sops finds", collect)
    .option("--all", "seal anew what the newest key has sealed already, too")
    .option("--commit [message]", "make one Git commit of it")
    .option("--report", "only tell which key each value is sealed with")
    .option("--dry-run", "only tell what would change");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  return tellingFaults(io, async () => {
    const root = resolve(io.cwd, command.args[0] ?? ".");
    const { publicKey, keys } = await keysOf(flags, io);
    const files = resealTree(root, { publicKey, keys, isAll: flags.all === true }, io);
    if (flags.report) {
      for (const { path, used } of files) for (const each of used) io.stdout.write(`${path}: ${describe(each)}\n`);
      return EXIT_DONE;
    }
    const changed = files.filter(({ values }) => values > 0);
    if (!flags.dryRun) writeAll(root, changed);
    for (const { path, values } of changed)
      io.stdout.write(`${path}: ${values} ${values === 1 ? "value" : "values"} resealed\n`);
    if (changed.length === 0) io.stdout.write("everything is sealed with the newest key\n");
    else if (flags.commit !== undefined && !flags.dryRun) await commit(root, changed, flags.commit, io);
    return EXIT_DONE;
  });
}

/** From the files that were named, else from the cluster. @throws ProblemError */
async function keysOf(flags: Flags, io: CommandIo): Promise<{ publicKey: KeyObject; keys: KeyObject[] }> {
  const pem =
    flags.cert === undefined ? await fetchCertificate(flags, io) : (await readInput(flags.cert, io)).toString("utf8");
  const publicKey = sealingKey(pem, Date.now(), flags.cert);
  if (flags.key !== undefined) return { publicKey, keys: await readKeyFiles(flags.key, io, flags.identity) };
  const namespace = flags.controllerNamespace;
  const list = await onCluster(flags, io, (client, signal) =>
    client.list(SECRET, { namespace, labelSelector: KEY_LABEL, signal }),
  );
  return {
    publicKey,
    keys: privateKeysIn(JSON.stringify({ kind: "List", items: list.items }), `keys of ${namespace}`),
  };
}

interface ResealedFile extends ResealedText {
  readonly path: string;
}

/** @throws ProblemError with every value of every file that does not open */
function resealTree(
  root: string,
  options: { readonly publicKey: KeyObject; readonly keys: readonly KeyObject[]; readonly isAll: boolean },
  io: CommandIo,
): ResealedFile[] {
  const problems: Problem[] = [];
  const files: ResealedFile[] = [];
  for (const path of globSync("**/*.{yaml,yml,json}", { cwd: root, exclude: ["**/.git/**"] }).sort()) {
    const text = readFileSync(join(root, path), "utf8");
    // Most files of a tree hold none.
    if (!text.includes("SealedSecret")) continue;
    try {
      const resealed = resealText(text, path, options);
      if (resealed === undefined)
        io.stderr.write(`warning: ${path} names SealedSecret and is no YAML: left as it is\n`);
      else files.push({ path, ...resealed });
    } catch (error) {
      problems.push(...problemsOf(error, { file: path }));
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return files;
}

/** All new files lie ready before the first takes its place: what can fail has failed by then. */
function writeAll(root: string, files: readonly ResealedFile[]): void {
  const ready: (readonly [beside: string, path: string])[] = [];
  try {
    for (const { path, text } of files) {
      const full = join(root, path);
      const beside = `${full}.${process.pid}.tmp`;
      ready.push([beside, full]);
      writeFileSync(beside, text, { mode: statSync(full).mode & 0o777, flag: "wx" });
    }
  } catch (error) {
    for (const [beside] of ready) rmSync(beside, { force: true });
    throw problemError("UnreadableFile", `nothing was changed: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`);
  }
  for (const [beside, full] of ready) renameSync(beside, full);
}

async function commit(
  root: string,
  files: readonly ResealedFile[],
  message: string | true,
  io: CommandIo,
): Promise<void> {
  const paths = files.map(({ path }) => path);
  const git = (...args: string[]): Promise<unknown> =>
    promisify(execFile)("git", ["-C", root, ...args, "--", ...paths], { env: { ...io.env } });
  try {
    await git("add");
    await git("commit", "--quiet", "--message", message === true ? MESSAGE : message);
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw problemError("SecretsUsage", `the files are written, and git could not commit them: ${stderr.trim()}`);
  }
  io.stdout.write(`committed: ${message === true ? MESSAGE : message}\n`);
}

function describe({ object, key, id, isNewest }: UsedKey): string {
  return `${object}: ${key}: ${isNewest ? "the newest key" : "key"} ${id.slice(0, 16)}`;
}
