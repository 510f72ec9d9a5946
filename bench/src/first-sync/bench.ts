import { allHealthy, createApplications, startBenchedControlPlane } from "../support/control-plane.ts";
import { ARGO_CD } from "../support/peers.ts";
import { memoryMib } from "../support/process.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";

const SIZES = [300, 1000];
const WITHIN_MS = 300_000;
const PER_SECOND_MIN = 40;
const MEMORY_MIB_MAX = 300;

/** From the first Application created to the last one Synced and Healthy, embedded API server included. */
export const bench: Bench = {
  name: "first-sync",
  description: "300 and 1,000 Applications × 4 ConfigMaps from one repository",
  run,
};

async function run(context: BenchContext): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    context.say(`${size} applications`);
    const plane = await startBenchedControlPlane(size);
    try {
      const started = performance.now();
      const healthy = allHealthy(plane, size, WITHIN_MS);
      await createApplications(plane, size);
      await healthy;
      const seconds = (performance.now() - started) / 1000;
      const { peak } = memoryMib(plane.pid);
      const { source } = ARGO_CD;
      rows.push(
        {
          what: `first sync of ${size}`,
          ours: size / seconds,
          unit: "apps/s",
          peer: ARGO_CD.firstSyncPerSecond,
          source,
          target: { atLeast: PER_SECOND_MIN },
        },
        {
          what: `peak memory at ${size}`,
          ours: peak,
          unit: "MiB",
          peer: ARGO_CD.memoryMib,
          source,
          target: { atMost: MEMORY_MIB_MAX },
        },
      );
    } finally {
      await plane.stop();
    }
  }
  return rows;
}
