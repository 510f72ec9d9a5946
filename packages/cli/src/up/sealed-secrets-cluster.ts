/** The SealedSecret controller on a cluster that is there already: one replica runs it, and only where no other controller does. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock, Logger } from "@fairlead/base";
import { eventRecorder, type KubeClient } from "@fairlead/kube";
import {
  clusterAccess,
  KEY_NAMESPACE,
  SERVICE_NAME,
  startSealedSecrets,
  type ServiceRequest,
  type ServiceResponse,
} from "@fairlead/secrets";
import type { WorkShares } from "./controllers.ts";
import { runOnOneReplica, type RunningController } from "./on-one-replica.ts";
import { PART_OF } from "./sealed-secrets.ts";

export interface ClusterSealedSecretsOptions {
  readonly client: KubeClient;
  /** `auto`: where the kind is served, and we brought it or its Service; `on`: wherever it is served. */
  readonly mode: "auto" | "on" | "off";
  /** Where kubeseal's questions are answered; absent: nowhere, and it seals with --cert. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  /** The address the Service leads to: the pod's. */
  readonly podAddress?: string | undefined;
  readonly proxiedFrom?: readonly string[] | undefined;
  readonly shares?: WorkShares | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One replica makes keys, and writes Secrets. */
const SHARE = "sealedsecrets";
const BODY_BYTES_MAX = 3 * 1024 * 1024;

export function runSealedSecrets(options: ClusterSealedSecretsOptions): RunningController {
  const { clock, logger, shares, mode } = options;
  return runOnOneReplica({
    what: "SealedSecrets",
    share: SHARE,
    shares,
    clock,
    logger,
    mode,
    reasonNotTo: () => reasonNotTo(options),
    start: (signal) => start(options, signal),
  });
}

/** Why the controller should not run here now. */
async function reasonNotTo({ client, mode }: ClusterSealedSecretsOptions): Promise<string | undefined> {
  const kinds = await client.request({ method: "GET", path: "/apis/bitnami.com/v1alpha1" });
  if (kinds.status === 404) return "SealedSecrets are not served here: fairlead install brings the kind";
  if (kinds.status !== 200) return `the API server answers ${kinds.status}`;
  if (mode === "on") return undefined;
  const service = await client.find({ apiVersion: "v1", kind: "Service" }, SERVICE_NAME, KEY_NAMESPACE);
  if (service?.metadata.labels?.[PART_OF] === "fairlead") return undefined;
  const risk = "two would make keys and write Secrets side by side (--sealed-secrets on: there is none)";
  if (service !== undefined) return `another controller has Service ${KEY_NAMESPACE}/${SERVICE_NAME}; ${risk}`;
  const crd = await client.find(CRD, "sealedsecrets.bitnami.com");
  const isOurs = crd?.metadata.managedFields?.some(({ manager }) => String(manager).startsWith("fairlead")) ?? false;
  return isOurs ? undefined : `the kind was brought by somebody else, whose controller may be anywhere; ${risk}`;
}

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

async function start(options: ClusterSealedSecretsOptions, signal: AbortSignal): Promise<RunningController> {
  const { client, clock, logger, listen, podAddress, proxiedFrom = [] } = options;
  const events = eventRecorder(client, { component: "sealed-secrets", clock, logger });
  const place = { namespace: KEY_NAMESPACE, serviceName: SERVICE_NAME };
  const mayAsk = clusterAccess({ client, clock, logger, ...place, proxiedFrom });
  const sealed = await startSealedSecrets({ client, clock, logger, events, mayAsk });
  const closers: (() => Promise<void>)[] = [sealed.stop, () => events.flush()];
  const running = {
    metrics: () => sealed.metrics(),
    stop: async () => void (await Promise.all(closers.map((close) => close()))),
  };
  try {
    if (listen !== undefined && !signal.aborted) {
      const served = await serve(listen, sealed.service);
      closers.unshift(served.close);
      logger.info("answering kubeseal", { port: served.port });
      if (podAddress) await announce(client, podAddress, served.port);
    }
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** A Service of another namespace selects no pod of ours, so what it leads to is written by whoever runs. */
async function announce(client: KubeClient, ip: string, port: number): Promise<void> {
  const subsets = [{ addresses: [{ ip }], ports: [{ name: "http", port, protocol: "TCP" }] }];
  const metadata = { name: SERVICE_NAME, namespace: KEY_NAMESPACE, labels: { [PART_OF]: "fairlead" } };
  const options = { fieldManager: "fairlead-sealed-secrets", force: true };
  await client.apply({ apiVersion: "v1", kind: "Endpoints", metadata, subsets }, options);
}

async function serve(
  { host, port }: { readonly host: string; readonly port: number },
  service: (request: ServiceRequest) => Promise<ServiceResponse>,
): Promise<{ readonly port: number; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<ServiceResponse> => {
      const body = await bodyOf(request);
      if (body === undefined) return { status: 413, body: "the body is too large\n" };
      const { method = "GET", url: path = "/", headers: all, socket } = request;
      const headers = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
      return service({ method, path, headers, body, remoteAddress: socket.remoteAddress });
    };
    answer().then(
      ({ status, headers, body }) => response.writeHead(status, { ...headers }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
