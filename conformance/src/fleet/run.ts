import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@fairlead/base";
import { applyAsKubectl, FleetView, seedFleet, startControlPlane } from "@fairlead/cli/up";
import { createClient, type ClusterConfig } from "@fairlead/kube";
import { collectManaged } from "./collect.ts";

const SETTLED_WITHIN_MS = 120_000;
/** Owners' uids are list keys in managedFields too. */
const UID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export interface Target {
  readonly name: string;
  readonly access: ClusterConfig;
}

/**
 * Bootstraps the example fleet over these servers, the first being the hub, and gives what is in each once all is Healthy.
 * The repository's address and the clusters' are replaced by names, so that two runs can be compared.
 * @throws Error with the reasons when the fleet does not settle
 */
export async function runFleet(targets: readonly Target[]): Promise<Map<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-fleet-"));
  const repository = join(folder, "fleet");
  const stop = new AbortController();
  const [hub, ...clusters] = targets;
  if (!hub) throw new Error("no hub");
  await seedFleet(
    repository,
    clusters.map(({ name, access }) => ({ name, url: access.server })),
  );
  const plane = await startControlPlane({
    hub: hub.access,
    clusters: clusters.map((cluster) => ({ ...cluster, simulate: true })),
    mirrorDirectory: join(folder, "mirrors"),
    renderKey: "conformance",
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    const view = FleetView.start(plane.hub, (server) => server, stop.signal);
    await applyAsKubectl(plane.hub, join(repository, "argocd/root.yaml"));
    if (!(await view.settled(SETTLED_WITHIN_MS, stop.signal)))
      throw new Error(`not settled: ${view.reasons.join("; ")}`);
    return await collectAll(targets, repository);
  } finally {
    stop.abort();
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function collectAll(targets: readonly Target[], repository: string): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>();
  const addresses: [string, string][] = [[`file://${repository}`, "REPOSITORY"]];
  for (const { name, access } of targets) addresses.push([access.server, `SERVER-${name}`]);
  for (const { name, access } of targets) {
    const client = createClient(access, { clock: systemClock, logger: silentLogger });
    for (const [key, value] of await collectManaged(client)) {
      let text = JSON.stringify(value).replace(UID, "UID");
      for (const [from, to] of addresses) text = text.replaceAll(from, to);
      all.set(`${name}: ${key}`, JSON.parse(text));
    }
    client.close();
  }
  return all;
}
