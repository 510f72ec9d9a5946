import type { KubeObject } from "@fairlead/apimachinery";
import { keyOf } from "@fairlead/kube";
import { findCluster } from "../application/destination.ts";
import { parseApplication } from "../application/parse.ts";
import type { ClusterRegistry } from "../cluster/types.ts";
import type { AppOverview } from "./types.ts";

/** One application as a line of a table. */
export function overviewOf(object: KubeObject, clusters: ClusterRegistry): AppOverview {
  const { application: app } = parseApplication(object);
  const cluster = findCluster(app, clusters);
  const { sync, health, resources, conditions, operationState } = app.status;
  const isTroubled = operationState && operationState.phase !== "Succeeded";
  return {
    key: keyOf(object),
    project: app.spec.project,
    cluster: "server" in cluster ? cluster.name : (app.spec.destination.name ?? app.spec.destination.server ?? ""),
    sync: sync?.status ?? "Unknown",
    health: health?.status ?? "Unknown",
    revision: sync?.revision ?? sync?.revisions?.[0] ?? "",
    objects: resources?.length ?? 0,
    message: conditions?.[0]?.message ?? (isTroubled ? (operationState.message ?? "") : ""),
  };
}
