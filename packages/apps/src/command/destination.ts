import { problemError, ProblemError, systemClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { ClusterConfig, KubeClient } from "@fairlead/kube";
import { parseClusterSecret } from "../cluster/parse.ts";
import type { Cluster } from "../cluster/types.ts";
import { parseApplication } from "../application/parse.ts";
import { renderAlone, type AloneAnswer } from "../application/render-alone.ts";
import { readCapabilities } from "../live/capabilities.ts";
import { CONFIG_MAP_KIND, SETTINGS_MAPS } from "../settings/parse.ts";
import { IN_CLUSTER, LABELS, PROJECT_KIND, SECRET_KIND } from "../names.ts";
import type { SourceAccess } from "../source/types.ts";

/** Sources as the installation on a hub reaches them: with the credentials of its Secrets. */
export type OpenSources = (
  hub: KubeClient,
  namespace: string,
) => Promise<{ readonly sources: SourceAccess; close(): Promise<void> }>;

export type ConnectCluster = (config: ClusterConfig) => KubeClient;

async function clustersOf(hub: KubeClient, namespace: string): Promise<Cluster[]> {
  const { items } = await hub.list(SECRET_KIND, { namespace, labelSelector: `${LABELS.secretType}=cluster` });
  return items.flatMap((item) => parseClusterSecret(item).cluster ?? []);
}

/**
 * A client for the cluster an application goes to, for as long as `use` runs.
 * @throws ProblemError UnknownCluster
 */
export async function withDestination<T>(
  hub: KubeClient,
  object: KubeObject,
  controlNamespace: string,
  connect: ConnectCluster,
  use: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const { name, server } = parseApplication(object).application.spec.destination;
  const isHub = (name ?? IN_CLUSTER.name) === IN_CLUSTER.name && (server ?? IN_CLUSTER.server) === IN_CLUSTER.server;
  if (isHub) return use(hub);
  const all = await clustersOf(hub, controlNamespace);
  const found = all.find((one) => (name === undefined ? one.server === server : one.name === name));
  if (!found?.config) {
    throw problemError("UnknownCluster", `there is no cluster ${name ?? server}`, {
      hint: `clusters there: ${[IN_CLUSTER.name, ...all.map((one) => one.name)].join(", ")}`,
    });
  }
  const client = connect(found.config);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

export interface RenderForRequest {
  readonly openSources: OpenSources | undefined;
  /** The control plane's. */
  readonly namespace: string;
  readonly revisions?: readonly string[] | undefined;
}

/** What Git says an application is, rendered here as the engine renders it. @throws ProblemError with every fault */
export async function renderFor(
  hub: KubeClient,
  destination: KubeClient,
  object: KubeObject,
  request: RenderForRequest,
): Promise<AloneAnswer> {
  const { openSources, namespace, revisions } = request;
  if (!openSources) throw problemError("UnsupportedSource", "this command was started without access to sources");
  const { project } = parseApplication(object).application.spec;
  const [found, ...maps] = await Promise.all([
    hub.find(PROJECT_KIND, project, namespace),
    ...SETTINGS_MAPS.map((name) => hub.find(CONFIG_MAP_KIND, name, namespace)),
  ]);
  const capabilities = await readCapabilities(destination);
  const { sources, close } = await openSources(hub, namespace);
  try {
    const objects = [object, ...[found, ...maps].flatMap((one) => one ?? [])];
    const [answer] = await renderAlone({ objects, sources, namespace, ...capabilities, revisions, marks: true });
    if (!answer) throw problemError("UnknownApplication", "there is nothing to render");
    if (answer.problems.length > 0) throw new ProblemError(answer.problems);
    return answer;
  } finally {
    await close();
  }
}

export const commandClock = systemClock;
