import type { JsonObject } from "@fairlead/base";
import { Judged } from "./cluster.ts";
import { ROOT_TOKEN, startBao } from "./servers.ts";
import { selfSigned } from "./certificates.ts";
import { makeStores, type Ask } from "./vault-logins.ts";

/** OpenBao as Vault: its own API writes beforehand and reads what was pushed. */
export async function judgeVault(directory: string, say: (line: string) => void): Promise<Judged> {
  const server = selfSigned("openbao", "IP:127.0.0.1");
  const client = selfSigned("app", "DNS:app");
  const bao = await startBao(directory, server, client);
  const judged = await Judged.start({}, say);
  const ask: Ask = async (method, path, body, namespace) => {
    const headers: Record<string, string> = { "x-vault-token": ROOT_TOKEN, "content-type": "application/json" };
    if (namespace !== undefined) headers["x-vault-namespace"] = namespace;
    const answer = await fetch(`${bao.url}/v1/${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as JsonObject);
  };
  try {
    await prepare(ask);
    const stores = await makeStores({ judged, ask, bao, server, client });
    await read(judged, stores);
    await push(judged, ask, bao.url);
    return judged;
  } finally {
    await judged.stop().finally(() => bao.stop());
  }
}

async function prepare(ask: Ask): Promise<void> {
  await ask("POST", "sys/mounts/kv1", { type: "kv", options: { version: "1" } });
  await ask("POST", "sys/mounts/strict", { type: "kv", options: { version: "2" } });
  for (;;) {
    // A new engine of version 2 answers 400 until it is ready.
    const config = await ask("POST", "strict/config", { cas_required: true }).catch(() => undefined);
    if (config !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const first = { user: "ann", "a.b": "dot", n: 1.5, big: 12345678901, o: { k: "v" } };
  await ask("POST", "secret/data/app/db", { data: first });
  await ask("POST", "secret/data/app/db", { data: { user: "bob" } });
  await ask("POST", "secret/metadata/app/db", { custom_metadata: { team: "red" } });
  await ask("POST", "secret/data/app/deep/two", { data: { x: "2" } });
  await ask("POST", "kv1/one", { user: "old", list: [1, 2] });
  await ask("POST", "sys/namespaces/tenant", {});
  await ask("POST", "sys/mounts/inner", { type: "kv", options: { version: "1" } }, "tenant");
  await ask("POST", "inner/one", { user: "tenant" }, "tenant");
  const inner = 'path "inner/*" { capabilities = ["read", "list"] }';
  await ask("PUT", "sys/policies/acl/reader", { policy: inner }, "tenant");
  const rules = ["secret/*", "kv1/*"].map((path) => `path "${path}" { capabilities = ["read", "list"] }`).join("\n");
  await ask("PUT", "sys/policies/acl/reader", { policy: rules });
}

async function read(judged: Judged, stores: readonly string[]): Promise<void> {
  const one = (store: string, ...refs: (readonly [string, JsonObject])[]): JsonObject => ({
    secretStoreRef: { name: store },
    data: refs.map(([secretKey, remoteRef]) => ({ secretKey, remoteRef })),
  });
  for (const store of stores)
    await judged.brings(`a login by ${store}`, `by-${store}`, one(store, ["u", { key: "app/db", property: "user" }]), {
      u: "bob",
    });
  await judged.brings(
    "KV 2: versions, properties, metadata, repeated mounts",
    "kv2",
    one(
      "token",
      ["old", { key: "app/db", version: "1", property: "a.b" }],
      ["number", { key: "secret/data/app/db", version: "1", property: "n" }],
      ["big", { key: "secret/app/db", version: "1", property: "big" }],
      ["nested", { key: "app/db", version: "1", property: "o.k" }],
      ["whole", { key: "app/db" }],
      ["team", { key: "app/db", metadataPolicy: "Fetch", property: "team" }],
      ["version", { key: "app/db", metadataPolicy: "Fetch", property: "current_version" }],
    ),
    { old: "dot", number: "1.5", big: "12345678901", nested: "v", whole: '{"user":"bob"}', team: "red", version: "2" },
  );
  await judged.brings(
    "KV 1",
    "kv1",
    one("kv1", ["u", { key: "one", property: "user" }], ["l", { key: "one", property: "list.1" }]),
    {
      u: "old",
      l: "2",
    },
  );
  await judged.brings(
    "a namespace, by a login there",
    "tenant-login",
    one("tenant-login", ["u", { key: "one", property: "user" }]),
    { u: "tenant" },
  );
  await judged.brings("a namespace", "tenant", one("tenant", ["u", { key: "one", property: "user" }]), { u: "tenant" });
  const find = (what: JsonObject): JsonObject => ({ secretStoreRef: { name: "token" }, dataFrom: [{ find: what }] });
  await judged.brings("find by name", "find-name", find({ name: { regexp: "two$" } }), { app_deep_two: '{"x":"2"}' });
  await judged.brings("find by metadata", "find-tags", find({ tags: { team: "red" } }), { app_db: '{"user":"bob"}' });
  await judged.brings("find below a path", "find-path", find({ path: "app/deep", name: { regexp: ".*" } }), {
    app_deep_two: '{"x":"2"}',
  });
  const generator = {
    apiVersion: "generators.external-secrets.io/v1alpha1",
    kind: "VaultDynamicSecret",
    name: "dynamic",
  };
  await judged.create("VaultDynamicSecret", "dynamic", {
    spec: {
      path: "sys/tools/random/16",
      method: "POST",
      parameters: { format: "hex" },
      provider: await providerOf(judged),
    },
  });
  await judged.create("ExternalSecret", "dynamic", {
    spec: { refreshInterval: "0s", dataFrom: [{ sourceRef: { generatorRef: generator } }] },
  });
  await judged.judge("VaultDynamicSecret", ["random_bytes"], async () => Object.keys(await judged.entries("dynamic")));
}

/** The provider of the store that uses a token. */
async function providerOf(judged: Judged): Promise<JsonObject> {
  const store = await judged.hub.get({ apiVersion: "external-secrets.io/v1", kind: "SecretStore" }, "token", "team");
  return ((store["spec"] as JsonObject)["provider"] as JsonObject)["vault"] as JsonObject;
}

async function push(judged: Judged, ask: Ask, server: string): Promise<void> {
  const auth = { tokenSecretRef: { name: "vault", key: "token" } };
  const strict = { server, path: "strict", auth, checkAndSet: { required: true } };
  await judged.create("SecretStore", "strict", { spec: { provider: { vault: strict } } });
  await judged.secret("source", { user: "ann", password: "<p&w>" });
  const spec = (store: string): JsonObject => ({
    secretStoreRefs: [{ name: store }],
    deletionPolicy: "Delete",
    refreshInterval: "1s",
    selector: { secret: { name: "source" } },
    data: [
      { match: { remoteRef: { remoteKey: "pushed/whole" } } },
      { match: { secretKey: "user", remoteRef: { remoteKey: "pushed/part", property: "u" } } },
      { match: { secretKey: "password", remoteRef: { remoteKey: "pushed/part", property: "p" } } },
    ],
  });
  for (const store of ["token", "strict", "kv1"])
    await judged.create("PushSecret", `to-${store}`, { spec: spec(store) });
  const inner = async (path: string): Promise<JsonObject> => ((await ask("GET", path))["data"] ?? {}) as JsonObject;
  const both = async (mount: string): Promise<unknown> => {
    const whole = await inner(`${mount}/data/pushed/whole`);
    const part = await inner(`${mount}/data/pushed/part`);
    const { custom_metadata: custom } = await inner(`${mount}/metadata/pushed/whole`);
    return { whole: whole["data"], part: part["data"], custom };
  };
  const custom = { "managed-by": "external-secrets" };
  const wanted = { whole: { user: "ann", password: "<p&w>" }, part: { u: "ann", p: "<p&w>" }, custom };
  await judged.judge("pushed to KV 2", wanted, () => both("secret"));
  await judged.judge("pushed to KV 2 that wants versions named", wanted, () => both("strict"));
  await judged.judge("pushed to KV 1", { user: "ann", password: "<p&w>", custom_metadata: custom }, () =>
    inner("kv1/pushed/whole"),
  );
  await judged.hub.patch(
    { apiVersion: "v1", kind: "Secret", name: "source", namespace: "team" },
    { type: "merge", body: { data: { user: Buffer.from("bob").toString("base64") } } },
  );
  const changed = { ...wanted, whole: { user: "bob", password: "<p&w>" }, part: { u: "bob", p: "<p&w>" } };
  await judged.judge("a change is pushed, over the version that was there", changed, () => both("strict"));
  const theirs = { match: { remoteRef: { remoteKey: "app/db" } } };
  await judged.create("PushSecret", "theirs", {
    spec: { secretStoreRefs: [{ name: "token" }], selector: { secret: { name: "source" } }, data: [theirs] },
  });
  await judged.judge("what somebody else wrote is not overwritten", true, async () =>
    (await judged.condition("PushSecret", "theirs")).message.includes("secret not managed by external-secrets"),
  );
  const kind = { apiVersion: "external-secrets.io/v1alpha1", kind: "PushSecret" };
  for (const store of ["token", "strict", "kv1"]) await judged.hub.delete(kind, `to-${store}`, "team");
  const left = async (path: string): Promise<unknown> =>
    (await inner(`${path}?list=true`).catch(() => ({ keys: [] })))["keys"];
  await judged.judge("what was pushed goes with its PushSecret", [["app/"], [], ["one"]], () =>
    Promise.all(["secret/metadata", "strict/metadata", "kv1"].map(left)),
  );
}
