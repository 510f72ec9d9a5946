import { silentLogger, systemClock } from "@fairlead/base";
import { createInformer, type KubeClient } from "@fairlead/kube";

/** Stands in for the workload controllers of a cluster that runs no pods: Deployments become available at once. */
export function readyDeployments(client: KubeClient, signal: AbortSignal): void {
  const kind = { apiVersion: "apps/v1", kind: "Deployment" };
  const informer = createInformer(client, { kind, clock: systemClock, logger: silentLogger });
  informer.subscribe(({ type, object }) => {
    const { name = "", namespace, generation } = object.metadata;
    const seen = (object["status"] as { observedGeneration?: number } | undefined)?.observedGeneration;
    if (type === "deleted" || seen === generation) return;
    const replicas = (object["spec"] as { replicas?: number }).replicas ?? 1;
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    const available = { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "available" };
    const status = { observedGeneration: generation, ...counts, conditions: [available] };
    const ref = { ...kind, name, namespace };
    // A write that was too late is seen again and done again.
    client.patch(ref, { type: "merge", body: { status } }, { subresource: "status" }).catch(() => undefined);
  });
  informer.start(signal);
}
