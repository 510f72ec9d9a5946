import { problemError, silentLogger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import {
  ApiError,
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
  /** Somebody wrote -n: then applications elsewhere are not looked for. */
  readonly isNamespaceGiven?: boolean;
}

/** One application's place. */
export interface Where {
  readonly name: string;
  readonly namespace: string;
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
export function splitName(name: string, flags: ClusterFlags): Where {
  const cut = name.indexOf("/");
  return cut < 0
    ? { name, namespace: flags.appNamespace ?? flags.namespace }
    : { name: name.slice(cut + 1), namespace: name.slice(0, cut) };
}

/**
 * Applications in the namespace that was named, else wherever they are, as the argocd command lists them; where that may not be
 * seen, those of the control plane's namespace. By namespace and name.
 */
export async function listApplications(
  hub: KubeClient,
  flags: ClusterFlags,
  labelSelector?: string,
): Promise<KubeObject[]> {
  const named = flags.appNamespace ?? (flags.isNamespaceGiven ? flags.namespace : undefined);
  const from = async (namespace: string | undefined): Promise<KubeObject[]> =>
    (await hub.list(APPLICATION_KIND, { namespace, labelSelector })).items;
  const items = await from(named).catch((error: unknown) => {
    if (named === undefined && error instanceof ApiError && error.code === 403) return from(flags.namespace);
    throw error;
  });
  const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** @throws ProblemError UnknownApplication, naming those of that name elsewhere, or those there are */
export async function getApplication(hub: KubeClient, where: Where): Promise<KubeObject> {
  const found = await hub.find(APPLICATION_KIND, where.name, where.namespace);
  if (found) return found;
  const message = `there is no application ${where.namespace}/${where.name}`;
  throw problemError("UnknownApplication", message, { hint: await whatThereIs(hub, where) });
}

async function whatThereIs(hub: KubeClient, where: Where): Promise<string> {
  const elsewhere = (await listApplications(hub, { namespace: where.namespace }))
    .filter(({ metadata }) => metadata.name === where.name)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  if (elsewhere.length > 0) return `there is ${elsewhere.join(", ")}: write it so, or name its namespace with -N`;
  const { items } = await hub.list(APPLICATION_KIND, { namespace: where.namespace });
  const names = items.map(({ metadata }) => metadata.name ?? "").slice(0, 20);
  return names.length > 0
    ? `applications there: ${names.join(", ")}`
    : "there are none in this namespace; -N names another";
}

/** Longest time a timer takes; setTimeout fires at once beyond it. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Follows one application until `done` gives an answer, the time is over (undefined; 0 is no end) or the signal aborts (undefined).
 * `done` sees undefined once the application is gone.
 */
export async function follow<T>(
  hub: KubeClient,
  where: Where,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  done: (object: KubeObject | undefined) => T | undefined,
): Promise<T | undefined> {
  const stop = new AbortController();
  const fieldSelector = `metadata.name=${where.name}`;
  const informer = createInformer(hub, { kind: APPLICATION_KIND, namespace: where.namespace, fieldSelector });
  const answer = new Promise<T | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), Math.min(options.timeoutMs || TIMER_MAX_MS, TIMER_MAX_MS));
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
