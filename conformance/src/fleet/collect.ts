import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";

const TRACKING = "argocd.argoproj.io/tracking-id";
/** Set by the server or by time: different on any two servers. */
const META_OF_THE_SERVER = ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];

/** Every object of a cluster that an Application manages, and the Applications themselves, by `Kind namespace/name`. */
export async function collectManaged(client: KubeClient): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const resource of await client.discovery.all()) {
    if (!resource.verbs.includes("list") || !resource.verbs.includes("patch")) continue;
    const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    const { items } = await client.list({ apiVersion, kind: resource.kind });
    for (const item of items) {
      const isManaged = item.metadata.annotations?.[TRACKING] !== undefined || resource.kind === "Application";
      if (!isManaged) continue;
      const { namespace, name } = item.metadata;
      found.set(`${apiVersion} ${resource.kind} ${namespace ? `${namespace}/` : ""}${name}`, comparable(item));
    }
  }
  return found;
}

/** What must be equal wherever it runs: what was asked for, what the server made of it, who owns which field. */
function comparable(object: KubeObject): unknown {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([key]) => !META_OF_THE_SERVER.includes(key)),
  );
  const owned = (object.metadata.managedFields ?? [])
    .filter((entry) => entry.operation === "Apply")
    .map(({ manager, apiVersion, fieldsV1 }) => ({ manager, apiVersion, fieldsV1 }));
  const { apiVersion, kind, metadata: _metadata, status, ...rest } = object;
  const base = { apiVersion, kind, metadata, owned, ...withoutAllocated(kind, rest) };
  return kind === "Application" ? { ...base, status: applicationStatus(status) } : base;
}

/** Addresses and node ports are given out by each server as it likes. */
function withoutAllocated(kind: string, object: Record<string, unknown>): Record<string, unknown> {
  if (kind !== "Service") return object;
  const spec = { ...(object["spec"] as Record<string, unknown>) };
  delete spec["clusterIP"];
  delete spec["clusterIPs"];
  const ports = spec["ports"] as Record<string, unknown>[] | undefined;
  return { ...object, spec: { ...spec, ports: ports?.map(({ nodePort: _nodePort, ...port }) => port) } };
}

function applicationStatus(status: unknown): unknown {
  const { sync, health, resources } = status as Record<string, Record<string, unknown>>;
  return { sync: sync?.["status"], health: health?.["status"], resources };
}
