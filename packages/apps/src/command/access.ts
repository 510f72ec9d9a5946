import { problemError, silentLogger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  contextConfig,
  createClient,
  createInformer,
  inClusterConfig,
  isInCluster,
  kubeconfigPaths,
  loadKubeconfig,
  type ClusterConfig,
  type KubeClient,
} from "@fairlead/kube";
import { APPLICATION_KIND } from "../names.ts";
import type { CommandIo } from "./io.ts";

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Of the control plane and, unless appNamespace says otherwise, of the applications. */
  readonly namespace: string;
  readonly appNamespace?: string;
}

export type ConnectHub = (flags: ClusterFlags, io: CommandIo) => KubeClient;

/** How to reach the hub the flags name: a kubeconfig, or the account of the pod we run in. @throws ProblemError */
export function hubConfig(
  flags: Pick<ClusterFlags, "kubeconfig" | "context">,
  io: Pick<CommandIo, "env">,
): ClusterConfig {
  const isPod = isInCluster({ env: io.env }) && flags.kubeconfig === undefined && io.env["KUBECONFIG"] === undefined;
  return isPod
    ? inClusterConfig({ env: io.env })
    : contextConfig(loadKubeconfig(flags.kubeconfig ?? kubeconfigPaths(io.env)), flags.context, { env: io.env });
}

export const connectHub: ConnectHub = (flags, io) =>
  createClient(hubConfig(flags, io), { logger: silentLogger, userAgent: "fairlead" });

/** `name` or `namespace/name`. */
export function splitName(name: string, flags: ClusterFlags): { name: string; namespace: string } {
  const cut = name.indexOf("/");
  return cut < 0
    ? { name, namespace: flags.appNamespace ?? flags.namespace }
    : { name: name.slice(cut + 1), namespace: name.slice(0, cut) };
}

/** @throws ProblemError UnknownApplication, naming those there are */
export async function getApplication(hub: KubeClient, name: string, flags: ClusterFlags): Promise<KubeObject> {
  const where = splitName(name, flags);
  const found = await hub.find(APPLICATION_KIND, where.name, where.namespace);
  if (found) return found;
  const { items } = await hub.list(APPLICATION_KIND, { namespace: where.namespace });
  const names = items.map(({ metadata }) => metadata.name ?? "").slice(0, 20);
  throw problemError("UnknownApplication", `there is no application ${where.namespace}/${where.name}`, {
    hint:
      names.length > 0
        ? `applications there: ${names.join(", ")}`
        : "there are none in this namespace; -n names another",
  });
}

/**
 * Follows one application until `done` gives an answer, the time is over (undefined) or the signal aborts (undefined).
 * `done` sees undefined once the application is gone.
 */
export async function follow<T>(
  hub: KubeClient,
  where: { readonly name: string; readonly namespace: string },
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  done: (object: KubeObject | undefined) => T | undefined,
): Promise<T | undefined> {
  const stop = new AbortController();
  const fieldSelector = `metadata.name=${where.name}`;
  const informer = createInformer(hub, { kind: APPLICATION_KIND, namespace: where.namespace, fieldSelector });
  const answer = new Promise<T | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), options.timeoutMs);
    const end = (value: T | undefined): void => {
      clearTimeout(timer);
      resolve(value);
    };
    options.signal.addEventListener("abort", () => end(undefined), { once: true });
    const look = (object: KubeObject | undefined): void => {
      const value = done(object);
      if (value !== undefined) end(value);
    };
    informer.subscribe(({ type, object }) => look(type === "deleted" ? undefined : object));
    informer.synced.then(
      () => {
        if (informer.size === 0) look(undefined);
      },
      () => undefined,
    );
  });
  informer.start(stop.signal);
  const value = await answer;
  stop.abort();
  return value;
}
