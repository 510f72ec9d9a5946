import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@fairlead/base";
import { applicationCrds } from "@fairlead/apps";
import { argoCdObjects, defaultProject } from "@fairlead/conformance/argocd";
import { startKubeApiServer, type KubeApiServer } from "@fairlead/conformance/kube-apiserver";
import { installTool } from "@fairlead/conformance/tools";
import { createClient, type KubeClient } from "@fairlead/kube";
import { makeRepository } from "../support/control-plane.ts";
import { sumOf } from "../support/controller.ts";

/** A real kube-apiserver over etcd that both sides work on, and the repository they read. */
export interface RealCluster {
  readonly server: KubeApiServer;
  readonly client: KubeClient;
  readonly folder: string;
  readonly repository: string;
  /** Names of the Applications. */
  readonly applications: readonly string[];
  readonly argoCd: { readonly directory: string; readonly path: readonly string[] };
  /** Calls but watches so far that are about Applications or about what they bring. */
  calls(): Promise<number>;
  /** All calls so far, by verb and resource. */
  callsByKind(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

const CALL = /resource="(?:applications|appprojects|configmaps|secrets)"/;
const WATCH = /verb="WATCH"/;

export async function startRealCluster(names: readonly string[], say: (line: string) => void): Promise<RealCluster> {
  const tool = (name: Parameters<typeof installTool>[0]): Promise<string> => installTool(name, say);
  const argoCd = { directory: await tool("argocd"), path: [await tool("helm3"), await tool("kustomize")] };
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-argocd-"));
  const repository = join(folder, "repository");
  await makeRepository(repository, names.length);
  const server = await startKubeApiServer({
    etcdDirectory: await tool("etcd"),
    kubernetesDirectory: await tool("kubernetes"),
  });
  const config = { server: server.url, bearerToken: server.token, insecure: true };
  const client = createClient(config, { clock: systemClock, logger: silentLogger, userAgent: "fairlead-bench" });
  await prepare(client);
  const metrics = async (): Promise<string> => {
    const { body } = await client.request({ method: "GET", path: "/metrics" });
    return body.toString("utf8");
  };
  return {
    server,
    client,
    folder,
    repository,
    applications: names,
    argoCd,
    async calls() {
      const text = await metrics();
      return sumOf(text, "apiserver_request_total", CALL) - sumOf(text, "apiserver_request_total", both(CALL, WATCH));
    },
    callsByKind: async () => countedByKind(await metrics()),
    async stop() {
      client.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function countedByKind(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, labels = "", count] of text.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const [verb, resource] = ["verb", "resource"].map((label) => new RegExp(`\\b${label}="([^"]*)"`).exec(labels)?.[1]);
    const kind = `${verb} ${resource}`;
    counts.set(kind, (counts.get(kind) ?? 0) + Number(count));
  }
  return counts;
}

function both(one: RegExp, two: RegExp): RegExp {
  return new RegExp(`^(?=.*${one.source})(?=.*${two.source})`);
}

async function prepare(client: KubeClient): Promise<void> {
  for (const crd of applicationCrds()) await client.apply(crd, { fieldManager: "bench", force: true });
  for (const name of ["argocd", "fairlead", "bench-argocd", "bench-fairlead"]) {
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  for (const object of argoCdObjects()) await client.apply(object, { fieldManager: "bench", force: true });
  for (const namespace of ["argocd", "fairlead"]) {
    await untilServed(() => client.create(defaultProject(namespace)));
  }
}

/** A kind is served a moment after its definition was made. */
async function untilServed(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return void (await call());
    } catch (error) {
      if (attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
