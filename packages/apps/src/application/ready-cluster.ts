import { sleep } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { CRD_KIND, FIELD_MANAGER, NAMESPACE_KIND } from "../names.ts";
import type { Task } from "../sync/tasks.ts";
import type { Target } from "./target.ts";
import type { Execution } from "./execution.ts";

const ESTABLISHED_TIMEOUT_MS = 30_000;
const ESTABLISHED_POLL_MS = 50;

/** New kinds are served a moment after their CRD is there; what comes next may be of them. */
export async function establish(execution: Execution, chunk: readonly Task[]): Promise<void> {
  const { engine, target, signal } = execution;
  const until = engine.clock.now() + ESTABLISHED_TIMEOUT_MS;
  for (const task of chunk) {
    if (task.kind === "prune" || execution.active.results.get(task.id)?.status !== "Synced") continue;
    while (engine.clock.now() < until && !signal.aborted) {
      const crd = await target.live.client.find(CRD_KIND, task.ref.name, undefined, { signal });
      if (crd && isEstablished(crd)) break;
      await sleep(engine.clock, ESTABLISHED_POLL_MS, signal);
    }
  }
  target.live.client.discovery.invalidate();
  await target.live.lookAgain();
}

function isEstablished(crd: KubeObject): boolean {
  const status = crd["status"] as { conditions?: { type?: string; status?: string }[] } | undefined;
  return status?.conditions?.some(({ type, status: value }) => type === "Established" && value === "True") ?? false;
}

/**
 * CreateNamespace=true: the destination namespace with the labels and annotations it is to have. Not tracked, so it is never
 * pruned; changed metadata is applied, which Argo CD forgets (facts/argocd.md §1.12, observed).
 */
export async function ensureNamespace(execution: Execution): Promise<void> {
  const { target, signal } = execution;
  const { options, namespace, live, app } = target;
  if (!options.createNamespace || namespace === "") return;
  const known = live.store.get(`/Namespace//${namespace}`);
  const metadata = app.spec.managedNamespaceMetadata;
  if (known && isCovered(known.object, metadata)) return;
  const object: KubeObject = {
    ...NAMESPACE_KIND,
    metadata: {
      name: namespace,
      ...(metadata && Object.keys(metadata.labels).length > 0 ? { labels: { ...metadata.labels } } : {}),
      ...(metadata && Object.keys(metadata.annotations).length > 0 ? { annotations: { ...metadata.annotations } } : {}),
    },
  };
  live.absorb(await execution.writer.apply(object, { fieldManager: FIELD_MANAGER, force: true, signal }));
  execution.active.results.set(`PreSync//Namespace//${namespace}`, {
    group: "",
    version: "v1",
    kind: "Namespace",
    namespace: "",
    name: namespace,
    status: "Synced",
    message: `namespace/${namespace} ${known ? "serverside-applied" : "created"}`,
    hookPhase: "Succeeded",
    syncPhase: "PreSync",
  });
}

/** The destination namespace is there and lacks labels or annotations that this application is to keep on it. */
export function namespaceDiffers({ options, namespace, live, app }: Target): boolean {
  const known = options.createNamespace ? live.store.get(`/Namespace//${namespace}`) : undefined;
  if (!known || known.object.metadata.deletionTimestamp) return false;
  return !isCovered(known.object, app.spec.managedNamespaceMetadata);
}

function isCovered(namespace: KubeObject, metadata: Target["app"]["spec"]["managedNamespaceMetadata"]): boolean {
  const { labels = {}, annotations = {} } = namespace.metadata;
  const has = (there: Record<string, string>, wanted: Readonly<Record<string, string>> = {}): boolean =>
    Object.entries(wanted).every(([key, value]) => there[key] === value);
  return has(labels, metadata?.labels) && has(annotations, metadata?.annotations);
}
