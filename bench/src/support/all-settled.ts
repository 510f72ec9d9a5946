import { silentLogger, systemClock } from "@fairlead/base";
import { createInformer, type KubeClient } from "@fairlead/kube";

interface Settling {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly count: number;
  readonly withinMs: number;
  readonly onProgress?: (settled: number) => void;
}

/** Begins to watch at once; resolves when so many Applications of the namespace are Synced and Healthy at the same time. */
export function allSettled({ client, namespace, count, withinMs, onProgress }: Settling): Promise<void> {
  const settled = new Set<string>();
  const watching = new AbortController();
  const kind = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
  const informer = createInformer(client, { kind, namespace, clock: systemClock, logger: silentLogger });
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`only ${settled.size} of ${count} applications were Synced and Healthy in time`));
    }, withinMs);
    informer.subscribe(({ object }) => {
      const status = object["status"] as { sync?: { status?: string }; health?: { status?: string } } | undefined;
      const isSettled = status?.sync?.status === "Synced" && status.health?.status === "Healthy";
      const { size } = settled;
      if (isSettled) settled.add(object.metadata.name ?? "");
      else settled.delete(object.metadata.name ?? "");
      if (settled.size > size) onProgress?.(settled.size);
      if (settled.size < count) return;
      clearTimeout(timer);
      resolve();
    });
    informer.start(watching.signal);
  }).finally(() => watching.abort());
}
