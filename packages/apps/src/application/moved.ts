import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { Engine } from "../apps/engine.ts";
import type { Cluster } from "../cluster/types.ts";
import { ANNOTATIONS, IN_CLUSTER } from "../names.ts";
import type { AppState } from "./state.ts";
import { listOf, type Target } from "./target.ts";
import type { ConditionFact } from "./types.ts";

/** What an application left on clusters it went to before. */
export interface LeftBehind {
  readonly conditions: readonly ConditionFact[];
  /** What the annotation has to say from now on; null: nothing any more; undefined: what it says already. */
  readonly annotation: string | null | undefined;
}

/**
 * A destination that is moved to another cluster leaves the old objects where they are: Argo CD forgets them. We keep the old
 * cluster's name in an annotation for as long as anything of the application is there, and say so; nothing is deleted unasked.
 */
export function leftBehind(engine: Engine, target: Target, state: AppState): LeftBehind {
  const before = target.object.metadata.annotations?.[ANNOTATIONS.movedFrom];
  const known = listOf(before);
  const previous = previousServer(engine, target);
  const servers = [...new Set([...known, ...(previous === undefined ? [] : [previous])])];
  const conditions: ConditionFact[] = [];
  const kept = servers.filter((server) => {
    if (server === target.cluster.server) return false;
    const message = whatIsLeft(engine, target, server);
    if (message !== undefined) conditions.push({ type: "OrphanedResourceWarning", message });
    return message !== undefined;
  });
  state.movedFrom = kept;
  const text = kept.join(",");
  const annotation = text === (before ?? "") ? undefined : text === "" ? null : text;
  return { conditions, annotation };
}

/** Where the application was when it was last compared, if that is another cluster than now and it had objects there. */
function previousServer(engine: Engine, { app, cluster }: Target): string | undefined {
  const destination = app.status.sync?.comparedTo?.["destination"];
  if (!isJsonObject(destination) || (app.status.resources ?? []).length === 0) return undefined;
  const { server, name } = destination as JsonObject;
  const found =
    typeof name === "string" && name !== ""
      ? engine.clusters.byName(name)[0]?.server
      : typeof server === "string" && server !== ""
        ? server
        : IN_CLUSTER.server;
  return found === undefined || found === cluster.server ? undefined : found;
}

function whatIsLeft(engine: Engine, target: Target, server: string): string | undefined {
  const cluster: Cluster | undefined = engine.clusters.byServer(server);
  const what = "set the destination back to have them managed again, or delete them there";
  if (!cluster)
    return `the application was on ${server} before, which is not registered any more: its objects there are on their own`;
  const live = engine.live(cluster);
  const kinds = (target.app.status.resources ?? []).map(({ group, version, kind }) => ({
    apiVersion: group ? `${group}/${version}` : version,
    kind,
  }));
  if (!live.ensure(kinds))
    return `the application was on cluster ${cluster.name} before: looking for what is left there`;
  const count = live.store.tracked(target.instance).length;
  return count === 0
    ? undefined
    : `${count} objects of the application are still on cluster ${cluster.name}, where it was before: ${what}`;
}
