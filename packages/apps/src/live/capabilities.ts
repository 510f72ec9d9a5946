import { formatApiVersion } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";

/** What a chart may ask: the server's version, and `group/version` and `group/version/Kind` of everything it serves. */
export interface Capabilities {
  readonly kubeVersion: string;
  /** Sorted, so that the same cluster gives the same render. */
  readonly apiVersions: readonly string[];
}

export async function readCapabilities(client: KubeClient): Promise<Capabilities> {
  const [answer, resources] = await Promise.all([
    client.request({ method: "GET", path: "/version" }),
    client.discovery.all(),
  ]);
  const { gitVersion } = JSON.parse(answer.body.toString("utf8")) as { gitVersion?: string };
  if (answer.status !== 200 || gitVersion === undefined) throw new Error(`/version answered ${answer.status}`);
  const versions = new Set<string>();
  for (const { group, version, kind } of resources) {
    const apiVersion = formatApiVersion(group, version);
    versions.add(apiVersion);
    versions.add(`${apiVersion}/${kind}`);
  }
  return { kubeVersion: gitVersion, apiVersions: [...versions].sort() };
}
