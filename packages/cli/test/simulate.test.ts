import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { kubeconfigOf, startApiServer, type ApiServer } from "@fairlead/apiserver";
import { ProblemError, silentLogger, systemClock } from "@fairlead/base";
import { createClient, type KubeClient } from "@fairlead/kube";
import { simulate } from "../src/commands/simulate.ts";
import type { Io } from "../src/io.ts";

const POD = { apiVersion: "v1", kind: "Pod" };

let server: ApiServer;
let client: KubeClient;
const folder = mkdtempSync(join(tmpdir(), "fairlead-simulate-"));
const kubeconfig = join(folder, "kubeconfig");

before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
  client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  writeFileSync(kubeconfig, kubeconfigOf("plain", server.adminConfig()));
});

after(async () => {
  client.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function io(signal: AbortSignal): { io: Io; said: () => string } {
  let text = "";
  const output = { write: (more: string) => void (text += more), isTerminal: false, columns: 80, rows: 24 };
  return {
    io: { stdout: output, stderr: output, stdin: process.stdin, env: {}, cwd: folder, signal },
    said: () => text,
  };
}

async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 120_000; ;) {
    if (await look()) return;
    if (Date.now() > end) assert.fail(`not within two minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a server of whoever's runs pods while it is simulated on, and the command ends when it is asked to", async () => {
  const ending = new AbortController();
  const { io: used, said } = io(ending.signal);
  const running = simulate(["--kubeconfig", kubeconfig, "--nodes", "2", "--ready-after", "10ms"], used);
  await until("it says so", () => said().includes("simulating 2 nodes on https://"));
  await client.create({
    ...POD,
    metadata: { name: "web", namespace: "default" },
    spec: { containers: [{ name: "web", image: "nginx:1.27" }] },
  });
  await until("the pod is ready", async () => {
    const pod = await client.find(POD, "web", "default");
    const { conditions = [] } = (pod?.["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
    return conditions.some(({ type, status }) => type === "Ready" && status === "True");
  });
  ending.abort();
  assert.equal(await running, 0);
});

test("no server is simulated on that was not named, and bad numbers are told", async () => {
  const { io: used, said } = io(new AbortController().signal);
  assert.equal(await simulate([], used), 2);
  assert.match(said(), /required option '--kubeconfig <file>'/);
  for (const [flag, value] of [
    ["--nodes", "0"],
    ["--nodes", "many"],
    ["--events-per-second", "-1"],
  ] as const) {
    const refused = simulate(["--kubeconfig", kubeconfig, `${flag}=${value}`], used);
    await assert.rejects(refused, (error) => error instanceof ProblemError && error.code === "InvalidSimulatorOptions");
  }
});
