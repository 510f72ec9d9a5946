import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { Reader } from "../reader.ts";
import type { Plugin, PluginCommand, PluginDiscovery } from "./types.ts";

/** The plugins of a list; faulty ones are reported and left out. */
export function parsePlugins(list: unknown, path: string, reader: Reader): Plugin[] {
  const names = new Set<string>();
  return reader.objects({ list: list as never }, "list", path).flatMap(({ value, path: at }) => {
    const plugin = parsePlugin(value, at, reader);
    if (!plugin) return [];
    if (names.has(plugin.name)) reader.fault(`${at}.name`, `${JSON.stringify(plugin.name)} is there twice`);
    names.add(plugin.name);
    return [plugin];
  });
}

function parsePlugin(value: JsonObject, path: string, reader: Reader): Plugin | undefined {
  const before = reader.problems.length;
  const isDocument = isJsonObject(value["spec"]);
  const spec = isDocument ? (value["spec"] as JsonObject) : value;
  const at = isDocument ? `${path}.spec` : path;
  const metadata = reader.object(value, "metadata", path) ?? {};
  const name = reader.text(isDocument ? metadata : value, "name", isDocument ? `${path}.metadata` : path);
  if (name === undefined) reader.fault(`${path}.name`, "is missing");
  const generate = parseCommand(spec, "generate", at, reader);
  if (spec["generate"] === undefined) reader.fault(`${at}.generate`, "is missing", "the command that prints manifests");
  const plugin = {
    name: name ?? "",
    version: reader.text(spec, "version", at),
    init: parseCommand(spec, "init", at, reader),
    discover: parseDiscovery(reader.object(spec, "discover", at), `${at}.discover`, reader),
    parameters: reader.object(spec, "parameters", at),
  };
  return generate && reader.problems.length === before ? { ...plugin, generate } : undefined;
}

function parseCommand(from: JsonObject, key: string, path: string, reader: Reader): PluginCommand | undefined {
  const value = reader.object(from, key, path);
  if (!value) return undefined;
  const command = reader.strings(value, "command", `${path}.${key}`);
  if (command.length === 0) {
    reader.fault(`${path}.${key}.command`, "is missing");
    return undefined;
  }
  return { command, args: reader.strings(value, "args", `${path}.${key}`) };
}

function parseDiscovery(value: JsonObject | undefined, path: string, reader: Reader): PluginDiscovery | undefined {
  if (!value) return undefined;
  const find = reader.object(value, "find", path);
  const found = {
    fileName: reader.text(value, "fileName", path),
    findGlob: find && reader.text(find, "glob", `${path}.find`),
    findCommand: find?.["command"] === undefined ? undefined : parseCommand({ find }, "find", path, reader),
  };
  return Object.values(found).some((entry) => entry !== undefined) ? found : undefined;
}
