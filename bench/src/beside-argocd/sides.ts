import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startArgoCd } from "@fairlead/conformance/argocd";
import type { KubeClient } from "@fairlead/kube";
import { commitAll, configMapText, directoryOf } from "../support/control-plane.ts";
import { startController } from "../support/controller.ts";
import { cpuSeconds, memoryMib } from "../support/process.ts";
import type { RealCluster } from "./cluster.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;
const REFRESHED_AT_ONCE = 16;

/** One of the two that are measured: where its Applications are, and how it hears of a commit. */
export interface Side {
  readonly name: string;
  /** Of its Applications; their objects go to `bench-` and this. */
  readonly namespace: string;
  start(cluster: RealCluster): Promise<Running>;
}

export interface Running {
  /** Tells it of the commit, as a webhook does. */
  notify(): Promise<void>;
  /** Undefined where it cannot be known. */
  renders(): number | undefined;
  /** CPU seconds so far and memory at its highest, in MiB, of all its processes. */
  cost(): { readonly cpu: number; readonly memory: number };
  stop(): Promise<void>;
}

export const OURS: Side = {
  name: "Fairlead",
  namespace: "fairlead",
  async start(cluster) {
    const data = join(cluster.folder, "controller");
    const controller = await startController({ kubeconfig: cluster.server.kubeconfig, data, namespace: "fairlead" });
    const { pid, url, renders, stop } = controller;
    return {
      async notify() {
        const address = `file://${cluster.repository}`;
        const body = {
          ref: "refs/heads/main",
          repository: { html_url: address, clone_url: address, default_branch: "main" },
        };
        const headers = { "content-type": "application/json", "x-github-event": "push" };
        const answer = await fetch(`${url}/api/webhook`, { method: "POST", headers, body: JSON.stringify(body) });
        if (!answer.ok) throw new Error(`the webhook was answered with ${answer.status}: ${await answer.text()}`);
      },
      renders,
      cost: () => ({ cpu: cpuSeconds(pid), memory: memoryMib(pid).peak }),
      stop,
    };
  },
};

export const ARGO: Side = {
  name: "Argo CD",
  namespace: "argocd",
  async start(cluster) {
    const argoCd = await startArgoCd({ ...cluster.argoCd, kubeconfig: cluster.server.kubeconfig });
    return {
      notify: () => refreshAll(cluster.client, cluster.applications),
      renders: () => undefined,
      cost: () => ({
        cpu: argoCd.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
        memory: argoCd.pids.reduce((sum, pid) => sum + memoryMib(pid).peak, 0),
      }),
      stop: () => argoCd.stop(),
    };
  },
};

/** What Argo CD's webhook handler does with a push: it marks every application of the repository to be refreshed. */
async function refreshAll(client: KubeClient, names: readonly string[]): Promise<void> {
  const left = [...names];
  const body = { metadata: { annotations: { "argocd.argoproj.io/refresh": "normal" } } };
  const worker = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      await client.patch({ ...APPLICATION, name, namespace: "argocd" }, { type: "merge", body });
    }
  };
  await Promise.all(Array.from({ length: REFRESHED_AT_ONCE }, worker));
}

export async function commitChange(repository: string, index: number, value: string): Promise<void> {
  writeFileSync(join(repository, directoryOf(index), "config-0.yaml"), configMapText(index, 0, value));
  await commitAll(repository, value);
}
