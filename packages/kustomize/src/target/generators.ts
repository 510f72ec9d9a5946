import { generateConfigMap, generateSecret } from "../generate/config-map.ts";
import { absorbGenerated } from "../generate/absorb.ts";
import { configureChart } from "../generate/helm-chart.ts";
import { withGlobalOptions } from "../generate/options.ts";
import type { GeneratorSpec } from "../kustomization/types.ts";
import type { Resource } from "../resource/resource.ts";
import { forEach, within } from "../transform/fault.ts";
import { goYaml } from "./go-yaml.ts";
import { hasOrigin, pluginOrigin, setOrigin } from "./origin.ts";
import { positionOf } from "./place.ts";
import { generatorPlugins } from "./plugins.ts";
import type { Accumulator, Generator, Target } from "./types.ts";

/** ConfigMaps, Secrets, charts, then the plugins of `generators`. @throws ProblemError KustomizeGenerator */
export function runGenerators(target: Target, accumulator: Accumulator): void {
  const generators = [...builtinGenerators(target), ...generatorPlugins(target)];
  forEach(generators, (generator) => {
    within(generator.at, "", () => {
      const resources = generator.run();
      for (const resource of resources) {
        if (target.origin && !hasOrigin(resource)) {
          setOrigin(resource, pluginOrigin(target.origin, generator.configuredIn, generator.by));
        }
      }
      for (const resource of resources) {
        within({}, `merging from generator ${generator.by.kind}: `, () => absorbGenerated(accumulator.map, resource));
      }
    });
  });
}

const CONFIGURING = "trouble configuring builtin";

function builtinGenerators(target: Target): Generator[] {
  const { context, loader, kustomization, helmNamespace } = target;
  const { content, file, fileName } = kustomization;
  const builtin = (kind: string, field: string, index: number, run: () => readonly Resource[]): Generator => ({
    by: { apiVersion: "builtin", kind },
    configuredIn: fileName,
    at: positionOf(kustomization, [field, index]),
    run,
  });
  const withOptions = (spec: GeneratorSpec): GeneratorSpec => withGlobalOptions(spec, content.generatorOptions);
  const maps = (content.configMapGenerator ?? []).map((spec, index) =>
    builtin("ConfigMapGenerator", "configMapGenerator", index, () => [
      generateConfigMap(loader, withOptions(spec), context.schemas, file),
    ]),
  );
  const secrets = (content.secretGenerator ?? []).map((spec, index) =>
    builtin("SecretGenerator", "secretGenerator", index, () => [
      generateSecret(loader, withOptions(spec), context.schemas, file),
    ]),
  );
  const charts = (content.helmCharts ?? []).map((spec, index) => {
    const namespace = spec.namespace || content.namespace || helmNamespace;
    const chart = { loader, helm: context.helm, schemas: context.schemas };
    const globals = content.helmGlobals ?? {};
    const prefix = `${CONFIGURING} HelmChartInflationGenerator with config: \`\n${goYaml({ ...globals, ...spec, namespace })}\`: `;
    const run = within(positionOf(kustomization, ["helmCharts", index]), prefix, () =>
      configureChart(chart, { ...spec, namespace }, globals, file),
    );
    return builtin("HelmChartInflationGenerator", "helmCharts", index, run);
  });
  return [...maps, ...secrets, ...charts];
}
