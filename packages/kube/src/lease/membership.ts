import type { KubeObject } from "@fairlead/apimachinery";
import { type Clock, type Logger, sleep } from "@fairlead/base";
import { isAlreadyExists, isConflict, isNotFound } from "../http/status.ts";
import { createInformer } from "../informer/informer.ts";
import type { Informer } from "../informer/types.ts";
import {
  LEASE,
  LeaseObserver,
  type LeasePlace,
  leaseObject,
  leaseSpec,
  leaseTime,
  type LeaseTimes,
  microTime,
} from "./lease.ts";
import type { SteadyTime } from "../steady-time.ts";
import { rendezvousOwner } from "./rendezvous.ts";

export interface MembershipOptions extends LeasePlace, LeaseTimes {
  /** The replicas that share work; a label value. */
  readonly group: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: (() => number) | undefined;
}

/**
 * The replicas that are alive, each by a Lease of its own, and which of them a key belongs to. Two replicas may for a moment
 * both think a key theirs, until each has seen the other: work must bear that, as applies and versioned updates do.
 */
export interface Membership {
  /** Takes part until the signal aborts, then leaves at once instead of being missed. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once this replica's lease is written and the others' were read. */
  readonly joined: Promise<void>;
  /** Sorted; holds this replica while it could renew its lease in time. */
  readonly members: readonly string[];
  ownerOf(key: string): string | undefined;
  isMine(key: string): boolean;
  /** Called when a member came or went: keys may have moved. Returns the undo. */
  onChange(listener: (members: readonly string[]) => void): () => void;
}

const GROUP_LABEL = "fairlead.dev/membership";
const DURATION_MS = 15_000;
/** The lease of a replica that was gone for so many durations is deleted by whoever sees it. */
const ABANDONED_DURATIONS = 20;

export function joinMembership(options: MembershipOptions): Membership {
  return new LeaseMembership(options);
}

class LeaseMembership implements Membership {
  readonly #it: MembershipOptions;
  readonly #durationMs: number;
  readonly #renewMs: number;
  readonly #time: SteadyTime;
  readonly #observer: LeaseObserver;
  readonly #informer: Informer;
  readonly #leaseName: string;
  readonly #listeners = new Set<(members: readonly string[]) => void>();
  readonly #joined = Promise.withResolvers<void>();
  /** By lease name: the identity that holds it. */
  readonly #holders = new Map<string, string>();
  #members: readonly string[] = [];
  #hasLease = false;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(options: MembershipOptions) {
    this.#it = options;
    this.#durationMs = options.durationMs ?? DURATION_MS;
    this.#renewMs = options.renewMs ?? this.#durationMs / 3;
    this.#time = leaseTime(options.clock, this.#durationMs);
    this.#observer = new LeaseObserver(this.#time);
    this.#leaseName = leaseNameOf(options.group, options.identity);
    this.#joined.promise.catch(() => undefined);
    this.#informer = createInformer(options.client, {
      kind: LEASE,
      namespace: options.namespace,
      labelSelector: `${GROUP_LABEL}=${options.group}`,
      clock: options.clock,
      logger: options.logger,
    });
  }

  get joined(): Promise<void> {
    return this.#joined.promise;
  }

  get members(): readonly string[] {
    return this.#members;
  }

  ownerOf(key: string): string | undefined {
    return rendezvousOwner(key, this.#members);
  }

  isMine(key: string): boolean {
    return this.ownerOf(key) === this.#it.identity;
  }

  onChange(listener: (members: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random } = this.#it;
    this.#informer.subscribe(({ type, object }) => this.#onLease(object, type === "deleted"));
    this.#informer.start(signal);
    void this.#informer.synced.then(
      () => this.#recount(),
      (error: unknown) => this.#joined.reject(error),
    );
    while (!signal.aborted) {
      await this.#renew(signal);
      this.#recount();
      await this.#sweep();
      await sleep(clock, this.#renewMs * (1 + random() / 10), signal);
    }
    this.#cancelTimer?.();
    this.#members = [];
    await this.#leave();
  }

  #onLease(lease: KubeObject, isDeleted: boolean): void {
    const name = lease.metadata.name ?? "";
    const spec = leaseSpec(lease);
    if (isDeleted) {
      this.#observer.forget(name);
      this.#holders.delete(name);
    } else {
      this.#observer.observe(name, spec);
      this.#holders.set(name, spec.holderIdentity);
    }
    this.#recount();
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { group, clock, logger } = this.#it;
    const askedAt = this.#time.now();
    const now = microTime(clock.now());
    // The lease may have been swept while we were away, or be there from before a restart; then the other way is tried.
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await this.#write(now, signal);
        this.#hasLease = true;
        this.#renewedAt = askedAt;
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (isNotFound(error) && this.#hasLease) this.#hasLease = false;
        else if (isAlreadyExists(error)) this.#hasLease = true;
        else return logger.warn("membership could not be renewed", { group, error: String(error) });
      }
    }
  }

  async #write(now: string, signal: AbortSignal): Promise<void> {
    const { client, namespace, identity, group } = this.#it;
    const name = this.#leaseName;
    const own = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.round(this.#durationMs / 1000)),
      renewTime: now,
    };
    if (this.#hasLease) {
      await client.patch({ ...LEASE, name, namespace }, { type: "merge", body: { spec: own } }, { signal });
      return;
    }
    const spec = { ...own, acquireTime: now, leaseTransitions: 0 };
    await client.create(leaseObject(name, namespace, spec, { [GROUP_LABEL]: group }), { signal });
  }

  /** Who is alive now, and a timer for the first who will not be unless it says something. */
  #recount(): void {
    if (!this.#informer.hasSynced) return;
    const { clock, identity } = this.#it;
    const alive = new Set<string>();
    let nextMs = this.#renewedAt + this.#durationMs - this.#time.now();
    // Of ourselves we know better than the watch does: without a renewal in time, others have taken our keys.
    if (nextMs > 0) {
      alive.add(identity);
      this.#joined.resolve();
    } else nextMs = this.#durationMs;
    for (const [name, holder] of this.#holders) {
      const leftMs = this.#observer.leftMs(name);
      if (holder === identity || leftMs <= 0) continue;
      alive.add(holder);
      nextMs = Math.min(nextMs, leftMs);
    }
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(nextMs + 1, () => this.#recount());
    this.#announce([...alive].sort());
  }

  #announce(members: readonly string[]): void {
    if (members.join("\n") === this.#members.join("\n")) return;
    this.#members = members;
    this.#it.logger.info("members changed", { group: this.#it.group, members });
    for (const listener of this.#listeners) listener(members);
  }

  /** Leases of replicas that are long gone would stay for ever. */
  async #sweep(): Promise<void> {
    const { client, namespace, clock } = this.#it;
    for (const lease of this.#informer.list()) {
      const { name = "", uid, resourceVersion } = lease.metadata;
      const age = clock.now() - Date.parse(leaseSpec(lease).renewTime);
      if (this.#observer.leftMs(name) > 0 || !(age > ABANDONED_DURATIONS * this.#durationMs)) continue;
      const preconditions = { uid, resourceVersion };
      await client.delete(LEASE, name, namespace, { preconditions }).catch(() => undefined);
    }
  }

  async #leave(): Promise<void> {
    const { client, namespace, logger } = this.#it;
    try {
      await client.delete(LEASE, this.#leaseName, namespace);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) logger.debug("lease not deleted", { error: String(error) });
    }
  }
}

/** A DNS name from whatever an identity is made of. */
function leaseNameOf(group: string, identity: string): string {
  const plain = `${group}-${identity}`.toLowerCase().replace(/[^a-z0-9.-]/g, "-");
  return plain.replace(/^[-.]+|[-.]+$/g, "").slice(0, 253);
}
