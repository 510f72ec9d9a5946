import { problemError, sleep, silentLogger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  contextConfig,
  createClient,
  kubeconfigPaths,
  loadKubeconfig,
  type ClusterConfig,
  type KubeClient,
} from "@fairlead/kube";
import { APPLICATION_KIND, IN_CLUSTER, LABELS, SECRET_KIND } from "../names.ts";
import { parseApplication } from "../application/parse.ts";
import { normalizeServer } from "../cluster/parse.ts";
import type { ConnectHub } from "./access.ts";
import { commandClock, type ConnectCluster } from "./destination.ts";
import { hubCommand, type HubContext } from "./hub-command.ts";
import type { CommandIo } from "./io.ts";
import { table, valueText, type OutputFormat } from "./output.ts";
import { collect, outputOption } from "./program.ts";
import { dataOf, fnv32a, pairsOf, removeObject, secretsOfType, writeSecret } from "./secret.ts";

const MANAGER = "fairlead-manager";
const FIELD_MANAGER = "fairlead-cli";
const TYPE = "cluster";
const TOKEN_WAIT_MS = 5_000;
/** What is asked for where nobody makes lasting tokens; servers grant less if they like. */
const TOKEN_SECONDS = 365 * 24 * 3600;
const ALL = ["*"];

interface AddFlags {
  readonly name?: string;
  readonly clusterKubeconfig?: string;
  readonly clusterNamespace?: string[];
  readonly clusterResources?: boolean;
  readonly label?: string[];
  readonly annotation?: string[];
  readonly project?: string;
  readonly systemNamespace: string;
  readonly serviceAccount?: string;
  readonly upsert?: boolean;
}

/** `fairlead cluster add|list|get|set|rotate|rm`: clusters as Argo CD's cluster Secrets. */
export function clusterCommand(
  args: readonly string[],
  io: CommandIo,
  connect?: ConnectHub,
  connectCluster: ConnectCluster = (config) => createClient(config, { logger: silentLogger, userAgent: "fairlead" }),
): Promise<number> {
  const define: Parameters<typeof hubCommand>[4] = (root, run) => {
    root
      .command("add")
      .argument("<context>")
      .description("registers the cluster of a context: an account with rights there, a Secret on the hub")
      .option("--cluster-kubeconfig <file>", "where the context is (default: the hub's kubeconfig)")
      .option("--name <name>", "its name (default: the context's)")
      .option("--cluster-namespace <name>", "manage only this namespace; may be repeated", collect)
      .option("--cluster-resources", "with namespaces: cluster-scoped objects, too")
      .option("--label <key=value>", "for generators and selectors; may be repeated", collect)
      .option("--annotation <key=value>", "may be repeated", collect)
      .option("--project <name>", "only for this project")
      .option("--system-namespace <name>", "where the account is made", "kube-system")
      .option("--service-account <name>", "use this account, which is there with its rights")
      .option("--upsert", "replace what is there")
      .option("-y, --yes", "accepted for scripts: nothing is asked")
      .action(run((context, name: string, flags: AddFlags) => add(context, name, flags, connectCluster)));
    root
      .command("list")
      .description("every cluster")
      .addOption(outputOption(["wide", "server", "name", "json", "yaml"]))
      .action(run(list));
    root
      .command("get")
      .argument("<cluster>", "name or server")
      .description("one cluster")
      .addOption(outputOption(["wide", "server", "name", "json", "yaml"]))
      .action(run(get));
    root
      .command("set")
      .argument("<cluster>", "name or server")
      .description("changes what is known of a cluster")
      .option("--name <name>", "another name")
      .option("--cluster-namespace <name>", "manage only this namespace; may be repeated; * is all", collect)
      .option("--label <key=value>", "key= removes it; may be repeated", collect)
      .option("--annotation <key=value>", "key= removes it; may be repeated", collect)
      .action(run(set));
    root
      .command("rotate")
      .alias("rotate-auth")
      .argument("<cluster>", "name or server")
      .description("makes a new token for a cluster and ends the old one")
      .option("--system-namespace <name>", "where the account is", "kube-system")
      .option("--service-account <name>", "the account", MANAGER)
      .action(
        run((context, name: string, flags: { systemNamespace: string; serviceAccount: string }) =>
          rotate(context, name, flags, connectCluster),
        ),
      );
    root
      .command("rm")
      .alias("remove")
      .argument("<cluster...>", "names or servers")
      .description("forgets clusters; applications that go there are held and say so, their objects stay")
      .option("-y, --yes", "accepted for scripts: nothing is asked")
      .action(run(remove));
  };
  return hubCommand("fairlead cluster", "Clusters that applications can go to.", args, io, define, connect);
}

async function add(
  { hub, flags, io }: HubContext,
  context: string,
  given: AddFlags,
  connect: ConnectCluster,
): Promise<void> {
  const files = given.clusterKubeconfig ?? flags.kubeconfig ?? kubeconfigPaths(io.env);
  const config = contextConfig(loadKubeconfig(files), context, { env: io.env });
  const name = given.name ?? context;
  const client = connect(config);
  try {
    const account = given.serviceAccount ?? MANAGER;
    if (given.serviceAccount === undefined) await makeAccount(client, given);
    const token = await tokenFor(client, account, given.systemNamespace, io);
    const server = normalizeServer(config.server);
    const data = {
      name,
      server,
      config: JSON.stringify(secretConfig(config, token)),
      namespaces: given.clusterNamespace?.join(","),
      clusterResources: given.clusterResources ? "true" : undefined,
      project: given.project,
    };
    const labels = pairsOf("--label", given.label);
    const annotations = pairsOf("--annotation", given.annotation);
    const secret = { namespace: flags.namespace, name: secretName(server), type: TYPE, data, labels, annotations };
    await writeSecret(hub, secret, given.upsert === true);
    io.stdout.write(`Cluster '${server}' added as ${name}\n`);
  } finally {
    client.close();
  }
}

function secretName(server: string): string {
  return `cluster-${new URL(server).hostname.toLowerCase().replace(/[^a-z0-9.-]/g, "-")}-${fnv32a(server)}`;
}

function secretConfig(config: ClusterConfig, bearerToken: string): unknown {
  const { caData, insecure, serverName, proxyUrl } = config;
  return { bearerToken, proxyUrl, tlsClientConfig: { insecure: insecure === true, caData, serverName } };
}

/** Rights to everything, as Argo CD's account has, or to everything in some namespaces. */
async function makeAccount(client: KubeClient, { systemNamespace, clusterNamespace = [] }: AddFlags): Promise<void> {
  const rbac = "rbac.authorization.k8s.io/v1";
  const subjects = [{ kind: "ServiceAccount", name: MANAGER, namespace: systemNamespace }];
  const rules = [{ apiGroups: ALL, resources: ALL, verbs: ALL }];
  const roleRef = (kind: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name: MANAGER });
  const whole: KubeObject[] = [
    {
      apiVersion: rbac,
      kind: "ClusterRole",
      metadata: { name: MANAGER },
      rules: [...rules, { nonResourceURLs: ALL, verbs: ALL }],
    },
    {
      apiVersion: rbac,
      kind: "ClusterRoleBinding",
      metadata: { name: MANAGER },
      roleRef: roleRef("ClusterRole"),
      subjects,
    },
  ];
  const parts = clusterNamespace.flatMap((namespace): KubeObject[] => [
    { apiVersion: rbac, kind: "Role", metadata: { name: MANAGER, namespace }, rules },
    {
      apiVersion: rbac,
      kind: "RoleBinding",
      metadata: { name: MANAGER, namespace },
      roleRef: roleRef("Role"),
      subjects,
    },
  ]);
  const account: KubeObject = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: MANAGER, namespace: systemNamespace },
  };
  for (const object of [account, ...(clusterNamespace.length > 0 ? parts : whole)]) {
    await client.apply(object, { fieldManager: FIELD_MANAGER, force: true });
  }
}

/** A lasting token from a Secret that Kubernetes fills; where nobody does, one that ends, with a warning. */
async function tokenFor(client: KubeClient, account: string, namespace: string, io: CommandIo): Promise<string> {
  // A name of its own: the one before is in use until this one has taken its place.
  const name = `${account}-token-${commandClock.now().toString(36)}`;
  const annotations = { "kubernetes.io/service-account.name": account };
  const secret: KubeObject = {
    ...SECRET_KIND,
    metadata: { name, namespace, annotations },
    type: "kubernetes.io/service-account-token",
  };
  await client.apply(secret, { fieldManager: FIELD_MANAGER, force: true });
  for (const until = commandClock.now() + TOKEN_WAIT_MS; commandClock.now() < until && !io.signal.aborted;) {
    const token = dataOf((await client.find(SECRET_KIND, name, namespace)) ?? secret)["token"];
    if (token) return token;
    await sleep(commandClock, 250, io.signal);
  }
  await removeObject(client, SECRET_KIND, name, namespace);
  const answer = await client.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    headers: { "content-type": "application/json" },
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: TOKEN_SECONDS } },
  });
  const body = JSON.parse(answer.body.toString("utf8")) as {
    message?: string;
    status?: { token?: string; expirationTimestamp?: string };
  };
  if (!body.status?.token)
    throw problemError("ClusterUnreachable", `no token for ${namespace}/${account}: ${body.message ?? answer.status}`);
  io.stderr.write(
    `warning: no lasting token was made; this one ends ${body.status.expirationTimestamp}: fairlead cluster rotate\n`,
  );
  return body.status.token;
}

interface Shown {
  readonly server: string;
  readonly name: string;
  readonly namespaces: string;
  readonly project: string;
  readonly applications: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly secret: string;
}

async function shown({ hub, flags }: HubContext): Promise<Shown[]> {
  const [secrets, { items }] = await Promise.all([
    secretsOfType(hub, flags.namespace, TYPE),
    hub.list(APPLICATION_KIND),
  ]);
  const destinations = items.map((item) => parseApplication(item).application.spec.destination);
  const all = secrets.map((secret) => {
    const data = dataOf(secret);
    const { [LABELS.secretType]: _type, ...labels } = secret.metadata.labels ?? {};
    return { data, labels, secret: secret.metadata.name ?? "" };
  });
  if (!all.some(({ data }) => data["server"] === IN_CLUSTER.server))
    all.unshift({ data: { ...IN_CLUSTER }, labels: {}, secret: "" });
  return all.map(({ data, labels, secret }) => {
    const server = normalizeServer(data["server"] ?? "");
    const name = data["name"] || server;
    const isHere = (one: { server?: string | undefined; name?: string | undefined }): boolean =>
      one.name === undefined ? (one.server ?? IN_CLUSTER.server) === server : one.name === name;
    return {
      server,
      name,
      namespaces: data["namespaces"] ?? "",
      project: data["project"] ?? "",
      applications: destinations.filter(isHere).length,
      labels,
      secret,
    };
  });
}

function writeClusters({ io }: HubContext, found: readonly Shown[], output: OutputFormat): void {
  if (output === "json" || output === "yaml") return io.stdout.write(valueText(found, output));
  if (output === "server" || output === "name") return io.stdout.write(found.map((one) => `${one[output]}\n`).join(""));
  const rows = found.map((one) => [
    one.server,
    one.name,
    String(one.applications),
    one.namespaces,
    one.project,
    Object.entries(one.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  ]);
  io.stdout.write(table(["server", "name", "applications", "namespaces", "project", "labels"], rows));
}

async function list(context: HubContext, options: { output: OutputFormat }): Promise<void> {
  writeClusters(context, await shown(context), options.output);
}

async function oneOf(context: HubContext, wanted: string): Promise<Shown> {
  const all = await shown(context);
  const found = all.filter(({ name, server }) => name === wanted || server === normalizeServer(wanted));
  const [only] = found;
  if (only && found.length === 1) return only;
  const message = only
    ? `there are ${found.length} clusters with the name ${wanted}`
    : `there is no cluster ${JSON.stringify(wanted)}`;
  throw problemError("UnknownCluster", message, { hint: `clusters there: ${all.map(({ name }) => name).join(", ")}` });
}

async function get(context: HubContext, wanted: string, options: { output: OutputFormat }): Promise<void> {
  const found = await oneOf(context, wanted);
  const { output } = options;
  if (output === "json" || output === "yaml") context.io.stdout.write(valueText(found, output));
  else writeClusters(context, [found], output);
}

/** @throws ProblemError for in-cluster without a Secret */
async function secretOf(context: HubContext, wanted: string): Promise<{ found: Shown; secret: KubeObject }> {
  const found = await oneOf(context, wanted);
  if (found.secret === "") {
    throw problemError("InvalidInput", `${found.name} is the cluster of the control plane itself and has no Secret`);
  }
  return { found, secret: await context.hub.get(SECRET_KIND, found.secret, context.flags.namespace) };
}

async function set(
  context: HubContext,
  wanted: string,
  given: { name?: string; clusterNamespace?: string[]; label?: string[]; annotation?: string[] },
): Promise<void> {
  const { found } = await secretOf(context, wanted);
  const encode = (text: string): string => Buffer.from(text).toString("base64");
  const namespaces = given.clusterNamespace?.filter((name) => name !== "*").join(",");
  const orNull = (pairs: Record<string, string>): Record<string, string | null> =>
    Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, value === "" ? null : value]));
  const body = {
    metadata: {
      ...(given.label ? { labels: orNull(pairsOf("--label", given.label)) } : {}),
      ...(given.annotation ? { annotations: orNull(pairsOf("--annotation", given.annotation)) } : {}),
    },
    data: {
      ...(given.name === undefined ? {} : { name: encode(given.name) }),
      ...(namespaces === undefined ? {} : { namespaces: encode(namespaces) }),
    },
  };
  const ref = { ...SECRET_KIND, name: found.secret, namespace: context.flags.namespace };
  await context.hub.patch(ref, { type: "merge", body }, { fieldManager: FIELD_MANAGER });
  context.io.stdout.write(`Cluster '${found.server}' updated\n`);
}

async function rotate(
  context: HubContext,
  wanted: string,
  given: { systemNamespace: string; serviceAccount: string },
  connect: ConnectCluster,
): Promise<void> {
  const { hub, flags, io } = context;
  const { found, secret } = await secretOf(context, wanted);
  const config = JSON.parse(dataOf(secret)["config"] ?? "{}") as {
    bearerToken?: string;
    tlsClientConfig?: Record<string, never>;
  };
  if (!config.bearerToken) {
    throw problemError("InvalidInput", `${found.name} is not reached with a token`, {
      hint: "only those that fairlead cluster add made are rotated",
    });
  }
  const { caData, insecure, serverName } = config.tlsClientConfig ?? {};
  const all = { server: found.server, bearerToken: config.bearerToken, caData, insecure, serverName };
  const access = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as ClusterConfig;
  const client = connect(access);
  try {
    const { systemNamespace, serviceAccount } = given;
    const { items } = await client.list(SECRET_KIND, { namespace: systemNamespace });
    const before = items.filter(({ metadata }) => metadata.name?.startsWith(`${serviceAccount}-token-`));
    const token = await tokenFor(client, serviceAccount, systemNamespace, io);
    const data = { config: Buffer.from(JSON.stringify({ ...config, bearerToken: token })).toString("base64") };
    const ref = { ...SECRET_KIND, name: found.secret, namespace: flags.namespace };
    await hub.patch(ref, { type: "merge", body: { data } }, { fieldManager: FIELD_MANAGER });
    // Last of all, and with the new token: deleting the Secret ends the old one.
    await endTokens(connect({ ...access, bearerToken: token }), before, systemNamespace);
    io.stdout.write(`Cluster '${found.server}' has a new token\n`);
  } finally {
    client.close();
  }
}

async function endTokens(client: KubeClient, secrets: readonly KubeObject[], namespace: string): Promise<void> {
  try {
    for (const { metadata } of secrets) await removeObject(client, SECRET_KIND, metadata.name ?? "", namespace);
  } finally {
    client.close();
  }
}

async function remove(context: HubContext, names: string[]): Promise<void> {
  const { hub, flags, io } = context;
  for (const wanted of names) {
    const { found } = await secretOf(context, wanted);
    await removeObject(hub, SECRET_KIND, found.secret, flags.namespace);
    const held = found.applications === 0 ? "" : `; ${found.applications} applications that go there are held`;
    io.stdout.write(`Cluster '${found.server}' removed${held}\n`);
  }
}
