import { silentLogger, systemClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { applicationCrds } from "@fairlead/apps";
import { startApiServer } from "@fairlead/apiserver";
import { createAppSets, Previews, type PullRequest, type WatchedWorld } from "@fairlead/appsets";
import { createClient, eventRecorder, type KubeClient } from "@fairlead/kube";

const SET = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet" };
const APPLICATION = { ...SET, kind: "Application" };
const NAMESPACE = { apiVersion: "v1", kind: "Namespace" };
const WITHIN_MS = 30_000;

/** How long one preview takes to stand and to be gone, from the webhook on, with the host's own time left out. */
export async function previewFigures(): Promise<{ readonly upMs: number; readonly downMs: number }> {
  const server = await startApiServer({ data: "memory", logger: silentLogger });
  const hub = createClient(server.issueClient({ user: "admin", groups: ["system:masters"] }), {
    logger: silentLogger,
    clock: systemClock,
  });
  const stop = new AbortController();
  let pulls: PullRequest[] = [];
  try {
    for (const crd of applicationCrds()) await hub.create(crd);
    await hub.create({ ...NAMESPACE, metadata: { name: "argocd" } });
    await until(() =>
      hub.create({ ...SET, kind: "AppProject", metadata: { name: "default", namespace: "argocd" }, spec: {} }),
    );
    const events = eventRecorder(hub, { component: "bench", clock: systemClock, logger: silentLogger });
    const shared = { hub, clock: systemClock, logger: silentLogger, events };
    const previews = new Previews({ ...shared, clientFor: () => hub, comment: async () => undefined });
    const appSets = createAppSets({ ...shared, world: worldOf(() => pulls), namespace: "argocd", previews });
    const ended = appSets.run(stop.signal);
    await hub.create(previewSet());
    await until(async () =>
      Array.isArray(
        ((await hub.get(SET, "previews", "argocd"))["status"] as { conditions?: unknown } | undefined)?.conditions,
      ),
    );
    const wake = (isClosed: boolean): void =>
      appSets.onWebhook({ type: "pullRequest", repoURLs: ["https://github.com/o/r"], number: 1, isClosed });
    const upMs = await time(async () => {
      pulls = [{ number: 1, title: "t", branch: "b", targetBranch: "main", headSha: "s", labels: [], author: "a" }];
      wake(false);
      await until(() => hub.get(NAMESPACE, "preview-1"));
      await until(() => hub.get(APPLICATION, "preview-pr-1", "argocd"));
    });
    const downMs = await time(async () => {
      pulls = [];
      wake(true);
      await until(async () => {
        await finalize(hub);
        return (
          (await hub.find(APPLICATION, "preview-pr-1", "argocd")) === undefined &&
          (await hub.find(NAMESPACE, "preview-1")) === undefined
        );
      });
    });
    stop.abort();
    await ended;
    await events.flush();
    return { upMs, downMs };
  } finally {
    stop.abort();
    hub.close();
    await server.close();
  }
}

function previewSet(): KubeObject {
  const spec = {
    generators: [{ pullRequest: { github: { owner: "o", repo: "r" } } }],
    template: {
      metadata: { name: "preview-pr-{{number}}" },
      spec: {
        source: { repoURL: "https://git.example.com/r.git", path: "manifests" },
        destination: { namespace: "preview-{{number}}" },
      },
    },
  };
  return { ...SET, metadata: { name: "previews", namespace: "argocd" }, spec } as unknown as KubeObject;
}

function worldOf(pulls: () => readonly PullRequest[]): WatchedWorld {
  const nobody = (): never => {
    throw new Error("nobody is asked here");
  };
  return {
    git: nobody,
    branches: nobody,
    resources: nobody,
    plugin: nobody,
    repositories: nobody,
    pullRequests: async () => [...pulls()],
    watch: () => () => undefined,
    refresh: () => Promise.resolve(),
  };
}

/** What the application engine does when it has deleted an Application's objects. */
async function finalize(hub: KubeClient): Promise<void> {
  const found = await hub.find(APPLICATION, "preview-pr-1", "argocd");
  if (found?.metadata.deletionTimestamp === undefined) return;
  await hub.patch(
    { ...APPLICATION, name: "preview-pr-1", namespace: "argocd" },
    { type: "merge", body: { metadata: { finalizers: null } } },
  );
}

async function time(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

async function until(check: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      if (await check()) return;
    } catch {
      // Not yet.
    }
    if (Date.now() > end) throw new Error(`not within ${WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
