import { createWriteStream, writeFileSync, type WriteStream } from "node:fs";
import { explainProblem, problemsOf, type Logger } from "@fairlead/base";
import { encodeYaml } from "@fairlead/yaml";
import { startApiServer } from "../server/start.ts";
import type { ApiServer, ApiServerAccess } from "../server/types.ts";
import { backupDirectory, restoreDirectory } from "../storage/backup.ts";
import { parseArguments, type ApiServerArguments } from "./arguments.ts";

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
    if (parsed.action === "serve") await serve(parsed, io, simulate);
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
  const audit =
    parsed.auditLog === undefined ? undefined : createWriteStream(parsed.auditLog, { flags: "a", mode: 0o600 });
  const server = await startApiServer({
    data: parsed.data,
    port: parsed.port,
    ...(parsed.host === undefined ? {} : { host: parsed.host }),
    logger: io.logger,
    ...(audit === undefined ? {} : { audit: (event) => writeLine(audit, event) }),
  });
  const simulation = parsed.simulate ? await simulate?.(server) : undefined;
  if (parsed.kubeconfig !== undefined) {
    writeFileSync(parsed.kubeconfig, kubeconfigOf("fairlead", server.adminConfig()), { mode: 0o600 });
  }
  io.say(`ready at ${server.url}${parsed.kubeconfig === undefined ? "" : `, kubeconfig in ${parsed.kubeconfig}`}`);
  await aborted(io.signal);
  await simulation?.stop();
  await server.close();
  audit?.end();
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
