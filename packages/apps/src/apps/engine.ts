import type { Clock, Logger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import type { Claims } from "../application/claims.ts";
import type { Patience } from "../application/patience.ts";
import type { AppState } from "../application/state.ts";
import type { ApplicationSource } from "../application/types.ts";
import type { Cluster, ClusterRegistry } from "../cluster/types.ts";
import type { Health } from "../compare/compare.ts";
import type { Jq } from "../compare/jq.ts";
import type { LiveCluster } from "../live/cluster.ts";
import type { ParsedProject } from "../project/parse.ts";
import type { PluginRenderer } from "../plugin/render.ts";
import type { SourceAccess } from "../source/types.ts";
import type { Signatures } from "../signature/check.ts";
import type { Settings } from "../settings/parse.ts";
import type { Tracking } from "../sync/tracking.ts";
import type { AppEvent } from "./events.ts";
import type { AppMetrics } from "./metrics.ts";

/** What the parts of the engine share: the world as it is known, and ways to act on it. */
export interface Engine {
  readonly hub: KubeClient;
  readonly clusters: ClusterRegistry;
  readonly sources: SourceAccess;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly tracking: Tracking;
  readonly settings: Settings;
  readonly jq: Jq;
  readonly plugins: PluginRenderer;
  readonly signatures: Signatures;
  readonly claims: Claims;
  readonly metrics: AppMetrics;
  readonly random: () => number;
  readonly health: (object: KubeObject) => Health | undefined;
  /** The Application as last seen or written; undefined when it is gone. */
  application(key: string): KubeObject | undefined;
  /** Takes in the answer to a write of ours, so that the next reconcile does not see the past. */
  wrote(object: KubeObject): void;
  project(name: string): ParsedProject | undefined;
  live(cluster: Cluster): LiveCluster;
  state(key: string): AppState;
  /** Looks at the application again; `why` is for the log. */
  wake(key: string, why: string, options?: { readonly afterMs?: number; readonly priority?: number }): void;
  emit(event: AppEvent): void;
  /** A Kubernetes Event about the application. */
  tell(object: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
  /** Watches the repositories of an application, for as long as it names them. */
  follow(key: string, sources: readonly ApplicationSource[]): void;
}
