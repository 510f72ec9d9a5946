import { monitorEventLoopDelay } from "node:perf_hooks";
import type { OpenWatches } from "../http/watch.ts";
import type { InFlight } from "./pipeline.ts";
import type { Store } from "../storage/store.ts";

/** Seconds; the buckets of kube-apiserver that dashboards use. */
const BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

interface Durations {
  readonly counts: number[];
  sum: number;
  count: number;
}

interface Labels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
  readonly dryRun: string;
}

/** What metrics are read from when they are asked for. */
export interface Gauges {
  readonly store: Store;
  readonly watches: OpenWatches;
  readonly inFlight: InFlight;
}

/** Counts requests under kube-apiserver's metric names, so that its dashboards and alerts work. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Durations>();
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });

  constructor() {
    this.#delay.enable();
  }

  close(): void {
    this.#delay.disable();
  }

  observe(labels: Labels, code: number, seconds: number): void {
    const dryRun = labels.dryRun === "All" ? "All" : "";
    const rest = `group="${labels.group}",resource="${labels.resource}",scope="${labels.scope}",subresource="${labels.subresource}",verb="${labels.verb}",version="${labels.version}"`;
    const shared = `component="apiserver",dry_run="${dryRun}",${rest}`;
    const key = `code="${code}",${shared}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    if (labels.verb === "WATCH") return;
    let durations = this.#durations.get(shared);
    if (durations === undefined) {
      durations = { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      this.#durations.set(shared, durations);
    }
    durations.count++;
    durations.sum += seconds;
    const bucket = BUCKETS.findIndex((limit) => seconds <= limit);
    if (bucket >= 0) durations.counts[bucket] = (durations.counts[bucket] ?? 0) + 1;
  }

  /** Prometheus text, format 0.0.4. */
  text({ store, watches, inFlight }: Gauges): string {
    const lines: string[] = [];
    const add = (
      name: string,
      type: string,
      help: string,
      samples: Iterable<readonly [labels: string, value: number]>,
    ): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      for (const [labels, value] of samples) lines.push(`${name}${labels === "" ? "" : `{${labels}}`} ${value}`);
    };
    add("apiserver_request_total", "counter", "Requests answered.", this.#requests);
    lines.push(
      "# HELP apiserver_request_duration_seconds Time to answer, watches left out.",
      "# TYPE apiserver_request_duration_seconds histogram",
    );
    for (const [labels, durations] of this.#durations) lines.push(...histogramLines(labels, durations));
    const counts = [...store.counts()].map(
      ([resource, count]) => [`resource="${resourceLabel(resource)}"`, count] as const,
    );
    add("apiserver_storage_objects", "gauge", "Objects stored.", counts);
    const objects = [...store.counts()].map(([resource, count]) => {
      const [group = "", plural = ""] = resource.split("/");
      return [`group="${group}",resource="${plural}"`, count] as const;
    });
    add("apiserver_resource_objects", "gauge", "Objects stored, by group and resource.", objects);
    add("apiserver_storage_size_bytes", "gauge", "Bytes of the objects stored and of their history.", [
      ['storage_cluster_id="fairlead"', store.sizeBytes],
    ]);
    add("apiserver_longrunning_requests", "gauge", "Watches open.", watchCounts(watches));
    add("apiserver_current_inflight_requests", "gauge", "Requests being answered.", [
      ['request_kind="mutating"', inFlight.writes],
      ['request_kind="readOnly"', inFlight.reads],
    ]);
    add("apiserver_storage_revision", "gauge", "The last resourceVersion given out.", [["", store.revision]]);
    add("process_start_time_seconds", "gauge", "When the process started.", [["", performance.timeOrigin / 1000]]);
    add("process_resident_memory_bytes", "gauge", "Resident memory.", [["", process.memoryUsage.rss()]]);
    const { user, system } = process.cpuUsage();
    add("process_cpu_seconds_total", "counter", "CPU time used.", [["", (user + system) / 1e6]]);
    add("nodejs_eventloop_delay_seconds", "gauge", "Event loop delay, 99th percentile since the last scrape.", [
      ["", this.#delay.percentile(99) / 1e9],
    ]);
    this.#delay.reset();
    return `${lines.join("\n")}\n`;
  }
}

function histogramLines(labels: string, durations: Durations): string[] {
  const name = "apiserver_request_duration_seconds";
  let total = 0;
  const lines = BUCKETS.map((limit, index) => {
    total += durations.counts[index] ?? 0;
    return `${name}_bucket{${labels},le="${limit}"} ${total}`;
  });
  lines.push(`${name}_bucket{${labels},le="+Inf"} ${durations.count}`);
  return [...lines, `${name}_sum{${labels}} ${durations.sum}`, `${name}_count{${labels}} ${durations.count}`];
}

function watchCounts(watches: OpenWatches): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { resource } of watches) {
    const labels = `component="apiserver",group="${resource.group}",resource="${resource.plural}",verb="WATCH",version="${resource.version}"`;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return counts;
}

function resourceLabel(storage: string): string {
  const [group = "", plural = ""] = storage.split("/");
  return group === "" ? plural : `${plural}.${group}`;
}
