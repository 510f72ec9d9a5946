import { formatProblem, type Clock, type Logger } from "@fairlead/base";
import { createInformer, type Change, type Informer, type KubeClient } from "@fairlead/kube";
import type { CredentialStore, SecretLike } from "@fairlead/sources";

const SECRET = { apiVersion: "v1", kind: "Secret" };
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const SECRET_TYPES = "argocd.argoproj.io/secret-type in (repository,repo-creds)";

export interface RepositorySecretsOptions {
  readonly hub: KubeClient;
  /** Where Argo CD's settings are. */
  readonly namespace: string;
  readonly store: CredentialStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps a store of credentials equal to the Secrets and ConfigMaps of the hub, as they change. Resolves once all that exist are known,
 * so that no application is told it may not read a repository just because we began before its Secret was seen.
 */
export async function followRepositorySecrets(options: RepositorySecretsOptions, signal: AbortSignal): Promise<void> {
  const { hub, namespace, store, clock, logger } = options;
  const secrets = createInformer(hub, { kind: SECRET, namespace, labelSelector: SECRET_TYPES, clock, logger });
  secrets.subscribe((change) => {
    const name = change.object.metadata.name ?? "";
    if (change.type === "deleted") return store.remove(name);
    for (const problem of store.put(name, change.object as unknown as SecretLike)) {
      logger.warn("repository Secret has a fault", { problem: formatProblem(problem), secret: name });
    }
  });
  const maps: readonly Informer[] = [
    followMap(options, "argocd-ssh-known-hosts-cm", (data) => store.setKnownHosts(data["ssh_known_hosts"])),
    followMap(options, "argocd-tls-certs-cm", (data) => store.setCertificates(data)),
  ];
  const all = [secrets, ...maps];
  for (const informer of all) informer.start(signal);
  await Promise.all(all.map((informer) => informer.synced));
}

function followMap(
  { hub, namespace, clock, logger }: RepositorySecretsOptions,
  name: string,
  learn: (data: Readonly<Record<string, string>>) => void,
): Informer {
  const fieldSelector = `metadata.name=${name}`;
  const informer = createInformer(hub, { kind: CONFIG_MAP, namespace, fieldSelector, clock, logger });
  informer.subscribe((change: Change) => {
    const { data } = change.object as { data?: Record<string, string> };
    learn(change.type === "deleted" ? {} : (data ?? {}));
  });
  return informer;
}
