import { problemError } from "@fairlead/base";
import { generateConfigMap, generateSecret } from "../generate/config-map.ts";
import { configureChart } from "../generate/helm-chart.ts";
import { mapping } from "../node/ops.ts";
import { stringNode } from "../node/scalar.ts";
import { type Decoded, string, struct } from "../kustomization/decode.ts";
import { generatorFields, helmPluginFields, objectMeta } from "../kustomization/types.ts";
import { Resource } from "../resource/resource.ts";
import { configuringPlugin, decodePlugin } from "./plugin-decode.ts";
import type { PluginConfiguration } from "./plugin-entries.ts";
import type { Target } from "./types.ts";

const mapArgs = struct("ConfigMapGeneratorPlugin", { metadata: objectMeta, ...generatorFields, type: string });
const chartArgs = struct("HelmChartInflationGeneratorPlugin", helmPluginFields);
const policyArgs = struct("IAMPolicyGeneratorPlugin", {
  cloud: string,
  kubernetesService: struct("KubernetesService", { name: string, namespace: string }),
  serviceAccount: struct("ServiceAccount", { name: string, projectId: string }),
});

type Generate = () => readonly Resource[];

/** The generator a configuration is for; undefined when its kind is none. @throws ProblemError */
export function generatorFor(target: Target, plugin: PluginConfiguration): Generate | undefined {
  const { loader, context } = target;
  const { file } = plugin;
  const decodeMap = (): Decoded<typeof mapArgs> => {
    const args = configuringPlugin(plugin, () => decodePlugin(mapArgs, plugin));
    return { ...args, name: args.name || args.metadata?.name, namespace: args.namespace || args.metadata?.namespace };
  };
  switch (plugin.resource.kind) {
    case "ConfigMapGenerator": {
      const args = decodeMap();
      return () => [generateConfigMap(loader, args, context.schemas, file)];
    }
    case "SecretGenerator": {
      const args = decodeMap();
      return () => [generateSecret(loader, args, context.schemas, file)];
    }
    case "IAMPolicyGenerator": {
      const args = configuringPlugin(plugin, () => decodePlugin(policyArgs, plugin));
      return () => [policyAccount(target, args, file)];
    }
    case "HelmChartInflationGenerator": {
      const args = configuringPlugin(plugin, () => decodePlugin(chartArgs, plugin));
      const chart = { loader, helm: context.helm, schemas: context.schemas };
      return configuringPlugin(plugin, () => configureChart(chart, args, args, file));
    }
    default:
      return undefined;
  }
}

/** A ServiceAccount bound to an account of the cloud. */
function policyAccount(target: Target, args: Decoded<typeof policyArgs>, file: string): Resource {
  const { cloud = "", kubernetesService = {}, serviceAccount = {} } = args;
  if (cloud !== "gke") throw problemError("KustomizeGenerator", `cloud provider ${cloud} not supported yet`);
  const account = `${serviceAccount.name ?? ""}@${serviceAccount.projectId ?? ""}.iam.gserviceaccount.com`;
  const metadata = mapping([
    ["annotations", mapping([["iam.gke.io/gcp-service-account", stringNode(account)]])],
    ["name", stringNode(kubernetesService.name ?? "")],
  ]);
  if (kubernetesService.namespace) metadata.fields.set("namespace", stringNode(kubernetesService.namespace));
  const root = mapping([
    ["apiVersion", stringNode("v1")],
    ["kind", stringNode("ServiceAccount")],
    ["metadata", metadata],
  ]);
  return new Resource(root, target.context.schemas, { file, line: undefined, overlays: [] });
}
