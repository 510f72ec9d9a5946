import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigOf, startApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock } from "@fairlead/base";
import { createClient, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { podLogSource, startSimulator, type SimulatorOptions } from "@fairlead/simulator";
import { startKubeApiServer } from "../kube-apiserver.ts";

/** An API server with somebody who makes its workloads run. */
export interface Cluster {
  readonly client: KubeClient;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** Who makes workloads run: our simulator alone, or the real kube-controller-manager over simulated nodes. */
type Runner = { readonly by: "simulator" } | { readonly by: "manager"; readonly directory: string };

/** Folders of the real binaries. */
export interface RealDirectories {
  readonly etcd: string;
  readonly kubernetes: string;
  readonly manager: string;
}

interface Served {
  readonly access: ClusterConfig;
  readonly kubeconfig: string;
  readonly folder: string;
  /** For the manager: what it signs tokens with and what it hands out as the server's authority. */
  readonly serviceAccountKey: string;
  readonly certificate: string;
  close(): Promise<void>;
}

/** Our server and our simulator. */
export function simulatedCluster(): Promise<Cluster> {
  return embedded({ by: "simulator" });
}

/**
 * The real kube-controller-manager on our server, which has no controllers of its own then.
 * @param directory where the binary is
 */
export function managedCluster(directory: string): Promise<Cluster> {
  return embedded({ by: "manager", directory });
}

/** Nothing of ours but the nodes. */
export async function realCluster(directories: RealDirectories): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-cluster-"));
  const server = await startKubeApiServer({
    etcdDirectory: directories.etcd,
    kubernetesDirectory: directories.kubernetes,
    serviceAccounts: true,
  });
  const served = {
    access: { server: server.url, bearerToken: server.token, insecure: true },
    kubeconfig: server.kubeconfig,
    folder,
    serviceAccountKey: server.serviceAccountKey,
    certificate: server.certificate,
    close: () => server.stop(),
  };
  return run(served, { by: "manager", directory: directories.manager });
}

async function embedded(runner: Runner): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-cluster-"));
  const server = await startApiServer({
    data: "memory",
    logger: silentLogger,
    controllers: runner.by === "simulator",
  });
  server.podLogs.use(podLogSource);
  const access = server.adminConfig();
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigOf("embedded", access));
  const serviceAccountKey = join(folder, "service-account.key");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(serviceAccountKey, privateKey.export({ type: "pkcs8", format: "pem" }));
  const certificate = join(folder, "ca.crt");
  writeFileSync(certificate, Buffer.from(access.caData ?? "", "base64"));
  return run({ access, kubeconfig, folder, serviceAccountKey, certificate, close: () => server.close() }, runner);
}

async function run(served: Served, runner: Runner): Promise<Cluster> {
  const client = createClient(served.access, { clock: systemClock, logger: silentLogger });
  const endManager = runner.by === "manager" ? await startManager(runner.directory, served, client) : undefined;
  // Every event is told, however much happens at once.
  const options: SimulatorOptions = { parts: runner.by === "manager" ? "nodes" : "all", eventsPerSecond: 1_000 };
  const simulator = startSimulator({ client, clock: systemClock, logger: silentLogger, options });
  await simulator.ready;
  return {
    client,
    kubeconfig: served.kubeconfig,
    async stop() {
      await simulator.stop();
      await endManager?.();
      client.close();
      await served.close();
      rmSync(served.folder, { recursive: true, force: true });
    },
  };
}

/** Everything the manager does, in short intervals. */
async function startManager(directory: string, served: Served, client: KubeClient): Promise<() => Promise<void>> {
  const logFile = join(served.folder, "kube-controller-manager.log");
  const log = openSync(logFile, "w");
  const child = spawn(
    join(directory, "kube-controller-manager"),
    [
      `--kubeconfig=${served.kubeconfig}`,
      "--kube-api-content-type=application/json",
      "--leader-elect=false",
      "--secure-port=0",
      `--service-account-private-key-file=${served.serviceAccountKey}`,
      `--root-ca-file=${served.certificate}`,
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
      "--pvclaimbinder-sync-period=1s",
      "--resource-quota-sync-period=1s",
      "--namespace-sync-period=1s",
      "--horizontal-pod-autoscaler-sync-period=1s",
    ],
    { stdio: ["ignore", log, log] },
  );
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });
  if (await isManaging(client, child)) return end;
  await end();
  throw new Error(`kube-controller-manager did not start:\n${readFileSync(logFile, "utf8").slice(-3000)}`);
}

const MANAGING_WITHIN_MS = 180_000;
const POLL_MS = 100;

/** The account that its controllers make in every namespace is there. */
async function isManaging(client: KubeClient, child: { readonly exitCode: number | null }): Promise<boolean> {
  const until = Date.now() + MANAGING_WITHIN_MS;
  while (Date.now() < until && child.exitCode === null) {
    const { items } = await client.list({ apiVersion: "v1", kind: "ServiceAccount" }, { namespace: "default" });
    if (items.some((account) => account.metadata.name === "default")) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}
