import { systemClock, type Logger } from "@fairlead/base";
import type { ApiServer } from "@fairlead/apiserver";
import type { KubeObject } from "@fairlead/apimachinery";
import { createClient, eventRecorder, isAlreadyExists, type KubeClient } from "@fairlead/kube";
import { KEY_NAMESPACE, sealedSecretCrd, SERVICE_NAME, startSealedSecrets } from "@fairlead/secrets";

/** The container's port behind the Service. */
export const SEALED_SECRETS_PORT = 8081;
export const PART_OF = "app.kubernetes.io/part-of";

/**
 * The SealedSecret controller over an embedded server, answering where kubeseal looks for it: the service proxy of
 * kube-system/sealed-secrets-controller. Gives what stops it.
 */
export async function startSealedSecretsOn(api: ApiServer, logger: Logger): Promise<() => Promise<void>> {
  const access = api.issueClient({ user: "fairlead", groups: ["system:masters"] });
  const client = createClient(access, {
    clock: systemClock,
    logger,
    userAgent: "fairlead",
    local: api.connect(access),
  });
  await client.apply(sealedSecretCrd(), { fieldManager: "fairlead-up", force: true });
  await createService(client);
  await served(client);
  const events = eventRecorder(client, { component: "sealed-secrets", clock: systemClock, logger });
  const running = await startSealedSecrets({ client, clock: systemClock, logger, events });
  const withdraw = api.serviceProxies.register(KEY_NAMESPACE, SERVICE_NAME, running.service);
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

/** kubeseal asks for it, to learn the name of its port. What is behind it is written by whoever runs the controller. */
export function sealedSecretsService(): KubeObject {
  const ports = [{ name: "http", port: 8080, protocol: "TCP", targetPort: SEALED_SECRETS_PORT }];
  const labels = { "app.kubernetes.io/name": "sealed-secrets", [PART_OF]: "fairlead" };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: SERVICE_NAME, namespace: KEY_NAMESPACE, labels },
    spec: { ports },
  };
}

async function createService(client: KubeClient): Promise<void> {
  try {
    await client.create(sealedSecretsService());
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
