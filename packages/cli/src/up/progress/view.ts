import type { KubeObject } from "@fairlead/apimachinery";
import { createInformer, type Informer, type KubeClient } from "@fairlead/kube";
import { ARGOCD_NAMESPACE } from "../bootstrap.ts";
import { isSettled, reasonsNotSettled, rowOf, type Row } from "./model.ts";

/** The hub's Applications and sets as rows, kept current by their informers. */
export class FleetView {
  readonly #applications: Informer;
  readonly #sets: Informer;
  readonly #clusterName: (server: string) => string;
  readonly #rows = new Map<string, Row>();
  readonly #listeners = new Set<(row: Row, before: Row | undefined) => void>();

  /** Watches a hub until the signal aborts. */
  static start(hub: KubeClient, clusterName: (server: string) => string, signal: AbortSignal): FleetView {
    const [applications, sets] = ["Application", "ApplicationSet"].map((kind) =>
      createInformer(hub, { kind: { apiVersion: "argoproj.io/v1alpha1", kind }, namespace: ARGOCD_NAMESPACE }),
    ) as [Informer, Informer];
    const view = new FleetView(applications, sets, clusterName);
    applications.start(signal);
    sets.start(signal);
    return view;
  }

  private constructor(applications: Informer, sets: Informer, clusterName: (server: string) => string) {
    this.#applications = applications;
    this.#sets = sets;
    this.#clusterName = clusterName;
    applications.subscribe(({ type, object }) => this.#take(type === "deleted" ? undefined : object, object));
    sets.subscribe(() => this.#settle());
  }

  get rows(): Row[] {
    return [...this.#rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get isSettled(): boolean {
    return isSettled(this.rows, this.#sets.list());
  }

  get reasons(): string[] {
    return reasonsNotSettled(this.rows, this.#sets.list());
  }

  get size(): number {
    return this.#applications.size;
  }

  /** Calls back when a row's stage or failure changes. */
  onRow(listener: (row: Row, before: Row | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with true once everything is Synced and Healthy, with false when the time is over or the signal aborts. */
  settled(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#waiters.delete(check);
        resolve(this.isSettled);
      };
      const check = (): void => {
        if (this.isSettled) end();
      };
      const timer = setTimeout(end, timeoutMs);
      signal.addEventListener("abort", end, { once: true });
      this.#waiters.add(check);
      check();
    });
  }

  readonly #waiters = new Set<() => void>();

  #take(object: KubeObject | undefined, last: KubeObject): void {
    const name = last.metadata.name ?? "";
    const before = this.#rows.get(name);
    if (object === undefined) this.#rows.delete(name);
    else {
      const row = rowOf(object, this.#clusterName);
      this.#rows.set(name, row);
      if (before?.stage !== row.stage || before.isFailed !== row.isFailed) {
        for (const listener of this.#listeners) listener(row, before);
      }
    }
    this.#settle();
  }

  #settle(): void {
    for (const check of this.#waiters) check();
  }
}
