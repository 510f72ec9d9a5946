import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { diskTree } from "@fairlead/base";
import { fileTemplate, helmDependency, helmLint, helmTemplate, type CommandIo } from "@fairlead/helm";
import { readInputSync } from "../files.ts";
import type { HelmSources } from "./helm-sources.ts";
import { EXIT_USAGE, type Command, type Io } from "../io.ts";

/** `fairlead helm …`: what people type helm for, without a cluster and without helm. */
export const helm: Command = async ([name, ...args], io) => {
  if (name === "template") return helmTemplate(args, { ...commandIo(io), ...elsewhere(io) });
  if (name === "lint") return helmLint(args, commandIo(io));
  if (name === "dependency" || name === "dependencies" || name === "dep") return dependency(args, io);
  io.stderr.write(
    "fairlead: helm template [NAME] CHART, helm lint PATH and helm dependency build|update|list are what there is\n  hint: fairlead helm template --help\n",
  );
  return EXIT_USAGE;
};

/** `fairlead template FILE|-`: any Go template. */
export const template: Command = (args, io) => fileTemplate(args, commandIo(io));

const dependency: Command = (args, io) =>
  helmDependency(args, {
    ...commandIo(io),
    fetchDependencies: (order) => withSources(io, order, (sources) => sources.fetchDependencies(order)),
  });

/** Loaded when something has to be fetched: a chart on disk is rendered without any of it. */
async function withSources<T>(
  io: Io,
  files: { readonly repositoryConfig?: string | undefined; readonly registryConfig?: string | undefined },
  action: (sources: HelmSources) => Promise<T>,
): Promise<T> {
  const { HelmSources: Sources } = await import("./helm-sources.ts");
  const sources = new Sources(io, files);
  try {
    return await action(sources);
  } finally {
    await sources.close();
  }
}

function elsewhere(io: Io): Pick<CommandIo, "fetchChart" | "updateDependencies"> {
  return {
    fetchChart: (reference) => withSources(io, reference, (sources) => sources.fetchChart(reference)),
    // Among the manifests, as helm has it.
    updateDependencies: (path) =>
      withSources(io, {}, (sources) => sources.updateDependencies(path, (line) => io.stdout.write(`${line}\n`))),
  };
}

function commandIo(io: Io): CommandIo {
  const at = (path: string): string => resolve(io.cwd, path);
  return {
    stdout: io.stdout,
    stderr: io.stderr,
    readFile: (path) => readInputSync(io, path),
    absolute: at,
    openChart(path) {
      const found = statSync(at(path), { throwIfNoEntry: false });
      if (!found) return undefined;
      return found.isDirectory() ? diskTree(at(path)) : readFileSync(at(path));
    },
    writeFile(path, text, mode) {
      mkdirSync(dirname(at(path)), { recursive: true });
      if (mode === "append") appendFileSync(at(path), text);
      else writeFileSync(at(path), text);
    },
  };
}
