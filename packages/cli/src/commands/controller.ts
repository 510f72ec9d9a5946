import { mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createLogger, sleep, systemClock, type Logger } from "@fairlead/base";
import type { Served } from "@fairlead/apps";
import { hubConfig } from "@fairlead/apps/command";
import { createClient, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import type { Command, Io } from "../io.ts";
import { parseControllerOptions, type ControllerOptions } from "../up/controller-options.ts";
import { startControllers, type Controllers } from "../up/controllers.ts";
import { listen } from "../up/listen.ts";
import { renderKeyOf } from "../up/render-key.ts";
import { runExternalSecrets } from "../up/external-secrets-cluster.ts";
import type { RunningController } from "../up/on-one-replica.ts";
import { runSealedSecrets } from "../up/sealed-secrets-cluster.ts";
import { saveMemoryBeyond } from "../quiet-memory.ts";
import { joinReplicas, replicaIdentity, type Replicas } from "../up/replicas.ts";

const LOOK_EVERY_MS = 1_000;
/** About 2,000 applications of ten objects; beyond, memory counts for more than speed. */
const SPACIOUS_HEAP_BYTES = 384 * 1024 * 1024;
const KINDS = ["applications", "appprojects"] as const;

/**
 * `fairlead controller`: every controller on a cluster that is there already, in it or beside it, until it is asked to end. It
 * installs nothing: where Applications are not served yet, it says so and waits for them.
 */
export const controller: Command = async (args, io) => {
  const options = parseControllerOptions(args, io);
  if (typeof options === "number") return options;
  const hub = hubConfig(options, io);
  const logger = createLogger({ level: options.logLevel });
  const client = createClient(hub, { clock: systemClock, logger, userAgent: "fairlead" });
  saveMemoryBeyond(SPACIOUS_HEAP_BYTES);
  try {
    if (!(await kindsAreServed(client, logger, io.signal))) return 0;
    await run(options, hub, client, logger, io);
    return 0;
  } finally {
    client.close();
  }
};

async function run(
  options: ControllerOptions,
  hub: ClusterConfig,
  client: KubeClient,
  logger: Logger,
  io: Io,
): Promise<void> {
  const { namespace } = options;
  const data = options.data ?? defaultData(io);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const clock = systemClock;
  const leaving = new AbortController();
  const identity = replicaIdentity(Math.random);
  const shares = options.single
    ? undefined
    : joinReplicas({ client, namespace, identity, clock, logger }, leaving.signal);
  let controllers: Controllers | undefined;
  let sealedSecrets: RunningController | undefined;
  let externalSecrets: RunningController | undefined;
  let served: Served | undefined;
  try {
    const renderKey = await renderKeyOf(client, namespace, data, logger);
    await Promise.race([shares?.joined, aborted(io.signal)]);
    if (io.signal.aborted) return;
    const mirrorDirectory = join(data, "mirrors");
    controllers = await startControllers({ hub, namespace, mirrorDirectory, renderKey, shares, clock, logger });
    sealedSecrets = runSealedSecrets({
      client,
      mode: options.sealedSecrets,
      listen: options.sealedSecretsListen,
      podAddress: io.env["POD_IP"],
      proxiedFrom: options.sealedSecretsProxyFrom,
      shares,
      clock,
      logger: logger.with({ part: "sealed-secrets" }),
    });
    externalSecrets = runExternalSecrets({
      hub,
      client,
      mode: options.externalSecrets,
      allowGenericTargets: options.unsafeAllowGenericTargets ?? false,
      shares,
      environment: io.env,
      clock,
      logger: logger.with({ part: "external-secrets" }),
    });
    const { apps } = controllers;
    const moreMetrics = (): string => (sealedSecrets?.metrics() ?? "") + (externalSecrets?.metrics() ?? "");
    served = await listen(options.listen, { apps, logger, moreMetrics });
    logger.info("controller running", { server: hub.server, namespace, identity: shares && identity });
    await aborted(io.signal);
    logger.info("controller stopping", {});
  } finally {
    await served?.close();
    await Promise.all([sealedSecrets?.stop(), externalSecrets?.stop(), controllers?.stop()]);
    await leave(shares, leaving);
  }
}

/** Only after everything of ours has ended may others be told that it is theirs. */
async function leave(shares: Replicas | undefined, leaving: AbortController): Promise<void> {
  leaving.abort();
  await shares?.ended;
}

/** False when it was asked to end before. */
async function kindsAreServed(client: KubeClient, logger: Logger, signal: AbortSignal): Promise<boolean> {
  let told = "";
  while (!signal.aborted) {
    const fault = await faultOf(client, signal);
    if (fault === undefined) return true;
    if (fault !== told && !signal.aborted) logger.warn(fault, { server: client.server });
    told = fault;
    await sleep(systemClock, LOOK_EVERY_MS, signal);
  }
  return false;
}

async function faultOf(client: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await client.request({ method: "GET", path: "/apis/argoproj.io/v1alpha1", signal });
    if (answer.status === 401 || answer.status === 403) {
      return `the API server refuses us: ${answer.status}; the account needs the rights that fairlead install --export shows`;
    }
    const list = (answer.status === 200 ? JSON.parse(answer.body.toString("utf8")) : {}) as {
      resources?: { name?: string }[];
    };
    const served = new Set(list.resources?.map(({ name }) => name));
    const missing = KINDS.filter((kind) => !served.has(kind)).map((kind) => `${kind}.argoproj.io`);
    if (missing.length === 0) return undefined;
    return `waiting for the CustomResourceDefinitions ${missing.join(", ")}: run fairlead install --crds, or apply Argo CD's`;
  } catch (error) {
    return `the API server cannot be reached, trying again: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Mirrors are a cache: losing them costs a fetch. */
function defaultData(io: Io): string {
  const cache = io.env["FAIRLEAD_CACHE_HOME"] ?? io.env["XDG_CACHE_HOME"];
  if (cache) return resolve(io.cwd, cache, "fairlead", "controller");
  const home = io.env["HOME"] ?? homedir();
  return home && home !== "/" ? join(home, ".cache", "fairlead", "controller") : join(tmpdir(), "fairlead-controller");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener("abort", () => done(), { once: true }));
}
