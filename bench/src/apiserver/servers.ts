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

export async function startEmbedded(): Promise<BenchedServer> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-apiserver-"));
  const started = performance.now();
  const args = [join(import.meta.dirname, "embedded.process.ts"), join(folder, "data")];
  const nodeArgs = process.env["BENCH_NODE_ARGS"]?.split(" ") ?? [];
  const child = spawn(process.execPath, [...nodeArgs, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the embedded server ended with ${code}`)));
  });
  const readyMs = performance.now() - started;
  const { port, token } = JSON.parse(line) as { port: number; token: string };
  return {
    host: "127.0.0.1",
    port,
    token,
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
  const server = await startKubeApiServer({ etcdDirectory, kubernetesDirectory });
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
