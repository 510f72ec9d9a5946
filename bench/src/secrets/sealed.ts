import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { X509Certificate } from "node:crypto";
import type { KubeObject } from "@fairlead/apimachinery";
import { silentLogger, systemClock } from "@fairlead/base";
import { startKubeApiServer } from "@fairlead/conformance/kube-apiserver";
import { canRunPeerController, startPeerController } from "@fairlead/conformance/sealed-secrets";
import { goVersion, installTool } from "@fairlead/conformance/tools";
import { contextConfig, createClient, eventRecorder, loadKubeconfig, type KubeClient } from "@fairlead/kube";
import { sealedSecretCrd, sealSecret, startSealedSecrets, type SealedSecrets } from "@fairlead/secrets";
import { cpuSeconds } from "../support/process.ts";
import type { BenchContext, BenchRow } from "../types.ts";

const OBJECTS = 1000;
const TARGET_SECONDS = 10;
const WITHIN_MS = 600_000;
const SEALED = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" } as const;
const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const KEYS = "sealedsecrets.bitnami.com/sealed-secrets-key";

/** On one kube-apiserver: the objects are there first, then a controller starts, and it ends when the last Secret is there. */
export async function sealedRows({ say }: BenchContext): Promise<BenchRow[]> {
  if (goVersion() === undefined) {
    say("Go is not on this machine to build kube-apiserver with: nothing measured");
    return [];
  }
  const etcdDirectory = await installTool("etcd", say);
  const kubernetesDirectory = await installTool("kubernetes", say);
  const kubeseal = await installTool("kubeseal", say);
  const server = await startKubeApiServer({ etcdDirectory, kubernetesDirectory });
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-secrets-"));
  const client = createClient(contextConfig(loadKubeconfig(server.kubeconfig)), {
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    await client.create(sealedSecretCrd());
    await until(() =>
      client.list(SEALED).then(
        () => true,
        () => false,
      ),
    );
    await makeObjects(client, say);
    say(`ours opens ${OBJECTS}`);
    const ours = await measureOurs(client);
    await deleteSecrets(client);
    say(`the real controller opens ${OBJECTS}`);
    const peer = canRunPeerController()
      ? await measurePeer(client, async () => startPeerController(join(kubeseal, "controller"), server, folder))
      : undefined;
    return rowsOf(ours, peer);
  } finally {
    client.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Longest time in which the main thread did nothing else, milliseconds. */
  readonly blockedMs?: number;
}

function rowsOf(ours: Measured, peer: Measured | undefined): BenchRow[] {
  const source = "the real controller 0.36.0 in the same run, its client's rate limit taken away";
  return [
    {
      what: `${OBJECTS} SealedSecrets to Secrets, CPU (RSA-4096, one core)`,
      ours: ours.cpuSeconds,
      unit: "s",
      peer: peer?.cpuSeconds,
      source: peer && source,
      target: { atMost: TARGET_SECONDS },
    },
    {
      what: `${OBJECTS} SealedSecrets to Secrets, time`,
      ours: ours.seconds,
      unit: "s",
      peer: peer?.seconds,
      source: peer && source,
    },
    {
      what: "main thread held up at most",
      ours: ours.blockedMs ?? Number.NaN,
      unit: "ms",
    },
  ];
}

async function makeObjects(client: KubeClient, say: (line: string) => void): Promise<void> {
  say("a key of RSA-4096");
  const running = await startOurs(client);
  await until(async () => (await running.service(CERTIFICATE)).status === 200);
  const { body } = await running.service(CERTIFICATE);
  await running.stop();
  say(`${OBJECTS} SealedSecrets`);
  const { publicKey } = new X509Certificate(body);
  for (let index = 0; index < OBJECTS; index += 1) {
    const metadata = { name: `s-${index}`, namespace: "default" };
    const sealed = sealSecret(
      { metadata, values: new Map([["password", Buffer.from(`value-${index}`)]]) },
      { publicKey },
    );
    await client.create(JSON.parse(JSON.stringify(sealed)) as KubeObject);
  }
}

const CERTIFICATE = { method: "GET", path: "/v1/cert.pem", headers: {}, body: Buffer.alloc(0) };

function startOurs(client: KubeClient): Promise<SealedSecrets> {
  return startSealedSecrets({ client, clock: systemClock, logger: silentLogger, events: eventRecorder(client) });
}

async function measureOurs(client: KubeClient): Promise<Measured> {
  const watch = heldUp();
  const before = process.cpuUsage();
  const started = performance.now();
  const running = await startOurs(client);
  await allThere(client);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  const blockedMs = watch();
  await running.stop();
  return { seconds, cpuSeconds: (user + system) / 1_000_000, blockedMs };
}

/** Gives the longest time between two turns of the main thread since it was called. */
function heldUp(): () => number {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - TURN_MS);
    last = now;
  }, TURN_MS);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

const TURN_MS = 5;

async function measurePeer(client: KubeClient, start: () => ReturnType<typeof startPeerController>): Promise<Measured> {
  const started = performance.now();
  const peer = await start();
  await allThere(client);
  const seconds = (performance.now() - started) / 1000;
  // The shell in between became the controller itself.
  const cpu = cpuSeconds(peer.child.pid ?? process.pid);
  await peer.stop();
  return { seconds, cpuSeconds: cpu };
}

async function allThere(client: KubeClient): Promise<void> {
  await until(async () => (await secretCount(client)) >= OBJECTS);
}

/** By the server's own count: a thousand Secrets read each time would be the measure's work, not the controller's. */
async function secretCount(client: KubeClient): Promise<number> {
  const path = "/api/v1/namespaces/default/secrets";
  const answer = await client.request({ method: "GET", path, query: { limit: 1 } });
  const { items, metadata } = JSON.parse(answer.body.toString()) as {
    items: readonly unknown[];
    metadata: { remainingItemCount?: number };
  };
  return items.length + (metadata.remainingItemCount ?? 0);
}

async function deleteSecrets(client: KubeClient): Promise<void> {
  await client.request({ method: "DELETE", path: "/api/v1/namespaces/default/secrets" });
  await until(async () => (await secretCount(client)) === 0);
  const keys = await client.list(SECRET, { namespace: "kube-system", labelSelector: KEYS });
  if (keys.items.length === 0) throw new Error("the key is gone");
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; ;) {
    if (await look()) return;
    if (Date.now() > end) throw new Error(`not within ${WITHIN_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
