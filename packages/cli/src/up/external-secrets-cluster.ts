/** The External Secrets controller on a cluster that is there already: one replica runs it, and only where no other operator does. */
import { sleep, type Clock, type Logger } from "@fairlead/base";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets, type ExternalSecrets } from "@fairlead/secrets";
import type { WorkShares } from "./controllers.ts";

export interface ClusterExternalSecretsOptions {
  readonly hub: ClusterConfig;
  readonly client: KubeClient;
  /** `auto`: where we brought the kinds; `on`: wherever they are served. */
  readonly mode: "auto" | "on" | "off";
  readonly shares?: WorkShares | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ClusterExternalSecrets {
  /** Prometheus text; empty while another replica runs it. */
  metrics(): string;
  stop(): Promise<void>;
}

/** One replica reads stores and writes Secrets: reads are shared among objects only within a process. */
const SHARE = "externalsecrets";
const LOOK_EVERY_MS = 5_000;
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;
const PATHS = ["/apis/external-secrets.io/v1", "/apis/external-secrets.io/v1alpha1"] as const;

export function runExternalSecrets(options: ClusterExternalSecretsOptions): ClusterExternalSecrets {
  const { clock, logger, shares } = options;
  const stopping = new AbortController();
  let running: Running | undefined;
  let told = "";
  const isOurs = (): boolean => !stopping.signal.aborted && (shares?.owns(SHARE) ?? true);
  const look = async (): Promise<void> => {
    const why = isOurs() ? await reasonNotTo(options) : "another replica runs it";
    if (why !== told && why !== undefined) logger.info("not looking after ExternalSecrets", { why });
    told = why ?? "";
    if (why === undefined) running ??= start(options);
    else {
      const former = running;
      running = undefined;
      await former?.stop();
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!stopping.signal.aborted) logger.warn("ExternalSecrets cannot be looked after", { error: String(error) });
      });
      const waking = new AbortController();
      const undo = shares?.onChange(() => waking.abort());
      await sleep(clock, LOOK_EVERY_MS, AbortSignal.any([stopping.signal, waking.signal]));
      undo?.();
    }
    await running?.stop();
  };
  const ended = options.mode === "off" ? Promise.resolve() : loop();
  return {
    metrics: () => running?.controllers.metrics() ?? "",
    async stop() {
      stopping.abort();
      await ended;
    },
  };
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

interface Running {
  readonly controllers: ExternalSecrets;
  readonly stop: () => Promise<void>;
}

function start({ hub, client, environment, clock, logger }: ClusterExternalSecretsOptions): Running {
  const stopping = new AbortController();
  const events = eventRecorder(client, { component: "external-secrets", clock, logger });
  const connect = (config: ClusterConfig): KubeClient => createClient(config, { clock, logger, userAgent: "fairlead" });
  const controllers = createExternalSecrets({ hub: client, clock, logger, events, connect, home: hub, environment });
  const ended = controllers.run(stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) logger.error("external secrets controller ended", { error: String(error) });
  });
  logger.info("looking after ExternalSecrets", {});
  return {
    controllers,
    async stop() {
      stopping.abort();
      await ended;
      await events.flush();
    },
  };
}
