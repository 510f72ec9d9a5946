import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { valueSeen } from "../support/await-value.ts";
import { commitAll, configMapText, directoryOf, withHealthyFleet } from "../support/control-plane.ts";
import { ARGO_CD } from "../support/peers.ts";
import { memoryMib } from "../support/process.ts";
import type { Bench, BenchRow } from "../types.ts";

const APPLICATIONS = 1000;
const CHANGED = 417;
const ROUNDS = 5;
const WITHIN_MS = 300_000;
const SETTLE_MS = 1000;

/** From the end of `git commit` to the changed object seen on the cluster; and how many applications were rendered for it. */
export const bench: Bench = {
  name: "one-file-commit",
  description: `a commit that touches one file among ${APPLICATIONS} applications`,
  async run() {
    return withHealthyFleet(APPLICATIONS, async (plane) => {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const rendersBefore = plane.renders();
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const value = `round-${round}`;
        writeFileSync(join(plane.repository, directoryOf(CHANGED), "config-0.yaml"), configMapText(CHANGED, 0, value));
        const seen = valueSeen(plane.client, `app-0${CHANGED}-0`, value, WITHIN_MS);
        await commitAll(plane.repository, value);
        const committed = performance.now();
        times.push((await seen) - committed);
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      }
      const renders = (plane.renders() - rendersBefore) / ROUNDS;
      const peak = memoryMib(plane.pid).peak;
      const { source, oneFileCommitMs } = ARGO_CD;
      return [
        {
          what: "commit to applied, worst of 5",
          ours: Math.max(...times),
          unit: "ms",
          peer: oneFileCommitMs,
          source,
          target: { atMost: 1000 },
        },
        { what: "renders per commit", ours: renders, unit: "renders", peer: 300, source, target: { atMost: 1 } },
        { what: "peak memory", ours: peak, unit: "MiB", peer: ARGO_CD.memoryMib, source, target: { atMost: 300 } },
      ] satisfies BenchRow[];
    });
  },
};
