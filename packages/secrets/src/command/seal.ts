import { resolve } from "node:path";
import type { KeyObject } from "node:crypto";
import { Option } from "commander";
import { problemError } from "@fairlead/base";
import { decodeDocuments, type DecodedDocument } from "@fairlead/yaml";
import { sealingKey } from "../seal/keys.ts";
import { readSealedSecret, readSecret } from "../seal/read.ts";
import { mergeSealed, sealRaw, sealSecret } from "../seal/seal.ts";
import { labelFor, SCOPES, type Scope } from "../seal/scope.ts";
import type { SealedSecret } from "../seal/types.ts";
import { EXIT_DONE, readInput, writeWhole, type CommandIo } from "./io.ts";
import { checkFormat, printObject } from "./output.ts";
import { collect, parseArguments, program, tellingFaults } from "./program.ts";

interface Flags {
  readonly cert: string;
  readonly scope: Scope;
  readonly raw?: boolean;
  readonly fromFile?: string[];
  readonly name?: string;
  readonly namespace?: string;
  readonly mergeInto?: string;
  readonly allowEmptyData?: boolean;
  readonly format: string;
  readonly secretFile?: string;
  readonly sealedSecretFile?: string;
}

/** `fairlead secrets seal`: kubeseal's sealing, with its flags, without a cluster. */
export async function sealCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = program(
    "secrets seal",
    "Seals Secrets from standard input for the holder of a certificate's key.",
    io,
  )
    .requiredOption("--cert <file>", "certificate to seal with, or its http(s) address")
    .addOption(new Option("--scope <scope>", "how far the sealed secret may travel").choices(SCOPES).default("strict"))
    .option("--raw", "seal one value, from --from-file or standard input, and print nothing else")
    .option("--from-file <[key=]file>", "with --raw: where the value is", collect)
    .option("--name <name>", "with --raw and scope strict: name of the sealed secret")
    .option("-n, --namespace <namespace>", "namespace of secrets that name none")
    .option("--merge-into <file>", "put the sealed values into this sealed secret, in place")
    .option("--allow-empty-data", "seal a Secret without data")
    .option("-o, --format <format>", "json or yaml", "json")
    .option("-f, --secret-file <file>", "read Secrets from here instead of standard input")
    .option("-w, --sealed-secret-file <file>", "write here instead of to standard output");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  return tellingFaults(io, async () => {
    const publicKey = sealingKey(await readCertificate(flags.cert, io), Date.now(), flags.cert);
    if (flags.raw) return sealOne(publicKey, flags, io);
    checkFormat(flags.format);
    const documents = await readSecrets(flags, io);
    if (flags.mergeInto !== undefined) return mergeInto(flags.mergeInto, documents, publicKey, flags, io);
    const format = /\.ya?ml$/.test(flags.sealedSecretFile ?? "") ? "yaml" : flags.format;
    const text = documents.map((document) => printObject(seal(document, publicKey, flags), format)).join("");
    if (flags.sealedSecretFile === undefined) io.stdout.write(text);
    else writeWhole(resolve(io.cwd, flags.sealedSecretFile), text);
    return EXIT_DONE;
  });
}

const CERTIFICATE_TIMEOUT_MS = 10_000;

async function readCertificate(where: string, io: CommandIo): Promise<string> {
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

function seal(document: DecodedDocument, publicKey: KeyObject, flags: Flags): SealedSecret {
  // A line alone, of what came through a pipe, tells nobody anything.
  const place = flags.secretFile === undefined ? {} : { file: flags.secretFile, line: document.line };
  const secret = readSecret(document.value, place);
  const { namespace } = secret.metadata;
  if (namespace && flags.namespace && namespace !== flags.namespace) {
    const where = `input secret is in namespace ${JSON.stringify(namespace)}`;
    throw problemError(
      "InvalidSecret",
      `namespace mismatch: ${where} but ${JSON.stringify(flags.namespace)} was specified`,
      place,
    );
  }
  const { scope, allowEmptyData = false } = flags;
  return sealSecret(secret, { publicKey, scope, defaultNamespace: flags.namespace, allowEmptyData, place });
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
  const { scope, name = "", namespace = "", fromFile = [] } = flags;
  const wrong = rawFault(scope, name, namespace, fromFile.length);
  if (wrong !== undefined) throw problemError("SecretsUsage", wrong);
  const file = fromFile[0]?.replace(/^[^=]*=/, "") ?? flags.secretFile;
  const value = await readInput(file, io);
  io.stdout.write(sealRaw(publicKey, value, labelFor(scope, namespace, name)));
  return EXIT_DONE;
}

function rawFault(scope: Scope, name: string, namespace: string, files: number): string | undefined {
  if (scope === "strict" && name === "") return "must provide the --name flag with --raw and --scope strict";
  if (scope !== "cluster-wide" && namespace === "")
    return `must provide the --namespace flag with --raw and --scope ${scope}`;
  return files > 1 ? "must provide only one --from-file when encrypting a single item with --raw" : undefined;
}
