import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { KeyObject } from "node:crypto";
import { Option, type Command } from "commander";
import { problemError, type Json } from "@fairlead/base";
import { decodeDocuments, type DecodedDocument } from "@fairlead/yaml";
import { sealingKey } from "../seal/keys.ts";
import { readSealedSecret, readSecret } from "../seal/read.ts";
import { mergeSealed, sealRaw, sealSecret } from "../seal/seal.ts";
import { labelFor, scopeOf, SCOPES, type Scope } from "../seal/scope.ts";
import type { SealedSecret } from "../seal/types.ts";
import { namespaceOf, withConnection, type ClusterFlags } from "./cluster.ts";
import { fetchCertificate, reEncryptInCluster, validateInCluster } from "./controller-service.ts";
import { EXIT_DONE, readInput, writeWhole, type CommandIo } from "./io.ts";
import { checkFormat, printObject } from "./output.ts";
import { collect, parseArguments, program, tellingFaults } from "./program.ts";
import { unsealDocuments } from "./unseal.ts";

interface Flags extends ClusterFlags {
  readonly cert?: string;
  readonly fetchCert?: boolean;
  readonly validate?: boolean;
  readonly reEncrypt?: boolean;
  readonly recoveryUnseal?: boolean;
  readonly recoveryPrivateKey?: string[];
  readonly version?: boolean;
  readonly scope: Scope;
  readonly raw?: boolean;
  readonly fromFile?: string[];
  readonly name?: string;
  readonly mergeInto?: string;
  readonly allowEmptyData?: boolean;
  readonly format: string;
  readonly secretFile?: string;
  readonly sealedSecretFile?: string;
}

/** Of kubeseal's logging library: taken, so that scripts run, and of no effect. */
const LOG_SWITCHES = [
  "add_dir_header",
  "alsologtostderr",
  "logtostderr",
  "one_output",
  "skip_headers",
  "skip_log_headers",
];
const LOG_VALUES = ["log_backtrace_at", "log_dir", "log_file", "log_file_max_size", "stderrthreshold", "vmodule"];

function define(io: CommandIo): Command {
  const about = "Seals Secrets from standard input for the holder of a certificate's key, with kubeseal's flags.";
  const command = withConnection(program("secrets seal", about, io))
    .option("--cert <file>", "certificate to seal with, or its address (default: the controller's)")
    .option("--fetch-cert", "print the controller's certificate")
    .option("--validate", "have the controller tell whether it can open sealed secrets")
    .option("--re-encrypt", "have the controller seal sealed secrets anew for its newest key")
    .option("--recovery-unseal", "open a sealed secret with the private keys of --recovery-private-key")
    .option("--recovery-private-key <file>", "private keys in PEM, or a backup of the controller's keys", collect)
    .addOption(new Option("--scope <scope>", "how far the sealed secret may travel").choices(SCOPES).default("strict"))
    .option("--raw", "seal one value, from --from-file or standard input, and print nothing else")
    .option("--from-file <[key=]file>", "with --raw: where the value is", collect)
    .option("--name <name>", "name of the sealed secret; wanted with --raw and scope strict")
    .option("-n, --namespace <namespace>", "namespace of secrets that name none")
    .option("--merge-into <file>", "put the sealed values into this sealed secret, in place")
    .option("--allow-empty-data", "seal a Secret without data")
    .option("-o, --format <format>", "json or yaml", "json")
    .option("-f, --secret-file <file>", "read from here instead of standard input")
    .option("-w, --sealed-secret-file <file>", "write here instead of to standard output")
    .option("--version", "print the version")
    .addOption(new Option("-v, --v <level>").hideHelp());
  for (const name of LOG_SWITCHES) command.addOption(new Option(`--${name} [value]`).hideHelp());
  for (const name of LOG_VALUES) command.addOption(new Option(`--${name} <value>`).hideHelp());
  return command;
}

/** `fairlead secrets seal`: kubeseal, with its flags; with --cert it needs no cluster. */
export async function sealCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = define(io);
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  return tellingFaults(io, async () => {
    const { fromFile, raw = false, validate = false, version = false } = flags;
    if (version) return print("kubeseal version: fairlead 0.1.0\n", {}, io);
    if (fromFile !== undefined && !raw) throw problemError("SecretsUsage", "--from-file requires --raw");
    if (flags.recoveryUnseal) {
      const text = (await readInput(flags.secretFile, io)).toString("utf8");
      const unsealed = { key: flags.recoveryPrivateKey ?? [], file: flags.secretFile, format: formatOf(flags) };
      return print(await unsealDocuments(text, unsealed, io), flags, io);
    }
    if (validate) {
      await validateInCluster(await readSealed(flags, io), flags, io);
      return EXIT_DONE;
    }
    if (flags.reEncrypt) return reEncrypt(flags, io);
    const pem = flags.cert === undefined ? await fetchCertificate(flags, io) : await readCertificate(flags.cert, io);
    if (flags.fetchCert) return print(pem, flags, io);
    const publicKey = sealingKey(pem, Date.now(), flags.cert);
    if (flags.mergeInto !== undefined)
      return mergeInto(flags.mergeInto, await readSecrets(flags, io), publicKey, flags, io);
    if (raw) return sealOne(publicKey, flags, io);
    const format = formatOf(flags);
    const documents = await readSecrets(flags, io);
    return print(
      documents.map((document) => printObject(seal(document, publicKey, flags, io), format)).join(""),
      flags,
      io,
    );
  });
}

/** The name of the file to write wins over --format. @throws ProblemError SecretsUsage */
function formatOf({ sealedSecretFile = "", format }: Flags): string {
  checkFormat(format);
  return /\.ya?ml$/.test(sealedSecretFile) ? "yaml" : format;
}

function print(text: string, { sealedSecretFile }: Pick<Flags, "sealedSecretFile">, io: CommandIo): number {
  if (sealedSecretFile === undefined) io.stdout.write(text);
  else writeWhole(resolve(io.cwd, sealedSecretFile), text);
  return EXIT_DONE;
}

/** With one file alone, that is written anew. */
async function reEncrypt(flags: Flags, io: CommandIo): Promise<number> {
  const target = flags.sealedSecretFile ?? flags.secretFile;
  const asked = { ...flags, ...(target !== undefined && { sealedSecretFile: target }) };
  const format = formatOf(asked);
  const rotated = await reEncryptInCluster(await readSealed(flags, io), flags, io);
  return print(rotated.map((sealed) => printObject(sealed, format)).join(""), asked, io);
}

/** As they were written: the controller is to see all of it. @throws ProblemError InvalidSealedSecret */
async function readSealed({ secretFile }: Flags, io: CommandIo): Promise<Json[]> {
  const text = (await readInput(secretFile, io)).toString("utf8");
  const { documents, problems } = decodeDocuments(text, secretFile === undefined ? {} : { file: secretFile });
  if (problems.length > 0)
    throw problemError("InvalidSealedSecret", "unable to decrypt sealed secret: the input is no YAML");
  return documents.flatMap(({ value }) => (value === null ? [] : [value]));
}

const CERTIFICATE_TIMEOUT_MS = 10_000;

async function readCertificate(where: string, io: CommandIo): Promise<string> {
  if (where.startsWith("file://")) return readFileSync(fileURLToPath(where), "utf8");
  if (!/^https?:\/\//.test(where)) return (await readInput(where, io)).toString("utf8");
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(CERTIFICATE_TIMEOUT_MS)]);
  try {
    const answer = await fetch(where, { signal });
    if (answer.ok) return await answer.text();
    throw problemError("UnreadableFile", `cannot fetch ${where}: ${answer.status} ${answer.statusText}`);
  } catch (error) {
    if (error instanceof TypeError) throw problemError("UnreadableFile", `cannot fetch ${where}: no answer`);
    throw error;
  }
}

async function readSecrets(flags: Flags, io: CommandIo): Promise<DecodedDocument[]> {
  const text = (await readInput(flags.secretFile, io)).toString("utf8");
  const { documents, problems } = decodeDocuments(
    text,
    flags.secretFile === undefined ? {} : { file: flags.secretFile },
  );
  const [first] = problems;
  // The parser's own message may quote the text, and with it a value.
  if (first)
    throw problemError("InvalidSecret", "the input is no YAML", {
      file: first.file,
      line: first.line,
      column: first.column,
    });
  const secrets = documents.filter(({ value }) => value !== null);
  if (secrets.length > 0) return secrets;
  throw problemError("InvalidSecret", "no secrets found. Ensure the input is valid and UTF-8 encoded");
}

function seal(document: DecodedDocument, publicKey: KeyObject, flags: Flags, io: CommandIo): SealedSecret {
  // A line alone, of what came through a pipe, tells nobody anything.
  const place = flags.secretFile === undefined ? {} : { file: flags.secretFile, line: document.line };
  const read = readSecret(document.value, place);
  const secret = flags.name ? { ...read, metadata: { ...read.metadata, name: flags.name } } : read;
  const { namespace, annotations } = secret.metadata;
  const { scope, allowEmptyData = false } = flags;
  const effective = scope === "strict" ? scopeOf(annotations) : scope;
  if (effective !== "cluster-wide" && namespace && flags.namespace && namespace !== flags.namespace) {
    const where = `input secret is in namespace ${JSON.stringify(namespace)}`;
    throw problemError(
      "InvalidSecret",
      `namespace mismatch: ${where} but ${JSON.stringify(flags.namespace)} was specified`,
      place,
    );
  }
  const defaultNamespace = effective === "cluster-wide" ? undefined : namespaceOf(flags, io);
  return sealSecret(secret, { publicKey, scope, defaultNamespace, allowEmptyData, place });
}

async function mergeInto(
  file: string,
  documents: readonly DecodedDocument[],
  publicKey: KeyObject,
  flags: Flags,
  io: CommandIo,
): Promise<number> {
  const text = (await readInput(file, io)).toString("utf8");
  const [document] = decodeDocuments(text, { file }).documents;
  let sealed = readSealedSecret(document?.value ?? null, { file });
  const { name = "", namespace = "", annotations } = sealed.metadata;
  for (const each of documents) {
    // The values are bound to where they go, whatever the Secret calls itself: name, namespace and scope are the file's.
    const secret = readSecret(each.value, { file: flags.secretFile });
    const metadata = {
      ...secret.metadata,
      name,
      namespace,
      annotations: { ...annotations, ...secret.metadata.annotations },
    };
    const { scope, allowEmptyData = false } = flags;
    sealed = mergeSealed(sealed, sealSecret({ ...secret, metadata }, { publicKey, scope, allowEmptyData }));
  }
  // kubeseal goes by -o here, but never writes JSON over a file that is called YAML.
  const format = /\.ya?ml$/.test(file) ? "yaml" : flags.format;
  writeWhole(resolve(io.cwd, file), printObject(sealed, format));
  return EXIT_DONE;
}

async function sealOne(publicKey: KeyObject, flags: Flags, io: CommandIo): Promise<number> {
  const { scope, name = "", fromFile = [] } = flags;
  const namespace = scope === "cluster-wide" ? "" : namespaceOf(flags, io);
  if (namespace === undefined)
    throw problemError("SecretsUsage", `must provide the --namespace flag with --raw and --scope ${scope}`);
  if (scope === "strict" && name === "")
    throw problemError("SecretsUsage", "must provide the --name flag with --raw and --scope strict");
  if (fromFile.length > 1) {
    const why = "must provide only one --from-file when encrypting a single item with --raw";
    throw problemError("SecretsUsage", why);
  }
  const value = await readInput(fromFile[0]?.replace(/^[^=]*=/, "") ?? flags.secretFile, io);
  return print(sealRaw(publicKey, value, labelFor(scope, namespace, name)), flags, io);
}
