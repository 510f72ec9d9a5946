import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startKubeApiServer } from "@fairlead/conformance/kube-apiserver";
import { goVersion, installTool } from "@fairlead/conformance/tools";
import type { Loaded } from "./load.ts";

/** A server of either kind, as the benchmark sees it. */
export interface BenchedServer extends Loaded {
  /** From the start of the process to the first answer. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

const COMMAND = join(import.meta.dirname, "../../../packages/cli/bin/fairlead.mjs");

/** `fairlead apiserver` as users start it. @param args flags besides `--data` */
export async function startEmbedded(args: readonly string[] = []): Promise<BenchedServer> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-apiserver-"));
  const data = join(folder, "data");
  const started = performance.now();
  const nodeArgs = process.env["BENCH_NODE_ARGS"]?.split(" ") ?? [];
  const child = spawn(process.execPath, [...nodeArgs, COMMAND, "apiserver", "--data", data, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the embedded server ended with ${code}`)));
  });
  const readyMs = performance.now() - started;
  const url = /https:\S+?(?=[\s,]|$)/.exec(line)?.[0];
  if (url === undefined) throw new Error(`no address in ${JSON.stringify(line)}`);
  return {
    host: "127.0.0.1",
    port: Number(new URL(url).port),
    token: readFileSync(join(data, "pki", "admin.token"), "utf8"),
    readyMs,
    pids: [child.pid ?? 0],
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** undefined where Go is not on the machine, so that the peer cannot be had. */
export async function startPeer(say: (line: string) => void): Promise<BenchedServer | undefined> {
  if (goVersion() === undefined) return undefined;
  const etcdDirectory = await installTool("etcd", say);
  const kubernetesDirectory = await installTool("kubernetes", say);
  const before = new Set(childrenOf(process.pid));
  const started = performance.now();
  const server = await startKubeApiServer({ etcdDirectory, kubernetesDirectory, durable: true });
  const readyMs = performance.now() - started;
  const { hostname, port } = new URL(server.url);
  const pids = childrenOf(process.pid).filter((pid) => !before.has(pid));
  return { host: hostname, port: Number(port), token: server.token, readyMs, pids, stop: () => server.stop() };
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ")[1],
    );
  } catch {
    return undefined;
  }
}
