import { hostname } from "node:os";
import type { Clock, Logger } from "@fairlead/base";
import { isNotFound, joinMembership, rendezvousOwner, type KubeClient } from "@fairlead/kube";
import type { WorkShares } from "./controllers.ts";

export interface ReplicasOptions {
  readonly client: KubeClient;
  /** Where the replicas' Leases are. */
  readonly namespace: string;
  /** Unique among replicas; see replicaIdentity. */
  readonly identity: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a replica that says nothing is taken to be alive. */
  readonly leaseMs?: number;
  /** How long one that came waits before it takes what another had. */
  readonly handoverMs?: number;
}

export interface Replicas extends WorkShares {
  /** Resolves once it is known who else there is. */
  readonly joined: Promise<void>;
  /** Resolves once this replica has left; call after the signal aborted. */
  readonly ended: Promise<void>;
}

const GROUP = "fairlead-controller";
const GROUP_LABEL = "fairlead.dev/membership";
const LEASE = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;
const LEASE_MS = 8_000;
/** Longer than another replica needs to see that we came and to break off what it does. */
const HANDOVER_MS = 3_000;

/** `HOST_PID_RANDOM`: says which process it was, so that a successor on the same machine need not wait for its lease to run out. */
export function replicaIdentity(random: () => number): string {
  return `${hostname()}_${process.pid}_${Math.floor(random() * 0xff_ffff).toString(36)}`;
}

/**
 * Shares work among the replicas that are alive. What a replica had that died (its lease ran out, so it has stopped by itself) or
 * left is taken at once; what a living one had is taken a moment later, when it has certainly let go.
 */
export function joinReplicas(options: ReplicasOptions, signal: AbortSignal): Replicas {
  return new SharingReplicas(options, signal);
}

class SharingReplicas implements Replicas {
  readonly joined: Promise<void>;
  readonly ended: Promise<void>;
  readonly #options: ReplicasOptions;
  readonly #listeners = new Set<() => void>();
  /** Who there was, while some of what they had may still be in their hands. */
  readonly #before = new Set<readonly string[]>();
  #members: readonly string[] = [];
  /** Nobody can have a Lease in a namespace that is not there. */
  #isAlone = false;

  constructor(options: ReplicasOptions, signal: AbortSignal) {
    this.#options = options;
    const { client, namespace, identity, clock, logger, leaseMs = LEASE_MS } = options;
    const membership = joinMembership({
      client,
      namespace,
      identity,
      group: GROUP,
      durationMs: leaseMs,
      clock,
      logger,
    });
    membership.onChange((members) => this.#onChange(members));
    const run = this.#prepare().then(() => membership.run(signal));
    this.ended = run.catch((error: unknown) => logger.error("sharing with replicas ended", { error: String(error) }));
    this.joined = Promise.race([membership.joined, this.#alone(), aborted(signal)]);
  }

  owns(key: string): boolean {
    if (this.#isAlone) return true;
    const { identity } = this.#options;
    if (rendezvousOwner(key, this.#members) !== identity) return false;
    return [...this.#before].every((members) => {
      const owner = rendezvousOwner(key, members);
      return owner === undefined || owner === identity || !this.#members.includes(owner);
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #onChange(members: readonly string[]): void {
    const { clock, identity, handoverMs = HANDOVER_MS } = this.#options;
    const isFirst = this.#members.length === 0;
    this.#isAlone = false;
    const before = isFirst ? members.filter((member) => member !== identity) : this.#members;
    this.#members = members;
    if (before.length > 0) {
      // Each entry goes with its own timer. Asking the clock whether its time is over would keep for ever what a timer that fires
      // a millisecond early, or a clock set back, finds not yet due; and nobody would own those keys.
      const held = [...before];
      this.#before.add(held);
      clock.after(handoverMs, () => {
        this.#before.delete(held);
        this.#tell();
      });
    }
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  async #alone(): Promise<void> {
    const { client, namespace, logger } = this.#options;
    const found = await client.find({ apiVersion: "v1", kind: "Namespace" }, namespace).catch(() => ({}));
    if (found !== undefined) return new Promise(() => undefined);
    if (this.#members.length === 0) this.#isAlone = true;
    logger.warn("the namespace for settings and Leases does not exist; working as the only replica until it does", {
      namespace,
    });
  }

  /** A process of this machine that is gone left its lease behind when it was killed: nobody need wait for that to run out. */
  async #prepare(): Promise<void> {
    const { client, namespace, logger } = this.#options;
    try {
      const { items } = await client.list(LEASE, { namespace, labelSelector: `${GROUP_LABEL}=${GROUP}` });
      for (const { metadata, spec } of items as { metadata: { name?: string }; spec?: { holderIdentity?: string } }[]) {
        if (!isPredecessor(spec?.holderIdentity ?? "")) continue;
        await client.delete(LEASE, metadata.name ?? "", namespace);
      }
    } catch (error) {
      if (!isNotFound(error)) logger.warn("leases cannot be read", { error: String(error) });
    }
  }
}

function isPredecessor(identity: string): boolean {
  const [host, pidText] = identity.split("_");
  const pid = Number(pidText);
  if (host !== hostname() || !Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
