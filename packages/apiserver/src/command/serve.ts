import { createWriteStream, readFileSync, renameSync, rmSync, writeFileSync, type WriteStream } from "node:fs";
import { problemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { auditPolicyOf } from "../audit/policy.ts";
import { realPods } from "../http/proxy-forward.ts";
import { startApiServer } from "../server/start.ts";
import type { ApiServer, ApiServerAccess } from "../server/types.ts";
import type { ApiServerArguments } from "./arguments.ts";
import type { CommandIo, Simulate } from "./run.ts";

/** Serves until the signal, then ends cleanly. @throws ProblemError */
export async function serve(
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

/** Texts that YAML reads as they stand: addresses, base64, names longer than any word that it takes for something else. */
const PLAIN = /^[A-Za-z][\w+./:=-]{4,}[\w=/+]$/;

/**
 * A kubeconfig with one context; a certificate goes before the token, as kubectl uses only one. Written without an encoder, which costs
 * more of a start than all of this.
 */
export function kubeconfigOf(name: string, access: ApiServerAccess): string {
  const text = (value: string | undefined): string => (PLAIN.test(value ?? "") ? String(value) : JSON.stringify(value));
  const user =
    access.certData === undefined
      ? [`token: ${text(access.bearerToken)}`]
      : [`client-certificate-data: ${text(access.certData)}`, `client-key-data: ${text(access.keyData)}`];
  return `apiVersion: v1
kind: Config
clusters:
- name: ${text(name)}
  cluster:
    server: ${text(access.server)}
    certificate-authority-data: ${text(access.caData)}
users:
- name: ${text(name)}
  user:
${user.map((line) => `    ${line}\n`).join("")}contexts:
- name: ${text(name)}
  context:
    cluster: ${text(name)}
    user: ${text(name)}
current-context: ${text(name)}
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
