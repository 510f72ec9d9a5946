import { silentLogger, systemClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { createInformer, type KubeClient } from "@fairlead/kube";

const KINDS = [
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Secret" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "Job" },
] as const;
const AFTER_MS = 300;

/**
 * Stands in for the controllers that a bare API server lacks: Deployments become available, Jobs complete (those named `fail…`
 * fail), and nothing waits for a garbage collector. Notes in which order objects appeared.
 */
export class Workloads {
  readonly #client: KubeClient;
  readonly #onlyCollects: boolean;
  readonly #appeared = new Map<string, string[]>();

  /** @param onlyCollects no status is written: whoever looks does that */
  constructor(client: KubeClient, onlyCollects = false) {
    this.#client = client;
    this.#onlyCollects = onlyCollects;
  }

  async start(signal: AbortSignal): Promise<void> {
    const informers = KINDS.map((kind) =>
      createInformer(this.#client, { kind, clock: systemClock, logger: silentLogger }),
    );
    for (const [index, informer] of informers.entries()) {
      informer.subscribe(({ type, object }) => {
        const whole = { ...KINDS[index], ...object } as KubeObject;
        if (type === "added") this.#note(whole);
        if (type !== "deleted") setTimeout(() => void this.#tend(whole).catch(() => undefined), AFTER_MS);
      });
      informer.start(signal);
    }
    await Promise.all(informers.map((informer) => informer.synced));
  }

  /** Groups (`g0-…`, `g1-…`) of a namespace's objects in the order in which the first of each appeared. */
  groups(namespace: string): string[] {
    const groups = (this.#appeared.get(namespace) ?? []).flatMap((name) => /^(g-?\d+)-/.exec(name)?.[1] ?? []);
    return [...new Set(groups)];
  }

  #note({ metadata: { namespace = "", name = "" } }: KubeObject): void {
    const known = this.#appeared.get(namespace) ?? [];
    known.push(name);
    this.#appeared.set(namespace, known);
  }

  async #tend(object: KubeObject): Promise<void> {
    const { name = "", namespace, deletionTimestamp, finalizers = [], generation } = object.metadata;
    const ref = { apiVersion: object.apiVersion, kind: object.kind, name, namespace };
    if (deletionTimestamp && finalizers.includes("foregroundDeletion")) {
      const rest = finalizers.filter((finalizer) => finalizer !== "foregroundDeletion");
      await this.#client.patch(ref, {
        type: "merge",
        body: { metadata: { finalizers: rest.length > 0 ? rest : null } },
      });
      return;
    }
    if (this.#onlyCollects) return;
    const status =
      object.kind === "Job"
        ? jobStatus(object)
        : object.kind === "Deployment"
          ? deploymentStatus(object, generation)
          : undefined;
    if (status) await this.#client.patch(ref, { type: "merge", body: { status } }, { subresource: "status" });
  }
}

function deploymentStatus(object: KubeObject, generation: number | undefined): object | undefined {
  const before = (object["status"] ?? {}) as { observedGeneration?: number };
  if (before.observedGeneration === generation) return undefined;
  const replicas = (object["spec"] as { replicas?: number }).replicas ?? 1;
  const condition = { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "x" };
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  return { observedGeneration: generation, ...counts, conditions: [condition] };
}

function jobStatus(object: KubeObject): object | undefined {
  const before = (object["status"] ?? {}) as { conditions?: unknown[] };
  if (before.conditions?.length) return undefined;
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const condition = (type: string): object => ({
    type,
    status: "True",
    reason: "Suite",
    message: "x",
    lastProbeTime: now,
    lastTransitionTime: now,
  });
  if (object.metadata.name?.startsWith("fail")) {
    return { startTime: now, failed: 1, conditions: [condition("FailureTarget"), condition("Failed")] };
  }
  return {
    startTime: now,
    completionTime: now,
    succeeded: 1,
    conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
  };
}
