/** The real sealed-secrets controller as a process beside a kube-apiserver. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { KubeApiServer } from "../kube-apiserver.ts";

const ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount";

/**
 * It looks for its account at one place of the file system alone. In a mount namespace of its own that place is ours to fill; the
 * machine's stays as it is.
 */
const IN_NAMESPACE = [
  "mount -t tmpfs none /run",
  `mkdir -p ${ACCOUNT}`,
  `cp "$ACCOUNT_FILES"/* ${ACCOUNT}/`,
  'exec "$0" "$@"',
].join(" && ");

/** Whether this machine lets us make mount namespaces. */
export function canRunPeerController(): boolean {
  return spawnSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs none /run"], { stdio: "ignore" }).status === 0;
}

export interface PeerController {
  readonly child: ChildProcess;
  log(): string;
  stop(): Promise<void>;
}

/** @param flags more of its flags */
export async function startPeerController(
  binary: string,
  server: KubeApiServer,
  folder: string,
  flags: readonly string[] = [],
): Promise<PeerController> {
  const account = join(folder, "account");
  mkdirSync(account, { recursive: true });
  writeFileSync(join(account, "token"), server.token);
  writeFileSync(join(account, "namespace"), "kube-system");
  writeFileSync(join(account, "ca.crt"), readFileSync(server.certificate));
  const { hostname, port } = new URL(server.url);
  const env = {
    PATH: process.env["PATH"],
    ACCOUNT_FILES: account,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    POD_NAMESPACE: "kube-system",
  };
  const listen = [
    "--listen-addr",
    `127.0.0.1:${await freePort()}`,
    "--listen-metrics-addr",
    `127.0.0.1:${await freePort()}`,
  ];
  // Its client is held back to 5 requests a second, which is a matter of its defaults and not of what is compared.
  const args = ["-rm", "sh", "-c", IN_NAMESPACE, binary, ...listen, "--kubeclient-qps=-1", ...flags];
  const path = join(folder, "controller.log");
  const log = openSync(path, "w");
  const child = spawn("unshare", args, { env, stdio: ["ignore", log, log] });
  return {
    child,
    log: () => readFileSync(path, "utf8"),
    stop() {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      return new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      });
    },
  };
}

async function freePort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}
