import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KubeApiServer {
  /** `https://127.0.0.1:PORT`, with a certificate the server signed itself. */
  readonly url: string;
  /** A bearer token of a member of system:masters. */
  readonly token: string;
  readonly etcdUrl: string;
  /** A kubeconfig file for this server; gone after stop. */
  readonly kubeconfig: string;
  /** Files of the key that signs accounts' tokens, and of the certificate the server shows. */
  readonly serviceAccountKey: string;
  readonly certificate: string;
  /** Of kube-apiserver and etcd. */
  readonly pids: readonly number[];
  /** Ends both processes and removes their folder. */
  stop(): Promise<void>;
}

export interface KubeApiServerOptions {
  /** Folders of the real binaries: `etcd`, `kube-apiserver`. */
  readonly etcdDirectory: string;
  readonly kubernetesDirectory: string;
  /** Further flags of kube-apiserver. */
  readonly flags?: readonly string[];
  /** Pods get their accounts' tokens; needs somebody who makes accounts. Default: they don't. */
  readonly serviceAccounts?: boolean;
  /** etcd waits for the disk before it acknowledges, as in production; tests need not. Default: it doesn't. */
  readonly durable?: boolean;
}

const READY_WITHIN_MS = 180_000;
const POLL_MS = 100;
const STOP_WITHIN_MS = 10_000;
const TOKEN = "fairlead-conformance";

/**
 * A real kube-apiserver over its own etcd on loopback, in a temporary folder, without a cluster: no controllers, no kubelet.
 * @throws Error with the end of the log when it doesn't become ready
 */
export async function startKubeApiServer(options: KubeApiServerOptions): Promise<KubeApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kube-"));
  const [clientPort, peerPort, port] = await freePorts(3);
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const etcd = startProcess(folder, "etcd", join(options.etcdDirectory, "etcd"), [
    ...(options.durable === true ? [] : ["--unsafe-no-fsync"]),
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    "--log-level=error",
  ]);
  const key = join(folder, "service-account.key");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }));
  const tokens = join(folder, "tokens.csv");
  writeFileSync(tokens, `${TOKEN},admin,admin,"system:masters"\n`);
  const server = startProcess(folder, "kube-apiserver", join(options.kubernetesDirectory, "kube-apiserver"), [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    `--cert-dir=${join(folder, "certs")}`,
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--token-auth-file=${tokens}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    ...(options.serviceAccounts === true ? [] : ["--disable-admission-plugins=ServiceAccount"]),
    ...(options.flags ?? []),
  ]);
  const url = `https://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await endProcess(server);
    await endProcess(etcd);
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await isReady(url, server))) {
    const log = readFileSync(join(folder, "kube-apiserver.log"), "utf8").slice(-2000);
    await stop();
    throw new Error(`kube-apiserver did not become ready:\n${log}`);
  }
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigFor(url));
  const certificate = join(folder, "certs", "apiserver.crt");
  const pids = [server, etcd].flatMap(({ pid }) => pid ?? []);
  return { url, token: TOKEN, etcdUrl, kubeconfig, serviceAccountKey: key, certificate, pids, stop };
}

function startProcess(folder: string, name: string, command: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), "w");
  return spawn(command, args, { stdio: ["ignore", log, log], cwd: folder });
}

function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const hurry = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    child.once("exit", () => {
      clearTimeout(hurry);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

async function isReady(url: string, child: ChildProcess): Promise<boolean> {
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until && child.exitCode === null) {
    if ((await statusOf(`${url}/readyz`)) === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(
      url,
      { rejectUnauthorized: false, agent: false, headers: { authorization: `Bearer ${TOKEN}` } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    asked.on("error", () => resolve(0));
    asked.end();
  });
}

/** Ports nobody listens on at this moment; all are held open together so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(
    Array.from({ length: count }, () => {
      const holder = createServer();
      return new Promise<typeof holder>((resolve) => holder.listen(0, "127.0.0.1", () => resolve(holder)));
    }),
  );
  const ports = holders.map((holder) => {
    const address = holder.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "real", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token: TOKEN } }],
    contexts: [{ name: "real", context: { cluster: "real", user: "admin", namespace: "default" } }],
    "current-context": "real",
  });
}
