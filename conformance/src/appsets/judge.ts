import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

export interface JudgeOptions {
  /** Folder of the argocd binary. */
  readonly directory: string;
  /** Where processes keep their files and logs. */
  readonly folder: string;
  readonly kubeconfig: string;
}

/** Argo CD's ApplicationSet controller with its repository server and Redis; no other part of Argo CD. */
export interface Judge {
  /** The end of a process's log. */
  log(name: string): string;
  stop(): Promise<void>;
}

export function hasRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

export async function startJudge({ directory, folder, kubeconfig }: JudgeOptions): Promise<Judge> {
  const [redis = 0, repo = 0, ...others] = await freePorts(6);
  const binary = join(directory, "argocd");
  for (const name of ["tls", "ssh", "gpg", "tmp"]) mkdirSync(join(folder, name), { recursive: true });
  const env = {
    ...process.env,
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
    children.push(
      spawn(command, args, { stdio: ["ignore", log, log], cwd: folder, env: { ...env, ARGOCD_BINARY_NAME: name } }),
    );
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
  start("argocd-repo-server", binary, [
    `--redis=127.0.0.1:${redis}`,
    "--address=127.0.0.1",
    `--port=${repo}`,
    "--metrics-address=127.0.0.1",
    `--metrics-port=${others[0]}`,
    "--disable-tls",
    "--loglevel=warn",
  ]);
  start("argocd-applicationset-controller", binary, [
    `--kubeconfig=${kubeconfig}`,
    "--namespace=argocd",
    `--argocd-repo-server=127.0.0.1:${repo}`,
    "--repo-server-plaintext",
    `--metrics-addr=127.0.0.1:${others[1]}`,
    `--probe-addr=127.0.0.1:${others[2]}`,
    `--webhook-addr=127.0.0.1:${others[3]}`,
    "--loglevel=warn",
  ]);
  return {
    log: (name) => readFileSync(join(folder, `${name}.log`), "utf8").slice(-2000),
    async stop() {
      await Promise.all(children.map(end));
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
