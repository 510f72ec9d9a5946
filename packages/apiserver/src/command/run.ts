import { createWriteStream, readFileSync, renameSync, rmSync, writeFileSync, type WriteStream } from "node:fs";
import { explainProblem, problemError, problemsOf, type Logger } from "@fairlead/base";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";
import { auditPolicyOf } from "../audit/policy.ts";
import { realPods } from "../http/proxy-forward.ts";
import { startApiServer } from "../server/start.ts";
import type { ApiServer, ApiServerAccess } from "../server/types.ts";
import { backupDirectory, restoreDirectory } from "../storage/backup.ts";
import { HELP, parseArguments, type ApiServerArguments } from "./arguments.ts";

export interface CommandIo {
  readonly logger: Logger;
  /** One line for people. */
  say(line: string): void;
  complain(text: string): void;
  /** Ends the server: SIGTERM, Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs pods and workloads on a server; @fairlead/simulator's start, handed in where the command is put together. */
export type Simulate = (server: ApiServer) => Promise<{ stop(): Promise<void> }>;

/** `fairlead apiserver …`; resolves with the exit code when the server has ended. */
export async function runApiServer(args: readonly string[], io: CommandIo, simulate?: Simulate): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed.action === "help") io.say(HELP.trimEnd());
    else if (parsed.action === "serve") await serve(parsed, io, simulate);
    else if (parsed.action === "backup") {
      await backupDirectory(parsed.data, parsed.file);
      io.say(`${parsed.data} is backed up in ${parsed.file}`);
    } else {
      await restoreDirectory(parsed.file, parsed.data, parsed.force);
      io.say(`${parsed.data} is restored from ${parsed.file}`);
    }
    return 0;
  } catch (error) {
    for (const problem of problemsOf(error)) io.complain(explainProblem(problem));
    return 1;
  }
}

async function serve(
  parsed: Extract<ApiServerArguments, { action: "serve" }>,
  io: CommandIo,
  simulate: Simulate | undefined,
): Promise<void> {
  const auditPolicy =
    parsed.auditPolicy === undefined
      ? undefined
      : auditPolicyOf(decodeYaml(readText(parsed.auditPolicy)), parsed.auditPolicy);
  const audit =
    parsed.auditLog === undefined ? undefined : createWriteStream(parsed.auditLog, { flags: "a", mode: 0o600 });
  // A log that cannot be written is told; requests are answered all the same.
  audit?.on("error", (error) => io.logger.error("the audit log cannot be written", { error: error.message }));
  const server = await startApiServer({
    data: parsed.data,
    port: parsed.port,
    ...(parsed.host === undefined ? {} : { host: parsed.host }),
    logger: io.logger,
    // A simulation's addresses are made up: on the machine's own network somebody else may have them.
    ...(parsed.simulate ? {} : { podRoute: realPods }),
    ...(audit === undefined ? {} : { audit: (event) => writeLine(audit, event) }),
    ...(auditPolicy === undefined ? {} : { auditPolicy }),
  });
  let simulation: Awaited<ReturnType<Simulate>> | undefined;
  try {
    simulation = parsed.simulate ? await simulate?.(server) : undefined;
    if (parsed.kubeconfig !== undefined) writeKubeconfig(parsed.kubeconfig, server);
    io.say(`ready at ${server.url}${parsed.kubeconfig === undefined ? "" : `, kubeconfig in ${parsed.kubeconfig}`}`);
    await aborted(io.signal);
  } finally {
    await simulation?.stop();
    await server.close();
    audit?.end();
  }
}

/** @throws ProblemError InvalidInput for a file that cannot be read */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw problemError("InvalidInput", `the file cannot be read: ${why}`, { file: path }, error);
  }
}

/** @throws ProblemError InvalidInput for a file that cannot be written */
function writeKubeconfig(path: string, server: ApiServer): void {
  try {
    writeSecret(path, kubeconfigOf("fairlead", server.adminConfig()));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw problemError("InvalidInput", `the kubeconfig cannot be written: ${why}`, { file: path }, error);
  }
}

/** Whole and for its owner only, also where a file was there before: a client must not read half of it. */
function writeSecret(path: string, text: string): void {
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, path);
}

function writeLine(stream: WriteStream, event: unknown): void {
  stream.write(`${JSON.stringify(event)}\n`);
}

/** A kubeconfig with one context; a certificate goes before the token, as kubectl uses only one. */
export function kubeconfigOf(name: string, access: ApiServerAccess): string {
  const user =
    access.certData === undefined
      ? { token: access.bearerToken }
      : { "client-certificate-data": access.certData, "client-key-data": access.keyData };
  return encodeYaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: access.server, "certificate-authority-data": access.caData } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
