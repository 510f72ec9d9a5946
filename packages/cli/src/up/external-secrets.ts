import { systemClock, type Logger } from "@fairlead/base";
import type { ApiServer } from "@fairlead/apiserver";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { createExternalSecrets, externalSecretsCrds } from "@fairlead/secrets";

const STORE = { apiVersion: "external-secrets.io/v1", kind: "SecretStore" };
const ATTEMPTS = 100;
const PAUSE_MS = 50;

/** The External Secrets controller over an embedded server. Gives what stops it. */
export async function startExternalSecretsOn(api: ApiServer, logger: Logger): Promise<() => Promise<void>> {
  const home = api.issueClient({ user: "fairlead", groups: ["system:masters"] });
  const connect = (config: ClusterConfig): KubeClient =>
    createClient(config, { clock: systemClock, logger, userAgent: "fairlead" });
  const hub = connect(home);
  for (const crd of externalSecretsCrds()) await hub.apply(crd, { fieldManager: "fairlead-up", force: true });
  await served(hub);
  const events = eventRecorder(hub, { component: "external-secrets", clock: systemClock, logger });
  const stopping = new AbortController();
  const running = createExternalSecrets({ hub, clock: systemClock, logger, events, connect, home })
    .run(stopping.signal)
    .catch((error: unknown) => {
      if (!stopping.signal.aborted) logger.error("external secrets controller ended", { error: String(error) });
    });
  return async () => {
    stopping.abort();
    await running;
    await events.flush();
    hub.close();
  };
}

/** A definition is served a moment after it was taken. */
async function served(hub: KubeClient): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await hub.list(STORE);
      return;
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
