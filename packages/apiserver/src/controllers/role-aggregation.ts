import { labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import { isJsonObject, jsonEqual, type Json } from "@fairlead/base";
import type { Resource } from "../registry/types.ts";
import type { Internal } from "./internal.ts";

const CLUSTER_ROLES = "rbac.authorization.k8s.io/clusterroles";

/** Fills cluster roles that aggregate others with the others' rules, by name, each rule once. */
export class RoleAggregation {
  readonly #internal: Internal;
  readonly #resource: Resource;
  #isQueued = false;

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#resource = internal.resource("rbac.authorization.k8s.io", "v1", "clusterroles");
  }

  async start(): Promise<() => void> {
    await this.#aggregate();
    return this.#internal.registry.store.onCommit((events) => {
      if (events.some(({ entry }) => entry.resource === CLUSTER_ROLES)) this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    queueMicrotask(() => {
      this.#isQueued = false;
      this.#internal.run("cluster roles could not be aggregated", this.#aggregate());
    });
  }

  async #aggregate(): Promise<void> {
    const entries = this.#internal.registry.store.collection(CLUSTER_ROLES).list();
    const writes: Promise<void>[] = [];
    for (const entry of entries) {
      if (!entry.includes('"aggregationRule"')) continue;
      const role = entry.parse();
      const rule = role["aggregationRule"];
      if (!isJsonObject(rule) || !Array.isArray(rule["clusterRoleSelectors"])) continue;
      const selectors = rule["clusterRoleSelectors"].map(labelSelectorFromObject);
      const rules: Json[] = [];
      for (const other of entries) {
        if (other.name === entry.name || !selectors.some((selector) => matchesLabels(selector, other.labels))) continue;
        const own = other.parse()["rules"];
        for (const item of Array.isArray(own) ? own : [])
          if (!rules.some((known) => jsonEqual(known, item))) rules.push(item);
      }
      if (jsonEqual(rules, role["rules"] ?? [])) continue;
      writes.push(
        this.#internal.change(this.#resource, "", entry.name, (object) => {
          object["rules"] = rules;
        }),
      );
    }
    await Promise.all(writes);
  }
}
