import type { KubeObject } from "@fairlead/apimachinery";
import type { World } from "../engine/world.ts";
import { SIMULATOR_LIMITS } from "../limits.ts";
import { MANAGERS } from "../api/kinds.ts";

const NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;

/**
 * Renews the leases of all simulated nodes until the signal aborts. Only beside a kube-controller-manager, which calls a node
 * NotReady and drains it when its kubelet has been silent for 50 seconds; without one nobody listens, and idle costs no calls.
 */
export async function beatHearts(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const names = Array.from({ length: world.settings.nodes }, (_, index) => `${world.settings.nodePrefix}-${index}`);
    const results = await Promise.allSettled(names.map((name) => renew(world, name)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed && !signal.aborted) world.logger.warn("a lease was not renewed", { error: String(failed.reason) });
    await pause(world, signal);
  }
}

async function renew(world: World, name: string): Promise<void> {
  const lease: KubeObject = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: NAMESPACE },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: new Date(world.clock.now()).toISOString().replace("Z", "000Z"),
    },
  };
  await world.client.apply(lease, { fieldManager: MANAGERS.kubelet, force: true });
}

function pause(world: World, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = world.clock.after(SIMULATOR_LIMITS.heartbeatMs, done);
    signal.addEventListener("abort", done);
  });
}
