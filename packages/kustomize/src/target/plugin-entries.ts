import { type Json, problemError, ProblemError } from "@fairlead/base";
import { encodeYaml } from "@fairlead/yaml";
import { parseFile } from "../node/load.ts";
import { toJson } from "../node/value.ts";
import { resourcesOf } from "../resource/factory.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import { ResourceMap } from "../resource/resource-map.ts";
import { fileOrigin, originBelow, setOrigin } from "./origin.ts";
import { positionOf } from "./place.ts";
import { within } from "../transform/fault.ts";
import type { Target } from "./types.ts";

/** One plugin configuration as a resource, and the JSON it is decoded from. */
export interface PluginConfiguration {
  readonly resource: Resource;
  readonly json: Json;
  readonly text: string;
  readonly file: string;
}

/**
 * What `generators`, `transformers` or `validators` hold: configurations written in place, or files and kustomizations of them.
 * @throws ProblemError KustomizePlugin for kinds that are not built in: programs and containers are not run
 */
export function pluginConfigurations(
  target: Target,
  entries: readonly string[],
  field: string,
  prefix = "",
): PluginConfiguration[] {
  const map = new ResourceMap();
  const paths: string[] = [];
  for (const entry of entries) {
    const inline = inlineResources(target, entry);
    if (inline) map.appendAll(inline);
    else paths.push(entry);
  }
  if (paths.length > 0) map.appendAll(target.gather(paths, field));
  return map.resources.map((resource) => {
    const at = { ...positionOf(target.kustomization, [field]), ...addressOf(resource) };
    return within(at, prefix, () => configurationOf(resource));
  });
}

function inlineResources(target: Target, entry: string): Resource[] | undefined {
  try {
    const { file, fileName } = target.kustomization;
    const resources = resourcesOf(parseFile(entry, file), target.context.schemas);
    const { origin } = target;
    if (origin) for (const resource of resources) setOrigin(resource, fileOrigin(originBelow(origin, fileName)));
    return resources;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function configurationOf(resource: Resource): PluginConfiguration {
  const { group, version, kind } = resource.gvk;
  if (group !== "" || version !== "builtin") {
    throw problemError("KustomizePlugin", `external plugins disabled; unable to load external plugin '${kind}'`, {
      hint: "only the plugins built into Kustomize are run, never programs or containers; they have apiVersion: builtin",
    });
  }
  const json = resource.root ? toJson(resource.root) : null;
  return { resource, json, text: encodeYaml(json), file: resource.provenance.file };
}
