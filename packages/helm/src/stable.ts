import { createHmac } from "node:crypto";
import { VirtualClock, type Clock } from "@fairlead/base";
import { seededRandom, type RandomSource } from "@fairlead/gotemplate";

export interface StableOptions {
  /** Known to this installation alone: without it anybody could work out the passwords that a chart makes up. */
  readonly key: string;
  readonly chartName: string;
  readonly releaseName: string;
  readonly namespace: string;
  /** The time it is; templates see the first moment of its month. */
  readonly nowMs: number;
}

/**
 * Chance and time for a render that must not change by itself: randAlphaNum, uuidv4, genCA, bcrypt and the like give the same answer
 * for the same chart and release, at every commit and on every replica. An upgrade of the chart keeps its passwords. Time stands still
 * within a month (UTC), so that certificates are renewed in time and a quiet commit shows no difference. No peer has it.
 */
export function stableSources(options: StableOptions): { random: RandomSource; clock: Clock } {
  const { key, chartName, releaseName, namespace, nowMs } = options;
  const seed = createHmac("sha256", key)
    .update(JSON.stringify([chartName, releaseName, namespace]))
    .digest("hex");
  const now = new Date(nowMs);
  return { random: seededRandom(seed), clock: new VirtualClock(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())) };
}
