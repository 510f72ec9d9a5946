import type { JsonObject } from "@fairlead/base";
import { Judged } from "./cluster.ts";
import { boto, startMoto } from "./servers.ts";

const AUTH = {
  secretRef: {
    accessKeyIDSecretRef: { name: "aws", key: "id" },
    secretAccessKeySecretRef: { name: "aws", key: "secret" },
  },
};
const PUSH_METADATA = { apiVersion: "kubernetes.external-secrets.io/v1alpha1", kind: "PushSecretMetadata" };

const SETUP = String.raw`
first = sm.create_secret(Name="app/db", SecretString='{"user":"ann","a.b":"dot","n":1.50,"o":{"k":"v"}}', Tags=[{"Key":"team","Value":"red"}])
sm.put_secret_value(SecretId="app/db", SecretString='{"user":"bob"}')
sm.create_secret(Name="app/bin", SecretBinary=bytes([255, 0, 65]), Tags=[{"Key":"team","Value":"blue"}])
sm.create_secret(Name="other", SecretString="plain")
sm.create_secret(Name="doomed", SecretString="x")
sm.delete_secret(SecretId="doomed")
sm.create_secret(Name="theirs", SecretString="theirs")
ssm.put_parameter(Name="/app/one", Value="v1", Type="SecureString", Tags=[{"Key":"team","Value":"red"}])
ssm.put_parameter(Name="/app/one", Value='{"p":"v2"}', Type="SecureString", Overwrite=True)
ssm.put_parameter(Name="/app/deep/two", Value="two", Type="String")
print(json.dumps(first["VersionId"]))
`;

/** moto as AWS, and AWS' own SDK for Python to write beforehand and to read what was pushed. */
export async function judgeAws(directory: string, say: (line: string) => void): Promise<Judged> {
  const moto = await startMoto(directory);
  const judged = await Judged.start({ AWS_ENDPOINT_URL: moto.url }, say);
  try {
    const version = String(await boto(directory, moto.url, SETUP));
    await judged.secret("aws", { id: "AKIDEXAMPLE", secret: "secret" });
    const store = (more: JsonObject): JsonObject => ({
      spec: { provider: { aws: { region: "eu-west-1", auth: AUTH, ...more } } },
    });
    await judged.create("SecretStore", "sm", store({ service: "SecretsManager" }));
    await judged.create("SecretStore", "ps", store({ service: "ParameterStore" }));
    const role = { role: "arn:aws:iam::123456789012:role/last", sessionTags: [{ key: "team", value: "red" }] };
    const chain = { additionalRoles: ["arn:aws:iam::123456789012:role/first"], ...role };
    await judged.create("SecretStore", "chain", store({ service: "SecretsManager", prefix: "app/", ...chain }));
    const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/irsa" };
    await judged.create("ServiceAccount", "app", {}, { annotations });
    const jwt = { auth: { jwt: { serviceAccountRef: { name: "app" } } } };
    await judged.create("SecretStore", "irsa", store({ service: "SecretsManager", ...jwt }));
    await read(judged, version);
    await push(judged, directory, moto.url);
    await generate(judged);
    return judged;
  } finally {
    await judged.stop().finally(() => moto.stop());
  }
}

async function read(judged: Judged, version: string): Promise<void> {
  const from = (store: string, ...data: (readonly [string, JsonObject])[]): JsonObject => ({
    secretStoreRef: { name: store },
    data: data.map(([secretKey, remoteRef]) => ({ secretKey, remoteRef })),
  });
  await judged.brings(
    "Secrets Manager: stages, versions, properties, tags, bytes",
    "sm-read",
    from(
      "sm",
      ["current", { key: "app/db", property: "user" }],
      ["previous", { key: "app/db", version: "AWSPREVIOUS", property: "user" }],
      ["by-id", { key: "app/db", version: `uuid/${version}`, property: "a.b" }],
      ["number", { key: "app/db", version: "AWSPREVIOUS", property: "n" }],
      ["nested", { key: "app/db", version: "AWSPREVIOUS", property: "o.k" }],
      ["tag", { key: "app/db", metadataPolicy: "Fetch", property: "team" }],
      ["tags", { key: "app/db", metadataPolicy: "Fetch" }],
      ["bytes", { key: "app/bin" }],
    ),
    {
      current: "bob",
      previous: "ann",
      "by-id": "dot",
      number: "1.50",
      nested: "v",
      tag: "red",
      tags: '{"team":"red"}',
      bytes: "hex:ff0041",
    },
  );
  const find = (store: string, what: JsonObject): JsonObject => ({
    secretStoreRef: { name: store },
    dataFrom: [{ find: what }],
  });
  await judged.brings("Secrets Manager: find by name", "sm-name", find("sm", { name: { regexp: "^app/b" } }), {
    app_bin: "hex:ff0041",
  });
  await judged.brings("Secrets Manager: find by tags", "sm-tags", find("sm", { tags: { team: "red" } }), {
    app_db: '{"user":"bob"}',
  });
  await judged.brings(
    "Secrets Manager: find below a path",
    "sm-path",
    find("sm", { path: "app/", name: { regexp: "db" }, conversionStrategy: "Unicode" }),
    { app_U002f_db: '{"user":"bob"}' },
  );
  await judged.brings(
    "a map, renamed",
    "sm-map",
    {
      secretStoreRef: { name: "sm" },
      dataFrom: [{ extract: { key: "app/db" }, rewrite: [{ regexp: { source: "^(.*)$", target: "db-$1" } }] }],
    },
    { "db-user": "bob" },
  );
  await judged.brings(
    "roles one after another, and a prefix",
    "chain-read",
    from("chain", ["u", { key: "db", property: "user" }]),
    { u: "bob" },
  );
  await judged.brings(
    "a ServiceAccount's role",
    "irsa-read",
    from("irsa", ["u", { key: "app/db", property: "user" }]),
    { u: "bob" },
  );
  await judged.brings(
    "Parameter Store: versions, properties, tags",
    "ps-read",
    from(
      "ps",
      ["current", { key: "/app/one", property: "p" }],
      ["first", { key: "/app/one", version: "1" }],
      ["tags", { key: "/app/one", metadataPolicy: "Fetch" }],
    ),
    { current: "v2", first: "v1", tags: '{"team":"red"}' },
  );
  await judged.brings(
    "Parameter Store: find below a path",
    "ps-path",
    find("ps", { path: "/app", name: { regexp: "two" } }),
    {
      _app_deep_two: "two",
    },
  );
  await judged.brings("Parameter Store: find by tags", "ps-tags", find("ps", { tags: { team: "red" } }), {
    _app_one: '{"p":"v2"}',
  });
  await missing(judged, from("sm", ["a", { key: "doomed" }]), "doomed");
  await missing(judged, from("sm", ["a", { key: "never" }]), "never");
}

async function missing(judged: Judged, spec: JsonObject, name: string): Promise<void> {
  await judged.create("ExternalSecret", name, { spec });
  await judged.judge(`${name}: there is no such secret`, true, async () => {
    const { reason, message } = await judged.condition("ExternalSecret", name);
    return reason === "SecretSyncedError" && message.includes("Secret does not exist");
  });
}

async function push(judged: Judged, directory: string, url: string): Promise<void> {
  await judged.secret("source", { user: "ann", password: "<p&w>" });
  const spec = (store: string, tags: JsonObject): JsonObject => ({
    secretStoreRefs: [{ name: store }],
    deletionPolicy: "Delete",
    selector: { secret: { name: "source" } },
    data: [
      { match: { remoteRef: { remoteKey: "/pushed/whole" } }, metadata: { ...PUSH_METADATA, spec: tags } },
      { match: { secretKey: "user", remoteRef: { remoteKey: "/pushed/part", property: "deep.user" } } },
      { match: { secretKey: "password", remoteRef: { remoteKey: "/pushed/part", property: "password" } } },
    ],
  });
  await judged.create("PushSecret", "to-sm", {
    spec: spec("sm", { secretPushFormat: "string", tags: { team: "red" } }),
  });
  await judged.create("PushSecret", "to-ps", {
    spec: spec("ps", { secretType: "SecureString", encodeAsDecoded: true }),
  });
  const ask = (program: string) => (): Promise<unknown> => boto(directory, url, program);
  const whole = '{"password":"<p&w>","user":"ann"}';
  const part = { deep: { user: "ann" }, password: "<p&w>" };
  await judged.judge(
    "what is pushed to Secrets Manager, AWS' SDK reads",
    { whole, part, tags: { "managed-by": "external-secrets", team: "red" } },
    ask(
      `part = sm.get_secret_value(SecretId="/pushed/part")
print(json.dumps({"whole": sm.get_secret_value(SecretId="/pushed/whole")["SecretString"], "part": json.loads(part.get("SecretString") or part["SecretBinary"]), "tags": {t["Key"]: t["Value"] for t in sm.describe_secret(SecretId="/pushed/whole")["Tags"]}}))`,
    ),
  );
  await judged.judge(
    "what is pushed to Parameter Store, AWS' SDK reads",
    { whole, part, type: "SecureString", tags: { "managed-by": "external-secrets" } },
    ask(
      `whole = ssm.get_parameter(Name="/pushed/whole", WithDecryption=True)["Parameter"]
print(json.dumps({"whole": whole["Value"], "type": whole["Type"], "part": json.loads(ssm.get_parameter(Name="/pushed/part")["Parameter"]["Value"]), "tags": {t["Key"]: t["Value"] for t in ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/pushed/whole")["TagList"]}}))`,
    ),
  );
  const theirs = { match: { secretKey: "user", remoteRef: { remoteKey: "theirs" } } };
  await judged.create("PushSecret", "theirs", {
    spec: { secretStoreRefs: [{ name: "sm" }], selector: { secret: { name: "source" } }, data: [theirs] },
  });
  await judged.judge("what somebody else wrote is not overwritten", true, async () =>
    (await judged.condition("PushSecret", "theirs")).message.includes("secret not managed by external-secrets"),
  );
  const kind = { apiVersion: "external-secrets.io/v1alpha1", kind: "PushSecret" };
  for (const name of ["to-sm", "to-ps"]) await judged.hub.delete(kind, name, "team");
  await judged.judge(
    "what was pushed goes with its PushSecret, and nothing else does",
    { secrets: ["app/bin", "app/db", "other", "theirs"], parameters: ["/app/deep/two", "/app/one"] },
    ask(
      `print(json.dumps({"secrets": sorted(s["Name"] for s in sm.list_secrets()["SecretList"]), "parameters": sorted(p["Name"] for p in ssm.describe_parameters()["Parameters"])}))`,
    ),
  );
}

async function generate(judged: Judged): Promise<void> {
  const spec = { region: "eu-west-1", auth: AUTH };
  for (const kind of ["ECRAuthorizationToken", "STSSessionToken"]) {
    const name = kind.toLowerCase();
    await judged.create(kind, name, { spec });
    const ref = { apiVersion: "generators.external-secrets.io/v1alpha1", kind, name };
    await judged.create("ExternalSecret", name, {
      spec: { refreshInterval: "0s", dataFrom: [{ sourceRef: { generatorRef: ref } }] },
    });
  }
  const names = async (name: string): Promise<string[]> => Object.keys(await judged.entries(name)).sort();
  await judged.judge("ECR's token", ["expires_at", "password", "proxy_endpoint", "username"], () =>
    names("ecrauthorizationtoken"),
  );
  await judged.judge("STS' session", ["access_key_id", "expiration", "secret_access_key", "session_token"], () =>
    names("stssessiontoken"),
  );
}
