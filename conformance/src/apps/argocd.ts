import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "@fairlead/apimachinery";

export interface ArgoCdOptions {
  /** Folder of the argocd binary. */
  readonly directory: string;
  /** Folders of helm 3 and kustomize, which its repository server runs. */
  readonly path: readonly string[];
  readonly kubeconfig: string;
}

export interface ArgoCd {
  /** Of its three processes, while they run. */
  readonly pids: readonly number[];
  log(name: string): string;
  stop(): Promise<void>;
}

/** The project that every Application is in unless it names another, admitting everything. */
export function defaultProject(namespace: string): KubeObject {
  const any = [{ group: "*", kind: "*" }];
  const spec = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], clusterResourceWhitelist: any };
  return { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata: { name: "default", namespace }, spec };
}

/** What Argo CD's controller asks for before it works at all. */
export function argoCdObjects(): KubeObject[] {
  const labels = { "app.kubernetes.io/part-of": "argocd" };
  const named = (kind: string, name: string, more: object): KubeObject => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "argocd", labels },
    ...more,
  });
  return [
    named("ConfigMap", "argocd-cm", { data: { "timeout.reconciliation": "3600s" } }),
    named("ConfigMap", "argocd-rbac-cm", { data: {} }),
    named("Secret", "argocd-secret", { stringData: { "server.secretkey": "c2VjcmV0", "admin.password": "x" } }),
  ];
}

/** Argo CD's application controller with its repository server and Redis, on a cluster that it takes for its own. */
export async function startArgoCd({ directory, path, kubeconfig }: ArgoCdOptions): Promise<ArgoCd> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-argocd-"));
  const [redis = 0, repo = 0, repoMetrics = 0, metrics = 0] = await freePorts(4);
  for (const name of ["tls", "ssh", "gpg", "tmp"]) mkdirSync(join(folder, name));
  const env = {
    ...process.env,
    PATH: [...path, process.env["PATH"] ?? ""].join(":"),
    ARGOCD_FAKE_IN_CLUSTER: "true",
    ARGOCD_GPG_ENABLED: "false",
    ARGOCD_TLS_DATA_PATH: join(folder, "tls"),
    ARGOCD_SSH_DATA_PATH: join(folder, "ssh"),
    ARGOCD_GPG_DATA_PATH: join(folder, "gpg"),
    TMPDIR: join(folder, "tmp"),
    KUBECONFIG: kubeconfig,
  };
  const children: ChildProcess[] = [];
  const start = (name: string, command: string, args: readonly string[]): void => {
    const log = openSync(join(folder, `${name}.log`), "w");
    const options = { stdio: ["ignore", log, log] as ["ignore", number, number], cwd: folder };
    children.push(spawn(command, args, { ...options, env: { ...env, ARGOCD_BINARY_NAME: name } }));
  };
  start("redis-server", "redis-server", [
    "--port",
    String(redis),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
  ]);
  start("argocd-repo-server", join(directory, "argocd"), [
    `--redis=127.0.0.1:${redis}`,
    "--address=127.0.0.1",
    `--port=${repo}`,
    "--metrics-address=127.0.0.1",
    `--metrics-port=${repoMetrics}`,
    "--disable-tls",
    "--loglevel=warn",
  ]);
  start("argocd-application-controller", join(directory, "argocd"), [
    `--kubeconfig=${kubeconfig}`,
    "--namespace=argocd",
    `--repo-server=127.0.0.1:${repo}`,
    "--repo-server-plaintext",
    `--redis=127.0.0.1:${redis}`,
    `--metrics-port=${metrics}`,
    "--loglevel=warn",
  ]);
  return {
    pids: children.map(({ pid }) => pid ?? 0),
    log: (name) => readFileSync(join(folder, `${name}.log`), "utf8").slice(-3_000),
    async stop() {
      await Promise.all(children.map(end));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 5_000).unref();
  });
}

async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer());
  await Promise.all(holders.map((holder) => new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve))));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}
