import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigOf, startApiServer, type ApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock } from "@fairlead/base";
import { createClient, type KubeClient } from "@fairlead/kube";
import { podLogSource, startSimulator, type SimulatorOptions } from "@fairlead/simulator";

/** An embedded server with somebody who makes its workloads run. */
export interface Cluster {
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** Workloads run by our simulator. */
export async function simulatedCluster(options: SimulatorOptions = {}): Promise<Cluster> {
  const server = await startApiServer({ data: "memory", logger: silentLogger });
  return withSimulator(server, options, async () => {});
}

/**
 * Workloads run by the real kube-controller-manager on our server, which has no controllers of its own then; only nodes are simulated.
 * @param directory where the binary is
 */
export async function managedCluster(directory: string, options: SimulatorOptions = {}): Promise<Cluster> {
  const server = await startApiServer({ data: "memory", logger: silentLogger, controllers: false });
  return withSimulator(server, { ...options, parts: "nodes" }, (folder, kubeconfig) =>
    startManager(directory, folder, kubeconfig, server),
  );
}

async function withSimulator(
  server: ApiServer,
  options: SimulatorOptions,
  beside: (folder: string, kubeconfig: string) => Promise<(() => Promise<void>) | void>,
): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-cluster-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigOf("embedded", server.adminConfig()));
  server.podLogs.use(podLogSource);
  const client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  const endBeside = await beside(folder, kubeconfig);
  const simulator = startSimulator({ client, clock: systemClock, logger: silentLogger, options });
  await simulator.ready;
  return {
    server,
    client,
    kubeconfig,
    async stop() {
      await simulator.stop();
      await endBeside?.();
      client.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything the manager does but what needs a cloud or another signer. */
async function startManager(
  directory: string,
  folder: string,
  kubeconfig: string,
  server: ApiServer,
): Promise<() => Promise<void>> {
  const key = join(folder, "service-account.key");
  const authority = join(folder, "ca.crt");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(authority, Buffer.from(server.adminConfig().caData ?? "", "base64"));
  const logFile = join(folder, "kube-controller-manager.log");
  const log = openSync(logFile, "w");
  const child = spawn(
    join(directory, "kube-controller-manager"),
    [
      `--kubeconfig=${kubeconfig}`,
      "--kube-api-content-type=application/json",
      "--leader-elect=false",
      "--bind-address=127.0.0.1",
      "--secure-port=0",
      `--service-account-private-key-file=${key}`,
      `--root-ca-file=${authority}`,
      "--controllers=*",
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
      "--pvclaimbinder-sync-period=1s",
      "--resource-quota-sync-period=1s",
      "--namespace-sync-period=1s",
      "--horizontal-pod-autoscaler-sync-period=1s",
    ],
    { stdio: ["ignore", log, log] },
  );
  if (!(await isManaging(server, child))) {
    child.kill("SIGKILL");
    throw new Error(`kube-controller-manager did not start:\n${readFileSync(logFile, "utf8").slice(-3000)}`);
  }
  return () =>
    new Promise((resolve) => {
      if (child.exitCode !== null) return resolve();
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });
}

const MANAGING_WITHIN_MS = 40_000;
const POLL_MS = 100;

/** The account that its controllers make in every namespace is there. */
async function isManaging(server: ApiServer, child: { readonly exitCode: number | null }): Promise<boolean> {
  const client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  try {
    const until = Date.now() + MANAGING_WITHIN_MS;
    while (Date.now() < until && child.exitCode === null) {
      const { items } = await client.list({ apiVersion: "v1", kind: "ServiceAccount" }, { namespace: "default" });
      if (items.some((account) => account.metadata.name === "default")) return true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return false;
  } finally {
    client.close();
  }
}
