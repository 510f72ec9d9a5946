import type { KubeObject } from "@fairlead/apimachinery";
import { kindOf } from "../client/client.ts";
import type { KindRef } from "../client/refs.ts";
import type { KubeClient, SelectOptions } from "../client/types.ts";
import type { ApiResource } from "../discovery/types.ts";
import { inParallel } from "./run.ts";

export interface FindOptions extends SelectOptions {
  /** Default: every kind that can be listed and deleted. */
  readonly kinds?: readonly KindRef[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Kinds the server makes by itself, by the dozen. */
const NEVER = new Set(["Event", "EndpointSlice", "Endpoints", "ControllerRevision", "PodMetrics", "NodeMetrics"]);
const LISTS_AT_ONCE = 8;

/** Objects of many kinds that match, each object once though several versions or groups may serve it. */
export async function findObjects(client: KubeClient, options: FindOptions): Promise<KubeObject[]> {
  const { labelSelector, fieldSelector, namespace, signal } = options;
  const kinds = options.kinds ?? (await deletableKinds(client, namespace));
  const lists = await inParallel(kinds, LISTS_AT_ONCE, (kind) =>
    client.list(kind, { labelSelector, fieldSelector, namespace, signal }),
  );
  const found = new Map<string, KubeObject>();
  for (const object of lists.flatMap((list) => list.items)) {
    const { uid, namespace: at, name } = object.metadata;
    const key = uid ?? `${object.kind} ${at}/${name}`;
    if (!found.has(key)) found.set(key, object);
  }
  return [...found.values()];
}

async function deletableKinds(client: KubeClient, namespace: string | undefined): Promise<KindRef[]> {
  const preferred = new Map<string, ApiResource>();
  for (const resource of await client.discovery.all()) {
    const key = `${resource.group} ${resource.kind}`;
    const isUsable = resource.verbs.includes("list") && resource.verbs.includes("delete") && !NEVER.has(resource.kind);
    const isInScope = namespace === undefined || resource.namespaced;
    if (isUsable && isInScope && !preferred.has(key)) preferred.set(key, resource);
  }
  return [...preferred.values()].map((resource) => kindOf(resource));
}
