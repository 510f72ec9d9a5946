import type { KubeClient } from "@fairlead/kube";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };

/** Starts to watch at once; resolves with the time (performance.now) at which the ConfigMap's value was seen to be this. */
export function valueSeen(
  client: KubeClient,
  name: string,
  value: string,
  withinMs: number,
  namespace = "bench",
): Promise<number> {
  const signal = AbortSignal.timeout(withinMs);
  const look = async (): Promise<number> => {
    const options = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    for await (const { object } of client.watch(CONFIG_MAP, options)) {
      const data = object["data"] as Record<string, string> | undefined;
      if (data?.["value"] === value) return performance.now();
    }
    throw new Error(`${name} did not become ${value} in time`);
  };
  return look();
}
