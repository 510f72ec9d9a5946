import { problemError } from "@fairlead/base";
import { formatId } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import { within } from "../transform/fault.ts";
import { originOf } from "./origin.ts";
import { pluginConfigurations } from "./plugin-entries.ts";
import { generatorFor } from "./plugin-generators.ts";
import { transformerFor } from "./plugin-transformers.ts";
import type { Generator, Target, Transformer } from "./types.ts";

/** The plugins of `generators`. @throws ProblemError KustomizePlugin for kinds that are not built in */
export function generatorPlugins(target: Target): Generator[] {
  const entries = target.kustomization.content.generators ?? [];
  return within({}, "loading generator plugins: ", () =>
    pluginConfigurations(target, entries, "generators", "failed to load generator: ").map((plugin) => {
      const at = addressOf(plugin.resource);
      const run = within(at, "failed to load generator: ", () => generatorFor(target, plugin));
      if (!run) throw notA("generator", plugin.resource);
      return { ...describe(plugin.resource), at, run };
    }),
  );
}

/** The plugins of `transformers` or `validators`. @throws ProblemError KustomizePlugin */
export function transformerPlugins(target: Target, entries: readonly string[], field: string): Transformer[] {
  return pluginConfigurations(target, entries, field).map((plugin) => {
    const at = addressOf(plugin.resource);
    const run = within(at, "", () => transformerFor(target, plugin));
    if (!run) throw notA("transformer", plugin.resource);
    return { ...describe(plugin.resource), at, run };
  });
}

function describe(resource: Resource): Pick<Transformer, "by" | "configuredIn"> {
  const { apiVersion, kind, name, namespace } = resource;
  return { by: { apiVersion, kind, name, namespace }, configuredIn: originOf(resource) ?? resource.provenance.file };
}

function notA(what: string, resource: Resource): Error {
  const message = `plugin ${formatId(resource.originalId)} not a ${what}`;
  return problemError("KustomizePlugin", message, addressOf(resource));
}
