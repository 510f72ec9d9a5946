import { monitorEventLoopDelay } from "node:perf_hooks";
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
    const shared = `group="${labels.group}",resource="${labels.resource}",scope="${labels.scope}",subresource="${labels.subresource}",verb="${labels.verb.toUpperCase()}",version="${labels.version}"`;
    const key = `code="${code}",${shared}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    if (labels.verb === "watch") return;
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
  text(store: Store, watches: number): string {
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
    add("apiserver_longrunning_requests", "gauge", "Watches open.", [['verb="WATCH"', watches]]);
    add("apiserver_storage_revision", "gauge", "The last resourceVersion given out.", [["", store.revision]]);
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

function resourceLabel(storage: string): string {
  const [group = "", plural = ""] = storage.split("/");
  return group === "" ? plural : `${plural}.${group}`;
}
