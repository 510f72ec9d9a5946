import { after } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { silentLogger } from "@fairlead/base";
import { type ClientDeps, type ClusterConfig, createClient, type KubeClient } from "@fairlead/kube";
import { FakeApiServer, type FakeServerOptions } from "./fake-api-server.ts";

export const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;

/** A server and a client for one test file; both end with it. */
export async function startFake(
  options: FakeServerOptions = {},
  config: Partial<ClusterConfig> = {},
  deps: Partial<ClientDeps> = {},
): Promise<{ server: FakeApiServer; client: KubeClient }> {
  const server = await new FakeApiServer(options).start();
  const client = createClient({ server: server.url, ...config }, { logger: silentLogger, ...deps });
  after(async () => {
    client.close();
    await server.stop();
  });
  return { server, client };
}

export function configMap(name: string, data: Record<string, string> = {}, namespace = "shop"): KubeObject {
  return { ...CONFIG_MAP, metadata: { name, namespace }, data };
}

/** Waits until a condition holds; fails after ten seconds with what was waited for. */
export async function until(what: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
