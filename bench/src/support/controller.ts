import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const FAIRLEAD = join(import.meta.dirname, "../../../packages/cli/bin/fairlead.mjs");
const RUNNING_WITHIN_MS = 120_000;

/** `fairlead controller` as a user runs it: a process of its own, so that its CPU and memory are its own. */
export interface BenchedController {
  readonly pid: number;
  /** `http://127.0.0.1:PORT`: /api/webhook, /metrics, /healthz. */
  readonly url: string;
  /** How many renders it has told of. */
  renders(): number;
  /** The sum of a family's samples. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** @throws Error with what it logged last when it does not run in time */
export async function startController(options: {
  readonly kubeconfig: string;
  readonly data: string;
  readonly namespace?: string;
}): Promise<BenchedController> {
  const { kubeconfig, data, namespace = "argocd" } = options;
  const where = ["--kubeconfig", kubeconfig, "--data", data, "--namespace", namespace];
  const args = ["controller", "--single", "--listen", "0", ...where];
  // To profile what is measured: BENCH_NODE_ARGS="--cpu-prof --cpu-prof-dir=DIR".
  const nodeArgs = process.env["BENCH_NODE_ARGS"]?.split(" ") ?? [];
  const child = spawn(process.execPath, [...nodeArgs, FAIRLEAD, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let renders = 0;
  const told: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`fairlead controller ${why}:\n${told.join("\n")}`));
    const timer = setTimeout(() => fail("was not running in time"), RUNNING_WITHIN_MS);
    child.on("exit", (code) => fail(`ended with ${code}`));
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (line.includes('"msg":"application rendered"')) return void renders++;
      if (told.push(line) > 20) told.shift();
      if (process.env["BENCH_LOG"]) process.stderr.write(`${line}\n`);
      if (!line.includes('"msg":"listening for webhooks')) return;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { port: number }).port);
    });
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    url,
    renders: () => renders,
    async metric(name) {
      if (child.exitCode !== null)
        throw new Error(`fairlead controller ended with ${child.exitCode}:\n${told.join("\n")}`);
      // A connection of its own: one that is kept may be closed by a busy server in the very moment in which it is used again.
      const answer = await fetch(`${url}/metrics`, { headers: { connection: "close" } });
      return sumOf(await answer.text(), name);
    },
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        if (child.exitCode !== null) return resolve();
        child.on("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

/** The sum of the samples of one family in Prometheus' text, those whose labels match. */
export function sumOf(text: string, name: string, labels?: RegExp): number {
  let total = 0;
  for (const line of text.split("\n")) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match?.[1] === name && (labels === undefined || labels.test(match[2] ?? ""))) total += Number(match[3]);
  }
  return total;
}
