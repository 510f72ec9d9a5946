import { isJsonObject, problemError } from "@fairlead/base";
import { fromBytes } from "@fairlead/gotemplate";
import type { KubeClient } from "@fairlead/kube";
import { SECRET } from "../model/names.ts";
import { dataOf } from "../values/secret-data.ts";
import type { AccountRef, Credentials, StoreIdentity } from "../providers/types.ts";

/**
 * Reads what a store's provider needs to get in. The one place where the namespace of a reference counts: a SecretStore stays in its
 * own, whatever its references say (CVE-2026-42875 was a caProvider that did not); a ClusterSecretStore may name any, and without a
 * name the namespace of the object that asks is meant.
 */
export function credentialsFor(
  hub: KubeClient,
  store: StoreIdentity,
  objectNamespace: string,
  ownToken: () => Promise<string>,
): Credentials {
  const namespaceOf = (ref: { readonly name: string; readonly namespace: string | undefined }): string => {
    if (store.namespace === undefined) return ref.namespace ?? objectNamespace;
    if (ref.namespace === undefined || ref.namespace === store.namespace) return store.namespace;
    throw problemError(
      "InvalidStore",
      `the reference to ${JSON.stringify(ref.name)} names namespace ${ref.namespace}, but a SecretStore may only use its own (${store.namespace})`,
    );
  };
  const objectOf = async (kind: "Secret" | "ConfigMap", ref: { name: string; namespace: string | undefined }) => {
    const namespace = namespaceOf(ref);
    const found = await hub.find({ apiVersion: "v1", kind }, ref.name, namespace);
    if (found !== undefined) return found;
    throw problemError("StoreNotReady", `cannot get Kubernetes ${kind} ${namespace}/${ref.name}: it does not exist`);
  };
  const missing = (kind: string, ref: { name: string; key: string }): Error =>
    problemError("StoreNotReady", `${kind} ${ref.name} has no key ${JSON.stringify(ref.key)}`);
  return {
    async secretText(ref) {
      const value = dataOf(await objectOf("Secret", ref)).get(ref.key);
      if (value === undefined) throw missing(SECRET.kind, ref);
      return fromBytes(value);
    },
    async configMapText(ref) {
      const { data } = await objectOf("ConfigMap", ref);
      const text = isJsonObject(data) ? data[ref.key] : undefined;
      if (typeof text !== "string") throw missing("ConfigMap", ref);
      return text;
    },
    async secretData(ref) {
      const secret = await objectOf("Secret", ref);
      return { data: dataOf(secret), labels: secret.metadata.labels ?? {} };
    },
    async accountAnnotations(ref) {
      const namespace = namespaceOf(ref);
      const account = await hub.find({ apiVersion: "v1", kind: "ServiceAccount" }, ref.name, namespace);
      if (account !== undefined) return account.metadata.annotations ?? {};
      throw problemError("StoreNotReady", `ServiceAccount ${namespace}/${ref.name} does not exist`);
    },
    accountToken: (ref, audiences, seconds) => requestToken(hub, ref, namespaceOf(ref), audiences, seconds),
    ownToken,
  };
}

async function requestToken(
  hub: KubeClient,
  ref: AccountRef,
  namespace: string,
  audiences: readonly string[],
  seconds: number,
): Promise<string> {
  const answer = await hub.request({
    method: "POST",
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(ref.name)}/token`,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: [...ref.audiences, ...audiences], expirationSeconds: seconds },
    },
  });
  if (answer.status >= 300)
    throw problemError(
      "StoreNotReady",
      `cannot get a token of ServiceAccount ${namespace}/${ref.name}: status ${answer.status}`,
    );
  const { status } = JSON.parse(answer.body.toString()) as { status?: { token?: unknown } };
  if (typeof status?.token === "string") return status.token;
  throw problemError("StoreNotReady", `the cluster gave no token of ServiceAccount ${namespace}/${ref.name}`);
}
