import { valueSeen } from "../support/await-value.ts";
import { withHealthyFleet } from "../support/control-plane.ts";
import { ARGO_CD } from "../support/peers.ts";
import { memoryMib } from "../support/process.ts";
import type { Bench, BenchRow } from "../types.ts";

const APPLICATIONS = 300;
const ROUNDS = 5;
const WITHIN_MS = 120_000;
/** Healing the same object again and again is slowed down on purpose; each round breaks another one. */
const SETTLE_MS = 300;

/** From the answer to a change by hand to the right value seen on the cluster again. */
export const bench: Bench = {
  name: "drift-heal",
  description: `a ConfigMap edited by hand among ${APPLICATIONS} applications with selfHeal`,
  async run() {
    return withHealthyFleet(APPLICATIONS, async (plane) => {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        const name = `app-00${10 + round}-1`;
        const ref = { apiVersion: "v1", kind: "ConfigMap", name, namespace: "bench" };
        await plane.client.patch(
          ref,
          { type: "merge", body: { data: { value: "by hand" } } },
          { fieldManager: "a-person" },
        );
        const broken = performance.now();
        times.push((await valueSeen(plane.client, name, "one", WITHIN_MS)) - broken);
      }
      const { source, driftHealMs } = ARGO_CD;
      return [
        {
          what: "drift healed, worst of 5",
          ours: Math.max(...times),
          unit: "ms",
          peer: driftHealMs,
          source,
          target: { atMost: 250 },
        },
        {
          what: "peak memory",
          ours: memoryMib(plane.pid).peak,
          unit: "MiB",
          peer: ARGO_CD.memoryMib,
          source,
          target: { atMost: 300 },
        },
      ] satisfies BenchRow[];
    });
  },
};
