import { isJsonObject, jsonEqual } from "@fairlead/base";
import { readAmounts, toJson } from "../admission/amounts.ts";
import { Quotas } from "../admission/quota.ts";
import type { Resource } from "../registry/types.ts";
import type { StoreEvent } from "../storage/history.ts";
import type { Internal } from "./internal.ts";

const QUOTAS = "/resourcequotas";
/** Usage changes in bursts; people look at it now and then. */
const SETTLE_MS = 200;

/** Keeps `status.hard` and `status.used` of quotas as things are. Costs nothing where there are no quotas. */
export class QuotaStatus {
  readonly #internal: Internal;
  readonly #resource: Resource;
  readonly #quotas: Quotas;
  readonly #due = new Set<string>();

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#resource = internal.resource("", "v1", "resourcequotas");
    this.#quotas = new Quotas(internal.registry.store);
  }

  start(): () => void {
    return this.#internal.registry.store.onCommit((events) => this.#onCommit(events));
  }

  #onCommit(events: readonly StoreEvent[]): void {
    const quotas = this.#internal.registry.store.collection(QUOTAS);
    if (quotas.size === 0) return;
    for (const { type, entry } of events) {
      const isQuota = entry.resource === QUOTAS;
      if (!isQuota && type === "MODIFIED" && entry.resource !== "/pods") continue;
      if (entry.namespace === "" || this.#due.has(entry.namespace) || quotas.list(entry.namespace).length === 0)
        continue;
      this.#due.add(entry.namespace);
      setTimeout(() => this.#settle(entry.namespace), SETTLE_MS).unref();
    }
  }

  #settle(namespace: string): void {
    this.#due.delete(namespace);
    for (const entry of this.#internal.registry.store.collection(QUOTAS).list(namespace)) {
      const { spec, status } = entry.parse();
      const hard = readAmounts(isJsonObject(spec) ? spec["hard"] : undefined);
      const next = { hard: toJson(hard), used: toJson(this.#quotas.used(namespace, hard.keys())) };
      if (jsonEqual(status, next)) continue;
      const change = this.#internal.change(
        this.#resource,
        namespace,
        entry.name,
        (object) => void (object["status"] = next),
        "status",
      );
      this.#internal.run("a quota's usage could not be written", change);
    }
  }
}
