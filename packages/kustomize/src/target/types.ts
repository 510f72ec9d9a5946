import type { Problem } from "@fairlead/base";
import type { TransformerConfiguration } from "../fields/configuration.ts";
import type { ReadKustomization } from "../kustomization/read.ts";
import type { VariableSpec } from "../kustomization/types.ts";
import type { Loader } from "../load/loader.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import type { BuildContext } from "./context.ts";
import type { Resource } from "../resource/resource.ts";
import type { ConfiguredBy, OriginPath } from "./origin.ts";

/** One kustomization to be built. */
export interface Target {
  readonly context: BuildContext;
  readonly loader: Loader;
  readonly kustomization: ReadKustomization;
  /** Where its resources come from, as annotations say it; undefined unless the root asks for them. */
  readonly origin: OriginPath | undefined;
  /** The namespace of the kustomizations above, for charts that have none. */
  readonly helmNamespace: string;
  /** Resources from files and directories as the `resources` field would gather them, for the field of that name. */
  gather(paths: readonly string[], field: string): readonly Resource[];
}

/** What has been gathered so far: resources, the fields transformers look at, variables. */
export interface Accumulator {
  readonly map: ResourceMap;
  configuration: TransformerConfiguration;
  readonly variables: Map<string, VariableSpec>;
}

/** A generator, configured; its run is separate because the real tool checks all configurations first. */
export interface Generator {
  readonly by: ConfiguredBy;
  /** The file that configures it, or where a plugin's own configuration came from. */
  readonly configuredIn: string | OriginPath;
  /** Where in that file. */
  readonly at: Partial<Problem>;
  run(): readonly Resource[];
}

/** A transformer, configured. */
export interface Transformer {
  readonly by: ConfiguredBy;
  readonly configuredIn: string | OriginPath;
  readonly at: Partial<Problem>;
  run(map: ResourceMap): void;
}
