import { systemClock, type Logger } from "@fairlead/base";
import type { ApiServer } from "@fairlead/apiserver";
import { createClient, eventRecorder, isAlreadyExists, type KubeClient } from "@fairlead/kube";
import { sealedSecretCrd, startSealedSecrets } from "@fairlead/secrets";

const NAMESPACE = "kube-system";
const SERVICE = "sealed-secrets-controller";

/**
 * The SealedSecret controller over an embedded server, answering where kubeseal looks for it: the service proxy of
 * kube-system/sealed-secrets-controller. Gives what stops it.
 */
export async function startSealedSecretsOn(api: ApiServer, logger: Logger): Promise<() => Promise<void>> {
  const access = api.issueClient({ user: "fairlead", groups: ["system:masters"] });
  const client = createClient(access, { clock: systemClock, logger, userAgent: "fairlead" });
  await client.apply(sealedSecretCrd(), { fieldManager: "fairlead-up", force: true });
  await createService(client);
  await served(client);
  const events = eventRecorder(client, { component: "sealed-secrets", clock: systemClock, logger });
  const running = await startSealedSecrets({ client, clock: systemClock, logger, events, namespace: NAMESPACE });
  const withdraw = api.serviceProxies.register(NAMESPACE, SERVICE, running.service);
  return async () => {
    withdraw();
    await running.stop();
    await events.flush();
    client.close();
  };
}

/** A definition is served a moment after it was taken. */
async function served(client: KubeClient): Promise<void> {
  const ATTEMPTS = 100;
  const PAUSE_MS = 50;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.list({ apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" });
      return;
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** kubeseal asks for it, to learn the name of its port. */
async function createService(client: KubeClient): Promise<void> {
  const ports = [{ name: "http", port: 8080, protocol: "TCP", targetPort: 8080 }];
  try {
    await client.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: SERVICE, namespace: NAMESPACE, labels: { "app.kubernetes.io/name": "sealed-secrets" } },
      spec: { ports },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
