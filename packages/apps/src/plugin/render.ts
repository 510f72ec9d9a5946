import { hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  canonicalJson,
  isJsonObject,
  ProblemError,
  problemError,
  type FileTree,
  type JsonObject,
} from "@fairlead/base";
import { readManifests } from "@fairlead/render";
import type { ApplicationSource } from "../application/types.ts";
import { substitute, type BuildEnvironment } from "../source/build-environment.ts";
import type { RenderAnswer } from "../source/types.ts";
import { checkOut } from "./checkout.ts";
import { runCommand, type CommandRun } from "./command.ts";
import { discovers } from "./discover.ts";
import type { Plugin } from "./types.ts";

export interface PluginRequest {
  readonly owner: string;
  readonly source: ApplicationSource;
  readonly tree: FileTree;
  readonly environment: BuildEnvironment;
}

interface Kept {
  readonly key: string;
  readonly answer: RenderAnswer | ProblemError;
}

/**
 * Sources that a config management plugin renders. What a command reads is not known, so an answer holds as long as the whole
 * repository, the plugin and everything it is told are the same.
 */
export class PluginRenderer {
  readonly #declared: () => readonly Plugin[];
  readonly #run: (run: CommandRun) => Promise<string>;
  readonly #kept = new Map<string, Kept>();
  readonly #discovered = new Map<string, string | undefined>();

  /** @param plugins those that may run, as the settings have it now
   * @param run how a command is run; a parameter so that tests can watch it */
  constructor(plugins: () => readonly Plugin[], run: (run: CommandRun) => Promise<string> = runCommand) {
    this.#declared = plugins;
    this.#run = run;
  }

  get #plugins(): readonly Plugin[] {
    return this.#declared();
  }

  /** The plugin a source names, or the first whose rules find its directory. @throws ProblemError UnknownPlugin */
  async pluginFor({ source, tree, environment }: Omit<PluginRequest, "owner">): Promise<Plugin | undefined> {
    const name = typeof source.plugin?.["name"] === "string" ? source.plugin["name"] : "";
    if (name !== "") {
      const found = this.#plugins.find((plugin) => [plugin.name, `${plugin.name}-${plugin.version}`].includes(name));
      if (found) return found;
      const known = this.#plugins.map((plugin) => plugin.name).join(", ");
      throw problemError("UnknownPlugin", `there is no plugin ${JSON.stringify(name)}`, {
        hint: this.#plugins.length > 0 ? `plugins there: ${known}` : HINT,
      });
    }
    const isOpen = source.helm === undefined && source.kustomize === undefined && source.directory === undefined;
    if (!source.plugin && (!isOpen || this.#plugins.length === 0)) return undefined;
    const found = await this.#discover(tree, source.path ?? "", environment);
    if (!found && source.plugin) throw problemError("UnknownPlugin", "no plugin is for this directory", { hint: HINT });
    return found;
  }

  /** @throws ProblemError */
  async render(plugin: Plugin, request: PluginRequest): Promise<RenderAnswer> {
    const { owner, source, tree } = request;
    const environment = pluginEnvironment(source, request.environment);
    const key = hash("sha1", canonicalJson({ plugin, environment, path: source.path ?? "", tree: tree.stat("")?.id }));
    const known = this.#kept.get(owner);
    const kept = known?.key === key ? known : { key, answer: await this.#render(plugin, source, tree, environment) };
    this.#kept.set(owner, kept);
    if (kept.answer instanceof ProblemError) throw kept.answer;
    return {
      ...kept.answer,
      why: kept === known ? undefined : known ? "repository or parameters changed" : "first render",
    };
  }

  forget(owner: string): void {
    this.#kept.delete(owner);
  }

  async #render(
    plugin: Plugin,
    source: ApplicationSource,
    tree: FileTree,
    environment: BuildEnvironment,
  ): Promise<RenderAnswer | ProblemError> {
    try {
      const output = await this.#inCheckout(tree, source.path ?? "", async (directory, home) => {
        const all = { HOME: home, TMPDIR: home, ...environment };
        if (plugin.init) {
          await this.#run({ command: plugin.init, directory, environment: all, what: `plugin ${plugin.name}, init` });
        }
        return this.#run({
          command: plugin.generate,
          directory,
          environment: all,
          what: `plugin ${plugin.name}, generate`,
        });
      });
      const { objects, problems } = readManifests(output, `plugin ${plugin.name}`);
      if (problems.length > 0) return new ProblemError(problems);
      return { type: "Plugin", objects, warnings: [], why: undefined };
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  }

  async #discover(tree: FileTree, path: string, environment: BuildEnvironment): Promise<Plugin | undefined> {
    const place = `${tree.stat("")?.id} ${path} ${JSON.stringify(this.#plugins)}`;
    if (this.#discovered.has(place)) return this.#plugins.find(({ name }) => name === this.#discovered.get(place));
    const found = await this.#lookFor(tree, path, environment);
    if (this.#discovered.size >= DISCOVERIES_MAX) this.#discovered.clear();
    this.#discovered.set(place, found?.name);
    return found;
  }

  async #lookFor(tree: FileTree, path: string, environment: BuildEnvironment): Promise<Plugin | undefined> {
    for (const plugin of this.#plugins) {
      const verdict = discovers(plugin, tree, path);
      if (verdict === true) return plugin;
      const command = plugin.discover?.findCommand;
      if (verdict === false || !command) continue;
      const printed = await this.#inCheckout(tree, path, (directory, home) =>
        this.#run({
          command,
          directory,
          environment: { HOME: home, TMPDIR: home, ...environment },
          what: `plugin ${plugin.name}, discover`,
        }),
      ).catch(() => "");
      if (printed.trim() !== "") return plugin;
    }
    return undefined;
  }

  async #inCheckout<T>(tree: FileTree, path: string, use: (directory: string, home: string) => Promise<T>): Promise<T> {
    const base = await mkdtemp(join(tmpdir(), "fairlead-plugin-"));
    try {
      const checkout = join(base, "repository");
      await checkOut(tree, checkout);
      if (tree.stat(path)?.kind !== "directory") {
        throw problemError("UnknownPlugin", `path ${JSON.stringify(path)} is no directory of the repository`);
      }
      return await use(join(checkout, path), base);
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  }
}

const DISCOVERIES_MAX = 1_000;
const HINT =
  "plugins are declared in configManagementPlugins of argocd-cm and switched on by plugins.enabled in argocd-cmd-params-cm";

/** What a plugin is told: the build environment, `ARGOCD_ENV_…` of the source, and its parameters in both of Argo CD's forms. */
function pluginEnvironment(source: ApplicationSource, base: BuildEnvironment): Record<string, string> {
  const found: Record<string, string> = { ...base };
  const { env, parameters } = source.plugin ?? {};
  for (const entry of listOf(env)) {
    const { name, value } = entry;
    if (typeof name === "string")
      found[`ARGOCD_ENV_${name}`] = substitute(typeof value === "string" ? value : "", base);
  }
  const list = listOf(parameters);
  if (list.length > 0) found["ARGOCD_APP_PARAMETERS"] = JSON.stringify(list);
  for (const { name, string, array, map } of list) {
    if (typeof name !== "string") continue;
    const variable = `PARAM_${variableName(name)}`;
    if (typeof string === "string") found[variable] = string;
    if (Array.isArray(array)) array.forEach((item, index) => (found[`${variable}_${index}`] = String(item)));
    for (const [key, item] of Object.entries(isJsonObject(map) ? map : {})) {
      found[`${variable}_${variableName(key)}`] = String(item);
    }
  }
  return found;
}

function variableName(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter((item): item is JsonObject => isJsonObject(item)) : [];
}
