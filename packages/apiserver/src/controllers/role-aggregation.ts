import { labelSelectorFromObject, matchesLabels, type KubeObject } from "@fairlead/apimachinery";
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
    // Those that are aggregated may aggregate others: until nothing is left to write.
    while (await this.#aggregate());
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

  /** Whether there was something to write. */
  async #aggregate(): Promise<boolean> {
    const entries = this.#internal.registry.store.collection(CLUSTER_ROLES).list();
    const writes: Promise<void>[] = [];
    const roles = entries.map((entry) => ({
      name: entry.name,
      labels: entry.labels,
      rules: () => entry.parse()["rules"],
    }));
    for (const entry of entries) {
      if (!entry.includes('"aggregationRule"')) continue;
      const role = entry.parse();
      const rules = aggregatedRules(role, roles);
      if (rules === undefined || jsonEqual(rules, role["rules"] ?? [])) continue;
      writes.push(
        this.#internal.change(this.#resource, "", entry.name, (object) => {
          object["rules"] = rules;
        }),
      );
    }
    await Promise.all(writes);
    return writes.length > 0;
  }
}

/** A cluster role as those see it that may aggregate it. */
export interface AggregableRole {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  rules(): Json | undefined;
}

/** The rules of all roles that one selects, each once; undefined for a role that aggregates none. */
export function aggregatedRules(
  role: Pick<KubeObject, "metadata"> & { readonly [key: string]: unknown },
  roles: readonly AggregableRole[],
): Json[] | undefined {
  const rule = role["aggregationRule"];
  if (!isJsonObject(rule) || !Array.isArray(rule["clusterRoleSelectors"])) return undefined;
  const selectors = rule["clusterRoleSelectors"].map(labelSelectorFromObject);
  const rules: Json[] = [];
  for (const other of roles) {
    if (other.name === role.metadata.name || !selectors.some((one) => matchesLabels(one, other.labels))) continue;
    const own = other.rules();
    for (const item of Array.isArray(own) ? own : [])
      if (!rules.some((known) => jsonEqual(known, item))) rules.push(item);
  }
  return rules;
}
