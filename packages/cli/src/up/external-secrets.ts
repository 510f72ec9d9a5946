import { systemClock, type Logger } from "@fairlead/base";
import type { ApiServer } from "@fairlead/apiserver";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets, externalSecretsCrds } from "@fairlead/secrets";

const STORE = { apiVersion: "external-secrets.io/v1", kind: "SecretStore" };
const ATTEMPTS = 100;
const PAUSE_MS = 50;

export interface RunningExternalSecrets {
  /** Prometheus' text of the hub's. */
  metrics(): string;
  stop(): Promise<void>;
}

interface OneCluster {
  readonly name: string;
  readonly api: ApiServer;
}

/** External Secrets over embedded servers, the hub first: it is there when this resolves, the others follow by themselves. */
export async function startExternalSecretsOn(
  [hub, ...others]: readonly OneCluster[],
  options: { readonly allowGenericTargets: boolean; readonly logger: Logger },
): Promise<RunningExternalSecrets> {
  const { logger } = options;
  const stopping = new AbortController();
  const first = hub && (await startOne(hub, options, stopping.signal));
  const following = others.map((server) =>
    startOne(server, options, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted)
        logger.error("external secrets are not looked after", { cluster: server.name, error: String(error) });
      return undefined;
    }),
  );
  return {
    metrics: () => first?.metrics() ?? "",
    async stop() {
      stopping.abort();
      const running = [first, ...(await Promise.all(following))];
      for (const one of running) await one?.ended();
    },
  };
}

async function startOne(
  { name, api }: OneCluster,
  { allowGenericTargets, logger: parent }: { readonly allowGenericTargets: boolean; readonly logger: Logger },
  signal: AbortSignal,
): Promise<{ metrics: () => string; ended: () => Promise<void> }> {
  const logger = parent.with({ cluster: name });
  const home = api.issueClient({ user: "fairlead", groups: ["system:masters"] });
  const connect = (config: ClusterConfig): KubeClient =>
    createClient(config, { clock: systemClock, logger, userAgent: "fairlead", local: api.connect(config) });
  const client = connect(home);
  for (const crd of externalSecretsCrds()) {
    if (signal.aborted) break;
    await client.apply(crd, { fieldManager: "fairlead-up", force: true });
  }
  await served(client, signal);
  const events = eventRecorder(client, { component: "external-secrets", clock: systemClock, logger });
  const shared = { hub: client, clock: systemClock, logger, events, connect, home, environment: process.env };
  const controllers = createExternalSecrets({ ...shared, allowGenericTargets });
  const running = controllers.run(signal).catch((error: unknown) => {
    if (!signal.aborted) logger.error("external secrets controller ended", { error: String(error) });
  });
  return {
    metrics: () => controllers.metrics(),
    async ended() {
      await running;
      await events.flush();
      client.close();
    },
  };
}

/** A definition is served a moment after it was taken. */
async function served(client: KubeClient, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await client.list(STORE);
      return;
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
