import { type BenchedControlPlane, withHealthyFleet } from "../support/control-plane.ts";
import { cpuSeconds, memoryMib } from "../support/process.ts";
import type { Bench, BenchRow } from "../types.ts";

const APPLICATIONS = 1000;
const IDLE_SECONDS = 60;
/** V8 gives back what the first sync needed in the first seconds after it. */
const SETTLE_MS = 20_000;

/** A quiet fleet: what it costs to do nothing. The embedded API server is in the same process. */
export const bench: Bench = {
  name: "idle",
  description: `${APPLICATIONS} applications, nothing happens for ${IDLE_SECONDS} s`,
  async run() {
    return withHealthyFleet(APPLICATIONS, async (plane) => {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const callsBefore = await requestsServed(plane);
      const cpuBefore = cpuSeconds(plane.pid);
      await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
      const cpu = ((cpuSeconds(plane.pid) - cpuBefore) / IDLE_SECONDS) * 100;
      // The reading of the counters before is a request too, and the only one that was asked for.
      const calls = (await requestsServed(plane)) - callsBefore - 1;
      return [
        { what: `API calls but watches in ${IDLE_SECONDS} s`, ours: calls, unit: "calls", target: { atMost: 0 } },
        { what: "CPU of one core", ours: cpu, unit: "%", target: { atMost: 1 } },
        { what: "memory", ours: memoryMib(plane.pid).now, unit: "MiB", target: { atMost: 300 } },
      ] satisfies BenchRow[];
    });
  },
};

/** From the server's own counters, watches left out. */
async function requestsServed(plane: BenchedControlPlane): Promise<number> {
  const { body } = await plane.client.request({ method: "GET", path: "/metrics" });
  let total = 0;
  for (const line of body.toString("utf8").split("\n")) {
    const match = /^apiserver_request_total\{(.*)\} (\d+)/.exec(line);
    if (match && !/verb="WATCH"/.test(match[1] ?? "")) total += Number(match[2]);
  }
  return total;
}
