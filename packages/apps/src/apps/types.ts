import type { Clock, Logger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { EventRecorder, KubeClient } from "@fairlead/kube";
import type { HealthCode, SyncStatusCode } from "../application/types.ts";
import type { ClusterRegistry } from "../cluster/types.ts";
import type { Health } from "../compare/compare.ts";
import type { Jq } from "../compare/jq.ts";
import type { CommandRun } from "../plugin/command.ts";
import type { VerifySignature } from "../signature/check.ts";
import type { Settings } from "../settings/parse.ts";
import type { SourceAccess } from "../source/types.ts";
import type { WebhookAnswer, WebhookEvent, WebhookRequest } from "../webhook/types.ts";
import type { AppEvents } from "./events.ts";

export interface AppsOptions {
  /** The cluster that holds Applications, AppProjects and cluster Secrets. */
  readonly hub: KubeClient;
  readonly clusters: ClusterRegistry;
  readonly sources: SourceAccess;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The control plane's namespace; Argo CD's is `argocd`. Applications elsewhere need their project's consent. */
  readonly namespace: string;
  /** Settings that never change. Absent: the ConfigMaps of Argo CD in `namespace` are followed. */
  readonly settings?: Settings | undefined;
  /** How an object is doing; undefined for kinds without a check. Default: apimachinery's healthOf. */
  readonly health?: ((object: KubeObject) => Health | undefined) | undefined;
  /** What evaluates jq expressions of ignoreDifferences. Default: jq in a worker thread, started when one needs it. */
  readonly jq?: Jq | undefined;
  /** How a plugin's command is run. Default: in a process of its own, within limits. */
  readonly runPlugin?: ((run: CommandRun) => Promise<string>) | undefined;
  /** What verifies the signature of a commit. Default: the system's gpg. */
  readonly verifySignature?: VerifySignature | undefined;
  /** Hears of the settings once they are known, and whenever they change. */
  readonly onSettings?: ((settings: Settings) => void) | undefined;
  /** Hears of every webhook that was believed, e.g. to wake ApplicationSets. */
  readonly onWebhook?: ((event: WebhookEvent) => void) | undefined;
  /** Which applications this replica works on; all when absent. */
  readonly shares?: Shares | undefined;
  /** Kubernetes Events about applications; none when absent. */
  readonly recorder?: EventRecorder | undefined;
  readonly workers?: number | undefined;
  readonly random?: (() => number) | undefined;
}

/** A replica's share of the applications, by `namespace/name`. It may change at any time; what is under way then is broken off. */
export interface Shares {
  owns(key: string): boolean;
  /** Called when keys may have come or gone. Returns the undo. */
  onChange(listener: () => void): () => void;
}

/** One line of a table of applications, from memory: no API call. */
export interface AppOverview {
  readonly key: string;
  readonly project: string;
  readonly cluster: string;
  readonly sync: SyncStatusCode;
  readonly health: HealthCode;
  readonly revision: string;
  readonly objects: number;
  /** The first condition or the operation's message, when there is something to say. */
  readonly message: string;
}

/** The running application engine. */
export interface Apps {
  readonly events: AppEvents;
  overview(): readonly AppOverview[];
  /** Prometheus text: Argo CD's metric names where it has them, and our own latencies. */
  metrics(): string;
  /** Takes a Git host's webhook: the applications concerned are woken. Never throws. */
  webhook(request: WebhookRequest): Promise<WebhookAnswer>;
  /** Looks at the application's sources and objects again now. */
  refresh(key: string): Promise<void>;
  /** Resolves when every reconcile under way has ended. Operations that wait go on at the next start. */
  stop(): Promise<void>;
}
