import type { KubeObject } from "@fairlead/apimachinery";
import type { Resource } from "../registry/types.ts";
import type { StoreEvent } from "../storage/history.ts";
import type { Internal } from "./internal.ts";

const NAMESPACES = "/namespaces";
const ROOT_CA_NAME = "kube-root-ca.crt";
const ROOT_CA_DESCRIPTION =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service " +
  "IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** Every namespace has the service account `default` and the certificate authority in a config map; both come back when deleted. */
export class ServiceAccountController {
  readonly #internal: Internal;
  readonly #caPem: string;
  readonly #accounts: Resource;
  readonly #configMaps: Resource;

  constructor(internal: Internal, caPem: string) {
    this.#internal = internal;
    this.#caPem = caPem;
    this.#accounts = internal.resource("", "v1", "serviceaccounts");
    this.#configMaps = internal.resource("", "v1", "configmaps");
  }

  /** Makes good what is missing, for all namespaces there are. */
  async start(): Promise<() => void> {
    const { store } = this.#internal.registry;
    await Promise.all(
      store
        .collection(NAMESPACES)
        .all()
        .map(({ name }) => this.#ensure(name)),
    );
    return store.onCommit((events) => this.#onCommit(events));
  }

  #onCommit(events: readonly StoreEvent[]): void {
    for (const { type, entry } of events) {
      if (entry.resource === NAMESPACES && type === "ADDED") this.#schedule(entry.name);
      const isOurs =
        (entry.resource === "/serviceaccounts" && entry.name === "default") ||
        (entry.resource === "/configmaps" && entry.name === ROOT_CA_NAME);
      if (isOurs && type === "DELETED") this.#schedule(entry.namespace);
    }
  }

  #schedule(namespace: string): void {
    this.#internal.run("a namespace could not be given its defaults", this.#ensure(namespace));
  }

  async #ensure(namespace: string): Promise<void> {
    const { store } = this.#internal.registry;
    const entry = store.get({ resource: NAMESPACES, namespace: "", name: namespace });
    if (entry === undefined || entry.parse().metadata.deletionTimestamp !== undefined) return;
    const { account, authority } = namespaceDefaults(namespace, this.#caPem);
    await Promise.all([
      this.#internal.ensure(this.#accounts, namespace, account),
      this.#internal.ensure(this.#configMaps, namespace, authority),
    ]);
  }
}

/** What every namespace has. */
export function namespaceDefaults(namespace: string, caPem: string): { account: KubeObject; authority: KubeObject } {
  return {
    account: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } },
    authority: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: ROOT_CA_NAME, namespace, annotations: { "kubernetes.io/description": ROOT_CA_DESCRIPTION } },
      data: { "ca.crt": caPem },
    },
  };
}
