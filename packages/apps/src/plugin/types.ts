import type { JsonObject } from "@fairlead/base";

/**
 * A config management plugin: a command that prints manifests (facts/argocd.md §1.1). Written as Argo CD's ConfigManagementPlugin, or
 * in the shorter form of its older `configManagementPlugins` setting.
 */
export interface Plugin {
  readonly name: string;
  readonly version?: string | undefined;
  readonly init?: PluginCommand | undefined;
  readonly generate: PluginCommand;
  /** Which directories it is for, when the source names no plugin; undefined: only those that name it. */
  readonly discover?: PluginDiscovery | undefined;
  /** Announced parameters, only told on. */
  readonly parameters?: JsonObject | undefined;
}

export interface PluginCommand {
  readonly command: readonly string[];
  readonly args: readonly string[];
}

export interface PluginDiscovery {
  /** A glob of files in the source's directory. */
  readonly fileName?: string | undefined;
  readonly findGlob?: string | undefined;
  /** Prints something and succeeds where the plugin is for the directory. */
  readonly findCommand?: PluginCommand | undefined;
}
