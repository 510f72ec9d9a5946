import { flushCompileCache } from "node:module";
import { performance } from "node:perf_hooks";
import v8 from "node:v8";
import vm from "node:vm";

const LOOK_INTERVAL_MS = 1_000;
/** The share of a second that the event loop may be busy for the process to count as quiet. */
const QUIET_UTILIZATION_MAX = 0.05;
/** Growth of the heap since the last time that is worth a collection. */
const WORTHWHILE_BYTES = 8 * 1024 * 1024;

type Collect = (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

/**
 * Gives memory back when a server has gone quiet. V8 keeps the young generation as large as the last burst made it, and garbage until
 * more is needed (docs/decisions/0012). Ends with the process; while nothing happens it costs a look at two counters a second.
 */
export function giveMemoryBack(): void {
  let utilization = performance.eventLoopUtilization();
  let keptBytes = 0;
  let collect: Collect | undefined;
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    const isQuiet = performance.eventLoopUtilization(now, utilization).utilization < QUIET_UTILIZATION_MAX;
    utilization = now;
    if (!isQuiet || v8.getHeapStatistics().total_physical_size < keptBytes + WORTHWHILE_BYTES) return;
    collect ??= collector();
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
    keptBytes = v8.getHeapStatistics().total_physical_size;
    utilization = performance.eventLoopUtilization();
  };
  setInterval(look, LOOK_INTERVAL_MS).unref();
}

/**
 * Fast while the heap is small, thrifty once it is large: a third of a small controller's processor time went into keeping its heap tight,
 * while ten thousands of objects must fit where they are run (docs/decisions/0012). Looks once a second, until it has happened.
 */
export function saveMemoryBeyond(heapBytes: number, save: () => void = optimizeForSize): void {
  const timer = setInterval(() => {
    if (v8.getHeapStatistics().total_physical_size < heapBytes) return;
    clearInterval(timer);
    save();
  }, LOOK_INTERVAL_MS).unref();
}

function optimizeForSize(): void {
  // Compiled code is only good for the flags that it was made under: what there is by now is kept before they change.
  flushCompileCache();
  v8.setFlagsFromString("--optimize-for-size");
}

function collector(): Collect {
  // Compiled code is only good for the flags that it was made under: what there is by now is kept before they change.
  flushCompileCache();
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc") as Collect;
}
