import type { KubeObject } from "@fairlead/apimachinery";
import { type Clock, isJsonObject } from "@fairlead/base";
import type { KubeClient } from "../client/types.ts";
import { SteadyTime } from "../steady-time.ts";

export const LEASE = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;

export interface LeaseSpec {
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
}

export function leaseSpec(lease: KubeObject): LeaseSpec {
  const spec = isJsonObject(lease["spec"]) ? lease["spec"] : {};
  const text = (key: string): string => (typeof spec[key] === "string" ? spec[key] : "");
  const count = (key: string): number => (typeof spec[key] === "number" && spec[key] >= 0 ? spec[key] : 0);
  return {
    holderIdentity: text("holderIdentity"),
    leaseDurationSeconds: count("leaseDurationSeconds"),
    acquireTime: text("acquireTime"),
    renewTime: text("renewTime"),
    leaseTransitions: count("leaseTransitions"),
  };
}

export function leaseObject(
  name: string,
  namespace: string,
  spec: LeaseSpec,
  labels?: Record<string, string>,
): KubeObject {
  return { ...LEASE, metadata: { name, namespace, ...(labels && { labels }) }, spec: { ...spec } };
}

/** MicroTime as the API prints it: six digits of seconds. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/**
 * Time by which leases are judged. A step between two looks counts for at most two fifths of a lease: a clock that is set
 * forward, or a process that slept, must not make all others look dead; nor one that is set back a leader look alive.
 */
export function leaseTime(clock: Clock, durationMs: number): SteadyTime {
  return new SteadyTime(clock, durationMs * 0.4);
}

/**
 * When leases run out, told by this process's clock alone: a lease is alive for its duration after we last saw it change.
 * Comparing its renewTime with our time would make the clocks of two machines agree, which they do not.
 */
export class LeaseObserver {
  readonly #time: SteadyTime;
  readonly #seen = new Map<string, { record: string; at: number; durationMs: number }>();

  constructor(time: SteadyTime) {
    this.#time = time;
  }

  /** Notes the lease as it is; nothing when it is as it was. */
  observe(name: string, spec: LeaseSpec): void {
    const record = `${spec.holderIdentity} ${spec.renewTime} ${spec.leaseTransitions}`;
    if (this.#seen.get(name)?.record === record) return;
    this.#seen.set(name, { record, at: this.#time.now(), durationMs: spec.leaseDurationSeconds * 1000 });
  }

  forget(name: string): void {
    this.#seen.delete(name);
  }

  /** Milliseconds until it runs out; 0 when it has, or was never seen. */
  leftMs(name: string): number {
    const seen = this.#seen.get(name);
    return seen === undefined ? 0 : Math.max(0, seen.at + seen.durationMs - this.#time.now());
  }
}

export interface LeaseTimes {
  /** How long a lease stays good without a sign of life. Default 15 s. */
  readonly durationMs?: number | undefined;
  /** How often its holder renews it, and others look. Default 2 s for a leader, a third of the duration for members. */
  readonly renewMs?: number | undefined;
}

export interface LeasePlace {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Unique among the replicas: the pod's name and something random. */
  readonly identity: string;
}
