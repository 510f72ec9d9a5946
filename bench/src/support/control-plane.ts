import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { silentLogger, systemClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { contextConfig, createClient, loadKubeconfig, type KubeClient } from "@fairlead/kube";
import { execGit } from "./git.ts";

const READY_WITHIN_MS = 30_000;
const CONFIG_MAPS_PER_APPLICATION = 4;
const CREATED_AT_ONCE = 16;
const FAIRLEAD = join(import.meta.dirname, "../../../packages/cli/bin/fairlead.mjs");

/** `fairlead up` as a user runs it: a process of its own, so that its CPU and memory are its own. */
export interface BenchedControlPlane {
  readonly pid: number;
  readonly client: KubeClient;
  readonly repository: string;
  /** How many renders it has told of. */
  renders(): number;
  stop(): Promise<void>;
}

export async function startBenchedControlPlane(applications: number): Promise<BenchedControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  const repository = join(folder, "repository");
  await makeRepository(repository, applications);
  const kubeconfig = join(folder, "kubeconfig");
  const args = [FAIRLEAD, "up", "--data", join(folder, "data"), "--kubeconfig", kubeconfig];
  // To profile what is measured: BENCH_NODE_ARGS="--cpu-prof --cpu-prof-dir=DIR".
  const nodeArgs = process.env["BENCH_NODE_ARGS"]?.split(" ") ?? [];
  const child = spawn(process.execPath, [...nodeArgs, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let renders = 0;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("fairlead up was not ready in time")), READY_WITHIN_MS);
    child.on("exit", (code) => reject(new Error(`fairlead up ended with ${code}`)));
    child.stdout?.once("data", () => {
      clearTimeout(timer);
      resolve();
    });
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
      if (line.includes('"msg":"application rendered"')) renders++;
    });
  });
  const config = contextConfig(loadKubeconfig(kubeconfig));
  const client = createClient(config, { clock: systemClock, logger: silentLogger, userAgent: "fairlead-bench" });
  return {
    pid: child.pid ?? 0,
    client,
    repository,
    renders: () => renders,
    async stop() {
      client.close();
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.on("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

export function directoryOf(index: number): string {
  return `apps/app-${String(index).padStart(4, "0")}`;
}

export async function makeRepository(repository: string, applications: number): Promise<void> {
  for (let index = 0; index < applications; index++) {
    const directory = join(repository, directoryOf(index));
    mkdirSync(directory, { recursive: true });
    for (let part = 0; part < CONFIG_MAPS_PER_APPLICATION; part++) {
      writeFileSync(join(directory, `config-${part}.yaml`), configMapText(index, part, "one"));
    }
  }
  await execGit(repository, "init", "--quiet", "--initial-branch=main");
  await commitAll(repository, "first");
}

export function configMapText(index: number, part: number, value: string): string {
  const name = `app-${String(index).padStart(4, "0")}-${part}`;
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: ${value}\n  text: |\n    a line\n    another line\n`;
}

export async function commitAll(repository: string, message: string): Promise<void> {
  await execGit(repository, "add", "--all");
  await execGit(repository, "commit", "--quiet", "--message", message);
}

/** Creates the Applications, as a bootstrap or an ApplicationSet would, a few requests at a time. */
export async function createApplications(plane: BenchedControlPlane, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const worker = async (): Promise<void> => {
    for (let index = indexes.shift(); index !== undefined; index = indexes.shift()) {
      await plane.client.create(application(plane.repository, index));
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, worker));
}

function application(repository: string, index: number): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: `app-${String(index).padStart(4, "0")}`, namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: `file://${repository}`, targetRevision: "main", path: directoryOf(index) },
      destination: { server: "https://kubernetes.default.svc", namespace: "bench" },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
    },
  };
}

/** Resolves when so many Applications are Synced and Healthy. */
export async function allHealthy(plane: BenchedControlPlane, count: number, withinMs: number): Promise<void> {
  const signal = AbortSignal.timeout(withinMs);
  const healthy = new Set<string>();
  const kind = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
  for await (const { object } of plane.client.watch(kind, { namespace: "argocd", signal })) {
    const status = object["status"] as { sync?: { status?: string }; health?: { status?: string } } | undefined;
    const isHealthy = status?.sync?.status === "Synced" && status.health?.status === "Healthy";
    if (isHealthy) healthy.add(object.metadata.name ?? "");
    if (healthy.size >= count) return;
  }
  throw new Error(`only ${healthy.size} of ${count} applications were Synced and Healthy in time`);
}

const FLEET_WITHIN_MS = 300_000;

/** Runs the work on a control plane whose so many Applications are all Synced and Healthy, and ends it afterwards. */
export async function withHealthyFleet<T>(
  applications: number,
  work: (plane: BenchedControlPlane) => Promise<T>,
): Promise<T> {
  const plane = await startBenchedControlPlane(applications);
  try {
    const healthy = allHealthy(plane, applications, FLEET_WITHIN_MS);
    await createApplications(plane, applications);
    await healthy;
    return await work(plane);
  } finally {
    await plane.stop();
  }
}
