import type { KubeObject } from "@fairlead/apimachinery";
import { parseApplication } from "../application/parse.ts";
import { IN_CLUSTER } from "../names.ts";
import { normalizeRepo } from "../project/permit.ts";

type Labels = Readonly<Record<string, string>>;

/** Upper bounds of latency buckets, in seconds; Argo CD's for reconciles, finer ones for what we do in milliseconds. */
const RECONCILE_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16];
const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Counter {
  readonly labels: Labels;
  value: number;
}

interface Histogram {
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** What a cluster looks like from here, for gauges. */
export interface ClusterGauge {
  readonly server: string;
  readonly name: string;
  readonly objects: number;
  /** Kinds that are watched. */
  readonly kinds: number;
  /** Since the watches were begun. */
  readonly ageMs: number;
  /** Watch events so far, by group and kind. */
  readonly events: ReadonlyMap<string, number>;
  readonly version: string;
  readonly isConnected: boolean;
}

/** Prometheus metrics of the engine: Argo CD's names where it has them (facts/argocd.md §1.10), `fairlead_…` for our own latencies. */
export class AppMetrics {
  readonly #counters = new Map<string, Map<string, Counter>>();
  readonly #histograms = new Map<
    string,
    { readonly buckets: readonly number[]; readonly series: Map<string, Histogram> }
  >();

  reconciled(namespace: string, server: string | undefined, durationMs: number): void {
    const labels = { namespace, dest_server: server ?? "" };
    this.#observe("argocd_app_reconcile", RECONCILE_BUCKETS, labels, durationMs);
  }

  synced(app: Labels, phase: string, isDryRun: boolean, durationMs: number): void {
    this.#count("argocd_app_sync_total", { ...app, phase, dry_run: String(isDryRun) }, 1);
    this.#count("argocd_app_sync_duration_seconds_total", app, durationMs / 1000);
  }

  /** A request to a cluster for an application. @param labels Argo CD's: who, where, verb, kind and namespace of the object, code, dry run */
  requested(labels: Labels): void {
    this.#count("argocd_app_k8s_request_total", labels, 1);
  }

  rendered(durationMs: number): void {
    this.#observe("fairlead_app_render_seconds", LATENCY_BUCKETS, {}, durationMs);
  }

  webhook(provider: string, isPush: boolean): void {
    this.#count(
      "argocd_webhook_requests_total",
      { webhook_handler: provider, event_type: isPush ? "push" : "other" },
      1,
    );
  }

  drifted(app: Labels, manager: string): void {
    this.#count("fairlead_app_drift_total", { ...app, manager }, 1);
  }

  healed(durationMs: number): void {
    this.#observe("fairlead_app_heal_seconds", LATENCY_BUCKETS, {}, durationMs);
  }

  /**
   * The exposition text, with gauges made from what there is now.
   * @param compared how many applications were compared with their clusters since this process began: all of them, once it is warm
   */
  text(applications: readonly KubeObject[], clusters: readonly ClusterGauge[], compared: number): string {
    const lines: string[] = [];
    const servers = new Map(clusters.map(({ name, server }) => [name, server]));
    writeFamily(lines, "fairlead_apps_compared", "gauge", [{ labels: {}, value: compared }]);
    writeFamily(
      lines,
      "argocd_app_info",
      "gauge",
      applications.map((object) => ({ labels: infoLabels(object, servers), value: 1 })),
    );
    writeFamily(lines, "argocd_app_condition", "gauge", applications.flatMap(conditionSamples));
    const gauge = (name: string, value: (cluster: ClusterGauge) => number): void =>
      writeFamily(
        lines,
        name,
        "gauge",
        clusters.map((cluster) => ({ labels: { server: cluster.server }, value: value(cluster) })),
      );
    const connections = clusters.map(({ server, version, isConnected }) => ({
      labels: { server, k8s_version: version },
      value: isConnected ? 1 : 0,
    }));
    writeFamily(lines, "argocd_cluster_connection_status", "gauge", connections);
    gauge("argocd_cluster_api_resource_objects", ({ objects }) => objects);
    gauge("argocd_cluster_api_resources", ({ kinds }) => kinds);
    gauge("argocd_cluster_cache_age_seconds", ({ ageMs }) => Math.round(ageMs / 1000));
    const info = clusters.map(({ server, name, version }) => ({
      labels: { server, name, k8s_version: version },
      value: 1,
    }));
    writeFamily(lines, "argocd_cluster_info", "gauge", info);
    writeFamily(lines, "argocd_cluster_events_total", "counter", clusters.flatMap(eventSamples));
    const orphans = applications.flatMap((object) => {
      const value = orphansOfStatus(object);
      return value === undefined ? [] : [{ labels: namedLabels(object), value }];
    });
    writeFamily(lines, "argocd_app_orphaned_resources_count", "gauge", orphans);
    for (const [name, series] of this.#counters) writeFamily(lines, name, "counter", [...series.values()]);
    for (const [name, { buckets, series }] of this.#histograms)
      writeHistogram(lines, name, buckets, [...series.values()]);
    return `${lines.join("\n")}\n`;
  }

  #count(name: string, labels: Labels, by: number): void {
    const series = this.#counters.get(name) ?? new Map<string, Counter>();
    this.#counters.set(name, series);
    const key = JSON.stringify(labels);
    const counter = series.get(key);
    if (counter) counter.value += by;
    else series.set(key, { labels, value: by });
  }

  #observe(name: string, buckets: readonly number[], labels: Labels, durationMs: number): void {
    const family = this.#histograms.get(name) ?? { buckets, series: new Map<string, Histogram>() };
    this.#histograms.set(name, family);
    const key = JSON.stringify(labels);
    let histogram = family.series.get(key);
    if (!histogram) family.series.set(key, (histogram = { labels, counts: buckets.map(() => 0), sum: 0, count: 0 }));
    const seconds = durationMs / 1000;
    const at = buckets.findIndex((bound) => seconds <= bound);
    if (at >= 0) histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
    histogram.sum += seconds;
    histogram.count++;
  }
}

function eventSamples({ server, events }: ClusterGauge): Counter[] {
  return [...events].map(([kind, value]) => {
    const cut = kind.lastIndexOf("/");
    return { labels: { server, group: kind.slice(0, Math.max(0, cut)), kind: kind.slice(cut + 1) }, value };
  });
}

/** The number that the condition tells; none where the project does not look for orphans or nothing was found. */
function orphansOfStatus(object: KubeObject): number | undefined {
  const { conditions = [] } = parseApplication(object).application.status;
  const found = conditions.find(({ type }) => type === "OrphanedResourceWarning");
  const count = /has (\d+) orphaned/.exec(found?.message ?? "")?.[1];
  return count === undefined ? undefined : Number(count);
}

function namedLabels(object: KubeObject): Labels {
  const { name, namespace, project } = appLabels(object);
  return { name: name ?? "", namespace: namespace ?? "", project: project ?? "" };
}

/**
 * Labels by which an application is named in every metric.
 * @param server of its cluster, where that is known; a destination may say its name only
 */
export function appLabels(object: KubeObject, server?: string): Labels {
  const { application: app } = parseApplication(object);
  return {
    name: app.metadata.name,
    namespace: app.metadata.namespace,
    project: app.spec.project,
    dest_server: server ?? app.spec.destination.server ?? app.spec.destination.name ?? IN_CLUSTER.server,
  };
}

function infoLabels(object: KubeObject, servers: ReadonlyMap<string, string>): Labels {
  const { application: app } = parseApplication(object);
  return {
    ...appLabels(object, servers.get(app.spec.destination.name ?? "")),
    autosync_enabled: String(app.spec.automated !== undefined),
    dest_namespace: app.spec.destination.namespace ?? "",
    health_status: app.status.health?.status ?? "Unknown",
    operation: operationOf(app.status.operationState, object),
    repo: normalizeRepo(app.spec.sources[0]?.repoURL ?? ""),
    sync_status: app.status.sync?.status ?? "Unknown",
  };
}

/** What runs: a deletion, an operation that was asked for, or nothing. */
function operationOf(state: { readonly phase: string } | undefined, object: KubeObject): string {
  if (object.metadata.deletionTimestamp) return "delete";
  return object["operation"] !== undefined || state?.phase === "Running" ? "sync" : "";
}

function conditionSamples(object: KubeObject): Counter[] {
  const { application: app } = parseApplication(object);
  const counts = new Map<string, number>();
  for (const { type } of app.status.conditions ?? []) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([condition, value]) => ({ labels: { ...namedLabels(object), condition }, value }));
}

function writeFamily(lines: string[], name: string, type: string, samples: readonly Counter[]): void {
  if (samples.length === 0) return;
  lines.push(`# TYPE ${name} ${type}`);
  for (const { labels, value } of samples) lines.push(`${name}${labelText(labels)} ${value}`);
}

function writeHistogram(lines: string[], name: string, buckets: readonly number[], series: readonly Histogram[]): void {
  lines.push(`# TYPE ${name} histogram`);
  for (const { labels, counts, sum, count } of series) {
    let total = 0;
    buckets.forEach((bound, index) => {
      total += counts[index] ?? 0;
      lines.push(`${name}_bucket${labelText({ ...labels, le: String(bound) })} ${total}`);
    });
    lines.push(`${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`);
    lines.push(`${name}_sum${labelText(labels)} ${sum}`, `${name}_count${labelText(labels)} ${count}`);
  }
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length > 0 ? `{${parts.join(",")}}` : "";
}

/** The exposition format knows three escapes. */
function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
