import { join } from "node:path";
import { startApiServer } from "@fairlead/apiserver";
import { silentLogger } from "@fairlead/base";
import { createClient } from "@fairlead/kube";
import { type KubeApiServer, startKubeApiServer } from "../kube-apiserver.ts";
import type { Difference, Suite, SuiteContext } from "../suite.ts";
import { COMMAND_STEPS, judgeCommands } from "./commands.ts";
import type { Upstream } from "./fault-proxy.ts";
import { CLIENT_CA, judgeKubeconfigs } from "./kubeconfigs.ts";
import { runScenario } from "./scenario.ts";

const SCENARIOS = 60;

/** `npm run conformance -- client [COUNT [FIRST_SEED]]` */
export const suite: Suite = {
  name: "client",
  description:
    "the client's cache under faults against a fresh list of kube-apiserver 1.35, and of the embedded server",
  tools: ["etcd", "kubernetes"],
  async run(context) {
    const real = await startKubeApiServer({
      etcdDirectory: context.toolDirectory("etcd"),
      kubernetesDirectory: context.toolDirectory("kubernetes"),
      flags: [`--client-ca-file=${CLIENT_CA}`],
    });
    const embedded = await startApiServer({ data: "memory", logger: silentLogger });
    try {
      const token = embedded.adminConfig().bearerToken ?? "";
      const kubectl = join(context.toolDirectory("kubernetes"), "kubectl");
      const kubeconfigs = await kubeconfigsAgainst(real, kubectl, context);
      const different = [
        ...kubeconfigs.different,
        ...(await commandsAgainst(real, kubectl, context)),
        ...(await runAgainst("kube-apiserver", real, context)),
        ...(await runAgainst("embedded server", { url: embedded.url, token }, context)),
      ];
      const same = 2 * countOf(context) + COMMAND_STEPS + kubeconfigs.count - different.length;
      return { same, different, skipped: [] };
    } finally {
      await Promise.all([real.stop(), embedded.close()]);
    }
  },
};

function kubeconfigsAgainst(real: KubeApiServer, kubectl: string, context: SuiteContext) {
  context.say("kubeconfigs beside kubectl");
  return judgeKubeconfigs(real, kubectl);
}

async function commandsAgainst(upstream: Upstream, kubectl: string, context: SuiteContext): Promise<Difference[]> {
  context.say("apply, diff, prune and wait beside kubectl's");
  const config = { server: upstream.url, bearerToken: upstream.token, insecure: true };
  const client = createClient(config, { logger: silentLogger });
  try {
    return await judgeCommands(upstream, client, kubectl);
  } finally {
    client.close();
  }
}

function countOf({ args }: SuiteContext): number {
  return Number(args[0] ?? SCENARIOS);
}

async function runAgainst(name: string, upstream: Upstream, context: SuiteContext): Promise<Difference[]> {
  const count = countOf(context);
  const first = Number(context.args[1] ?? 1);
  const config = { server: upstream.url, bearerToken: upstream.token, insecure: true };
  const writer = createClient(config, { logger: silentLogger });
  const different: Difference[] = [];
  try {
    for (let seed = first; seed < first + count; seed++) {
      const namespace = `faults-${seed}`;
      await writer.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      const detail = await runScenario(upstream, writer, namespace, seed);
      if (detail !== undefined) different.push({ name: `${name}, scenario ${seed}`, detail });
      if (seed % 10 === 0) context.say(`${name}: ${seed - first + 1} of ${count} scenarios`);
    }
  } finally {
    writer.close();
  }
  return different;
}
