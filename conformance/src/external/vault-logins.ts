import { createPublicKey, generateKeyPairSync, sign, type webcrypto } from "node:crypto";
import type { JsonObject } from "@fairlead/base";
import type { Certificate } from "./certificates.ts";
import type { Judged } from "./cluster.ts";
import { ROOT_TOKEN, type RunningBao } from "./servers.ts";

export type Ask = (method: string, path: string, body?: JsonObject, namespace?: string) => Promise<JsonObject>;

export interface Place {
  readonly judged: Judged;
  readonly ask: Ask;
  readonly bao: RunningBao;
  /** What OpenBao shows, and what a client shows to it. */
  readonly server: Certificate;
  readonly client: Certificate;
}

const POLICY = { token_policies: "reader" };
const ref = (key: string): JsonObject => ({ name: "vault", key });

/** Makes a store for each way in, by the same names; every one may read the same keys. The names of those that read the root's KV 2. */
export async function makeStores(place: Place): Promise<string[]> {
  const { judged, bao } = place;
  const byRole = await appRole(place);
  const byJwt = await jwt(place);
  const accounts = await serviceAccounts(place);
  const password = await userPass(place);
  const cert = await certificate(place);
  const { certificate: ca } = place.server;
  await judged.secret("vault", {
    token: ROOT_TOKEN,
    ca,
    ...byRole.texts,
    ...byJwt.texts,
    ...password.texts,
    ...cert.texts,
  });
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "vault", namespace: "team" }, data: { ca } };
  await judged.hub.create(map);
  const token = { tokenSecretRef: ref("token") };
  const { "approle-tenant": own = {}, ...roles } = byRole.auths;
  const plain = { token, ...roles, ...byJwt.auths, ...accounts, ...password.auths };
  const trusted = { caBundle: Buffer.from(ca).toString("base64") };
  const shown = { tls: { certSecretRef: ref("clientCert"), keySecretRef: ref("clientKey") } };
  const byTls: Record<string, JsonObject> = {
    cert: { ...trusted, auth: cert.auth },
    mtls: { ...trusted, ...shown, auth: token },
    "ca-secret": { caProvider: { type: "Secret", ...ref("ca") }, ...shown, auth: token },
    "ca-configmap": { caProvider: { type: "ConfigMap", ...ref("ca") }, auth: cert.auth },
  };
  const stores = new Map<string, JsonObject>();
  for (const [name, auth] of Object.entries(plain)) stores.set(name, { server: bao.url, path: "secret", auth });
  for (const [name, more] of Object.entries(byTls)) stores.set(name, { server: bao.tlsUrl, path: "secret", ...more });
  for (const [name, vault] of stores) await judged.create("SecretStore", name, { spec: { provider: { vault } } });
  await otherPlaces(place, token, own);
  return [...stores.keys()];
}

/** KV 1, and a namespace into which one may log in or come with a token of the root. */
async function otherPlaces({ judged, bao: { url } }: Place, token: JsonObject, own: JsonObject): Promise<void> {
  const kv1 = { server: url, path: "kv1", version: "v1", auth: token };
  const tenant = {
    server: url,
    path: "inner",
    version: "v1",
    namespace: "tenant",
    auth: { ...token, namespace: "root" },
  };
  const inside = { ...tenant, auth: own };
  for (const [name, vault] of Object.entries({ kv1, tenant, "tenant-login": inside }))
    await judged.create("SecretStore", name, { spec: { provider: { vault } } });
}

/** A role by its id in the store and by one in a Secret; and one of a namespace. */
async function appRole({ ask }: Place): Promise<{ auths: Record<string, JsonObject>; texts: Record<string, string> }> {
  const make = async (namespace?: string): Promise<{ role: string; secret: string }> => {
    await ask("POST", "sys/auth/approle", { type: "approle" }, namespace);
    await ask("POST", "auth/approle/role/app", POLICY, namespace);
    const role = (await ask("GET", "auth/approle/role/app/role-id", undefined, namespace))["data"] as JsonObject;
    const secret = (await ask("POST", "auth/approle/role/app/secret-id", {}, namespace))["data"] as JsonObject;
    return { role: String(role["role_id"]), secret: String(secret["secret_id"]) };
  };
  const root = await make();
  const tenant = await make("tenant");
  const auth = (id: JsonObject, key: string): JsonObject => ({
    appRole: { path: "approle", ...id, secretRef: ref(key) },
  });
  return {
    auths: {
      approle: auth({ roleId: root.role }, "id"),
      "approle-ref": auth({ roleRef: ref("role") }, "id"),
      "approle-tenant": auth({ roleId: tenant.role }, "tenantId"),
    },
    texts: { role: root.role, id: root.secret, tenantId: tenant.secret },
  };
}

async function userPass({ ask }: Place): Promise<{ auths: Record<string, JsonObject>; texts: Record<string, string> }> {
  await ask("POST", "sys/auth/userpass", { type: "userpass" });
  await ask("POST", "auth/userpass/users/ann", { password: "p&w", ...POLICY });
  const auth = { userPass: { path: "userpass", username: "ann", secretRef: ref("password") } };
  return { auths: { userpass: auth }, texts: { password: "p&w" } };
}

/** A token of somebody else's key, from a Secret. */
async function jwt({ ask }: Place): Promise<{ auths: Record<string, JsonObject>; texts: Record<string, string> }> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await jwtMount(ask, "jwt", publicKey.export({ type: "spki", format: "pem" }).toString());
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: "app", aud: "vault", iat: now, nbf: now - 60, exp: now + 3600 };
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  const token = `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
  return { auths: { jwt: { jwt: { path: "jwt", role: "app", secretRef: ref("jwt") } } }, texts: { jwt: token } };
}

async function jwtMount(ask: Ask, path: string, ...keys: string[]): Promise<void> {
  await ask("POST", `sys/auth/${path}`, { type: "jwt" });
  await ask("POST", `auth/${path}/config`, { jwt_validation_pubkeys: keys });
  const role = { role_type: "jwt", user_claim: "sub", bound_audiences: ["vault"], ...POLICY };
  await ask("POST", `auth/${path}/role/app`, role);
}

/** Tokens of a ServiceAccount of the cluster: OpenBao asks the cluster for one, and knows the cluster's keys for the other. */
async function serviceAccounts({ judged, ask }: Place): Promise<Record<string, JsonObject>> {
  const { hub, home } = judged;
  for (const name of ["app", "reviewer"]) await judged.create("ServiceAccount", name, {});
  const rbac = "rbac.authorization.k8s.io";
  await hub.create({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "reviewer" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", name: "reviewer", namespace: "team" }],
  });
  const asked = await hub.request({
    method: "POST",
    path: "/api/v1/namespaces/team/serviceaccounts/reviewer/token",
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} }),
    headers: { "content-type": "application/json" },
  });
  const reviewer = (JSON.parse(asked.body.toString()) as { status: { token: string } }).status.token;
  await ask("POST", "sys/auth/kubernetes", { type: "kubernetes" });
  await ask("POST", "auth/kubernetes/config", {
    kubernetes_host: home.server,
    kubernetes_ca_cert: Buffer.from(home.caData ?? "", "base64").toString(),
    token_reviewer_jwt: reviewer,
    disable_local_ca_jwt: true,
  });
  const bound = { bound_service_account_names: ["app"], bound_service_account_namespaces: ["team"], audience: "vault" };
  await ask("POST", "auth/kubernetes/role/app", { ...bound, ...POLICY });
  const keys = await hub.request({ method: "GET", path: "/openid/v1/jwks" });
  const { keys: jwks } = JSON.parse(keys.body.toString()) as { keys: webcrypto.JsonWebKey[] };
  const pem = (key: webcrypto.JsonWebKey): string =>
    createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  await jwtMount(ask, "jwt-cluster", ...jwks.map(pem));
  const serviceAccountRef = { name: "app" };
  return {
    kubernetes: { kubernetes: { mountPath: "kubernetes", role: "app", serviceAccountRef } },
    "jwt-account": { jwt: { path: "jwt-cluster", role: "app", kubernetesServiceAccountToken: { serviceAccountRef } } },
  };
}

async function certificate({ ask, client }: Place): Promise<{ auth: JsonObject; texts: Record<string, string> }> {
  await ask("POST", "sys/auth/cert", { type: "cert" });
  await ask("POST", "auth/cert/certs/app", { certificate: client.certificate, ...POLICY });
  const auth = { cert: { path: "cert", clientCert: ref("clientCert"), secretRef: ref("clientKey") } };
  return { auth, texts: { clientCert: client.certificate, clientKey: client.key } };
}
