/** The External Secrets controller on a cluster that is there already: one replica runs it, and only where no other operator does. */
import type { Clock, Logger } from "@fairlead/base";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets } from "@fairlead/secrets";
import type { WorkShares } from "./controllers.ts";
import { runOnOneReplica, type RunningController } from "./on-one-replica.ts";

export interface ClusterExternalSecretsOptions {
  readonly hub: ClusterConfig;
  readonly client: KubeClient;
  /** `auto`: where we brought the kinds; `on`: wherever they are served. */
  readonly mode: "auto" | "on" | "off";
  /** Whether they may write objects that are no Secrets. */
  readonly allowGenericTargets: boolean;
  readonly shares?: WorkShares | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One replica reads stores and writes Secrets: reads are shared among objects only within a process. */
const SHARE = "externalsecrets";
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;
const PATHS = ["/apis/external-secrets.io/v1", "/apis/external-secrets.io/v1alpha1"] as const;

export function runExternalSecrets(options: ClusterExternalSecretsOptions): RunningController {
  const { clock, logger, shares, mode } = options;
  return runOnOneReplica({
    what: "ExternalSecrets",
    share: SHARE,
    shares,
    clock,
    logger,
    mode,
    reasonNotTo: () => reasonNotTo(options),
    start: () => start(options),
  });
}

/** Why the controller should not run here now. */
async function reasonNotTo({ client, mode }: ClusterExternalSecretsOptions): Promise<string | undefined> {
  for (const path of PATHS) {
    const { status } = await client.request({ method: "GET", path });
    if (status === 404) return "ExternalSecrets are not served here: fairlead install brings the kinds";
    if (status !== 200) return `the API server answers ${status}`;
  }
  if (mode === "on") return undefined;
  const crd = await client.find(CRD, "externalsecrets.external-secrets.io");
  const isOurs = crd?.metadata.managedFields?.some(({ manager }) => String(manager).startsWith("fairlead")) ?? false;
  return isOurs
    ? undefined
    : "the kinds were brought by somebody else, whose operator may be anywhere; two would write Secrets side by side (--external-secrets on: there is none)";
}

function start(options: ClusterExternalSecretsOptions): RunningController {
  const { hub, client, environment, allowGenericTargets, clock, logger } = options;
  const stopping = new AbortController();
  const events = eventRecorder(client, { component: "external-secrets", clock, logger });
  const connect = (config: ClusterConfig): KubeClient => createClient(config, { clock, logger, userAgent: "fairlead" });
  const shared = { hub: client, clock, logger, events, connect, home: hub, environment, allowGenericTargets };
  const controllers = createExternalSecrets(shared);
  const ended = controllers.run(stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) logger.error("external secrets controller ended", { error: String(error) });
  });
  logger.info("looking after ExternalSecrets", {});
  return {
    metrics: () => controllers.metrics(),
    async stop() {
      stopping.abort();
      await ended;
      await events.flush();
    },
  };
}
