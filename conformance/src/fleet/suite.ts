import { canonicalJson, silentLogger } from "@fairlead/base";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { startKubeApiServer, type KubeApiServer } from "../kube-apiserver.ts";
import type { Difference, Suite, SuiteContext, SuiteResult } from "../suite.ts";
import { runFleet, type Target } from "./run.ts";

const NAMES = ["hub", "staging", "prod-east", "prod-west"];
const SHOWN_CHARACTERS = 160;

/** The same fleet from the same root Application, once over our own API servers and once over the real one. */
export const suite: Suite = {
  name: "fleet",
  description: "the example fleet ends in the same objects on kube-apiserver 1.35 + etcd as on the embedded API server",
  tools: ["etcd", "kubernetes"],
  run: compareFleets,
};

async function compareFleets(context: SuiteContext): Promise<SuiteResult> {
  context.say("fleet on the embedded API servers");
  const ours = await onEmbedded();
  context.say("fleet on four real API servers");
  const real = await onReal(context);
  const keys = [...new Set([...ours.keys(), ...real.keys()])].sort();
  const different = keys.flatMap((key): Difference[] => {
    const [a, b] = [ours.get(key), real.get(key)];
    if (a === undefined || b === undefined)
      return [{ name: key, detail: `only on the ${a ? "embedded" : "real"} server` }];
    const [left, right] = [canonicalJson(a), canonicalJson(b)];
    return left === right ? [] : [{ name: key, detail: firstDifference(left, right) }];
  });
  return { same: keys.length - different.length, different, skipped: [] };
}

async function onEmbedded(): Promise<Map<string, unknown>> {
  const servers: ApiServer[] = [];
  try {
    const targets: Target[] = [];
    for (const name of NAMES) {
      const api = await startApiServer({ data: "memory", logger: silentLogger });
      servers.push(api);
      targets.push({ name, access: api.adminConfig() });
    }
    return await runFleet(targets);
  } finally {
    await Promise.all(servers.map((api) => api.close()));
  }
}

async function onReal(context: SuiteContext): Promise<Map<string, unknown>> {
  const servers: KubeApiServer[] = [];
  try {
    const targets: Target[] = [];
    for (const name of NAMES) {
      const directories = {
        etcdDirectory: context.toolDirectory("etcd"),
        kubernetesDirectory: context.toolDirectory("kubernetes"),
      };
      const server = await startKubeApiServer(directories);
      servers.push(server);
      targets.push({ name, access: { server: server.url, bearerToken: server.token, insecure: true } });
    }
    return await runFleet(targets);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function firstDifference(a: string, b: string): string {
  let at = 0;
  while (a[at] === b[at]) at++;
  const from = Math.max(0, at - SHOWN_CHARACTERS / 2);
  return `embedded: …${a.slice(from, from + SHOWN_CHARACTERS)}…\nreal:     …${b.slice(from, from + SHOWN_CHARACTERS)}…`;
}
