import type { KubeObject } from "@fairlead/apimachinery";
import type { Clock } from "@fairlead/base";

interface Counts {
  calls: number;
  errors: number;
}

/** Counters in Prometheus' text form, under the names dashboards for External Secrets ask for (facts/secrets.md §1D). */
export class Metrics {
  readonly #clock: Clock;
  /** kind, then key → nanoseconds of the last reconcile. */
  readonly #durations = new Map<string, Map<string, number>>();
  readonly #syncs = new Map<string, Counts>();
  /** kind, then key → whether Ready. */
  readonly #conditions = new Map<string, Map<string, boolean>>();

  /** Labels of a provider call → how often. */
  readonly #calls = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes how long a reconcile took, as a gauge in nanoseconds: that is what External Secrets shows. */
  async timed<T>(kind: string, key: string, act: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.now();
    try {
      return await act();
    } finally {
      const durations = this.#durations.get(kind) ?? new Map<string, number>();
      this.#durations.set(kind, durations);
      durations.set(key, (this.#clock.now() - startedAt) * 1_000_000);
    }
  }

  countCall(provider: string, call: string, isOk: boolean): void {
    const labels = `provider="${provider}",call="${call}",status="${isOk ? "success" : "error"}"`;
    this.#calls.set(labels, (this.#calls.get(labels) ?? 0) + 1);
  }

  countSync(key: string): void {
    this.#countsOf(key).calls++;
  }

  countError(key: string): void {
    this.#countsOf(key).errors++;
  }

  condition(kind: string, { metadata }: KubeObject, isReady: boolean): void {
    const states = this.#conditions.get(kind) ?? new Map<string, boolean>();
    this.#conditions.set(kind, states);
    states.set(`${metadata.namespace ?? ""}/${metadata.name ?? ""}`, isReady);
  }

  forget(kind: string, key: string): void {
    this.#conditions.get(kind)?.delete(key.includes("/") ? key : `/${key}`);
    this.#durations.get(kind)?.delete(key);
    if (kind === "externalsecret") this.#syncs.delete(key);
  }

  text(): string {
    const lines: string[] = [];
    lines.push("# TYPE externalsecret_sync_calls_total counter");
    for (const [key, { calls }] of this.#syncs)
      lines.push(`externalsecret_sync_calls_total{${labelsOf(key)}} ${calls}`);
    lines.push("# TYPE externalsecret_sync_calls_error counter");
    for (const [key, { errors }] of this.#syncs)
      lines.push(`externalsecret_sync_calls_error{${labelsOf(key)}} ${errors}`);
    lines.push("# TYPE externalsecret_provider_api_calls_count counter");
    for (const [labels, count] of this.#calls)
      lines.push(`externalsecret_provider_api_calls_count{${labels}} ${count}`);
    for (const [kind, states] of this.#conditions) {
      lines.push(`# TYPE ${kind}_status_condition gauge`);
      for (const [key, isReady] of states)
        for (const status of ["True", "False"])
          lines.push(
            `${kind}_status_condition{${labelsOf(key)},condition="Ready",status="${status}"} ${isReady === (status === "True") ? 1 : 0}`,
          );
    }
    for (const [kind, durations] of this.#durations) {
      lines.push(`# TYPE ${kind}_reconcile_duration gauge`);
      for (const [key, nanoseconds] of durations)
        lines.push(`${kind}_reconcile_duration{${labelsOf(key)}} ${nanoseconds}`);
    }
    return `${lines.join("\n")}\n`;
  }

  #countsOf(key: string): Counts {
    const counts = this.#syncs.get(key) ?? { calls: 0, errors: 0 };
    this.#syncs.set(key, counts);
    return counts;
  }
}

/** Names of objects need no escaping: they are DNS names. */
function labelsOf(key: string): string {
  const slash = key.indexOf("/");
  return `name="${key.slice(slash + 1)}",namespace="${key.slice(0, Math.max(0, slash))}"`;
}
