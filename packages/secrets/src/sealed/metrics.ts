/** Metrics in Prometheus' text form under the names dashboards for Sealed Secrets ask for (facts/secrets.md §1A). */
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";

const PREFIX = "sealed_secrets_controller";
const CONDITION_VALUES: Readonly<Record<string, number>> = { True: 1, False: -1 };
/** Prometheus' usual buckets, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Why an unsealing failed, in the peer's words. */
export type ErrorReason = "fetch" | "unseal" | "unmanaged" | "update" | "status";

interface Durations {
  readonly counts: number[];
  sum: number;
  count: number;
}

export class SealedSecretsMetrics {
  #requests = 0;
  readonly #errors = new Map<string, number>();
  readonly #http = new Map<string, number>();
  readonly #durations = new Map<string, Durations>();

  countRequest(): void {
    this.#requests += 1;
  }

  countError(reason: ErrorReason, namespace: string): void {
    add(this.#errors, `reason="${reason}",namespace="${escaped(namespace)}"`);
  }

  countHttp(path: string, method: string, code: number, seconds: number): void {
    const of = `path="${escaped(path)}"`;
    const by = `method="${escaped(method.toLowerCase())}"`;
    add(this.#http, `code="${code}",${by},${of}`);
    const durations = this.#durations.get(`${by},${of}`) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#durations.set(`${by},${of}`, durations);
    durations.sum += seconds;
    durations.count += 1;
    for (const [index, limit] of BUCKETS.entries()) {
      if (seconds <= limit) durations.counts[index] = (durations.counts[index] ?? 0) + 1;
    }
  }

  /**
   * @param objects the SealedSecrets there are
   * @param isBackedUp whether the newest key is in a backup; undefined while unknown
   */
  text(objects: readonly KubeObject[], isBackedUp: boolean | undefined): string {
    const lines = [
      ...head("build_info", "gauge", "Build information."),
      `${PREFIX}_build_info{revision="fairlead"} 1`,
      ...head("unseal_requests_total", "counter", "Total number of sealed secret unseal requests"),
      `${PREFIX}_unseal_requests_total ${this.#requests}`,
      ...head("unseal_errors_total", "counter", "Total number of sealed secret unseal errors by reason"),
      ...rows("unseal_errors_total", this.#errors),
      ...head(
        "condition_info",
        "gauge",
        "Current SealedSecret condition status. Values are -1 (false), 0 (unknown or absent), 1 (true)",
      ),
      ...objects.flatMap(conditionRows),
      ...head("http_requests_total", "counter", "A counter for requests to the wrapped handler."),
      ...rows("http_requests_total", this.#http),
      ...head("http_request_duration_seconds", "histogram", "A histogram of latencies for requests."),
      ...[...this.#durations].flatMap(([labels, durations]) => histogramRows(labels, durations)),
    ];
    if (isBackedUp !== undefined) {
      lines.push(...head("newest_key_backed_up", "gauge", "Whether the newest sealing key is in a backup."));
      lines.push(`${PREFIX}_newest_key_backed_up ${isBackedUp ? 1 : 0}`);
    }
    return `${lines.join("\n")}\n`;
  }
}

function conditionRows({ metadata, status }: KubeObject): string[] {
  const conditions = isJsonObject(status) && Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return conditions.filter(isJsonObject).map((condition) => {
    const labels = [
      ["condition", String(condition["type"])],
      ["name", metadata.name ?? ""],
      ["namespace", metadata.namespace ?? ""],
      ["ss_app_kubernetes_io_instance", metadata.labels?.["app.kubernetes.io/instance"] ?? ""],
    ].map(([name, value = ""]) => `${name}="${escaped(value)}"`);
    return `${PREFIX}_condition_info{${labels.join()}} ${CONDITION_VALUES[String(condition["status"])] ?? 0}`;
  });
}

function histogramRows(labels: string, { counts, sum, count }: Durations): string[] {
  const name = `${PREFIX}_http_request_duration_seconds`;
  const buckets = BUCKETS.map((limit, index) => `${name}_bucket{${labels},le="${limit}"} ${counts[index] ?? 0}`);
  return [
    ...buckets,
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ];
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${PREFIX}_${name} ${help}`, `# TYPE ${PREFIX}_${name} ${type}`];
}

function rows(name: string, counts: ReadonlyMap<string, number>): string[] {
  return [...counts].map(([labels, count]) => `${PREFIX}_${name}{${labels}} ${count}`);
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}
