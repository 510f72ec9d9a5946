import { explainProblem, problemError, problemsOf } from "@fairlead/base";
import { gvkOf, type KubeObject } from "@fairlead/apimachinery";
import { parseApplication } from "../application/parse.ts";
import { APPLICATION_KIND, ANNOTATIONS } from "../names.ts";
import { follow, getApplication, splitName } from "./access.ts";
import { refresh } from "./act.ts";
import { isOff, type Context } from "./context.ts";
import { renderFor, withDestination } from "./destination.ts";
import { differences, liveObjects, objectTree, resourcesOf, treeText } from "./inspect.ts";
import { EXIT_DONE, EXIT_USAGE } from "./io.ts";
import { writeLogs, type LogFlags } from "./logs.ts";
import { machineText, type OutputFormat } from "./output.ts";
import { describeApplication, historyTable, listTable, resourceTable } from "./show.ts";

interface OutputFlag {
  readonly output: OutputFormat;
}

interface RefreshFlags {
  readonly refresh?: boolean;
  readonly hardRefresh?: boolean;
}

const REFRESH_WAIT_MS = 60_000;

interface ListFlags extends OutputFlag {
  readonly allNamespaces?: boolean;
  readonly project?: string[];
  readonly repo?: string;
  readonly cluster?: string;
  readonly selector?: string;
}

export async function list({ hub, flags, io }: Context, options: ListFlags): Promise<number> {
  const namespace = options.allNamespaces ? undefined : (flags.appNamespace ?? flags.namespace);
  const { items } = await hub.list(APPLICATION_KIND, { namespace, labelSelector: options.selector });
  const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
  const chosen = items.filter((object) => isListed(object, options)).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  io.stdout.write(listText(chosen, options.output));
  return EXIT_DONE;
}

function isListed(object: KubeObject, { project, repo, cluster }: ListFlags): boolean {
  const { spec } = parseApplication(object).application;
  const { name, server } = spec.destination;
  return (
    (project === undefined || project.includes(spec.project)) &&
    (repo === undefined || spec.sources.some(({ repoURL }) => repoURL === repo)) &&
    (cluster === undefined || cluster === name || cluster === server)
  );
}

function listText(objects: readonly KubeObject[], format: OutputFormat): string {
  if (format === "json" || format === "yaml") return machineText(objects, format, true);
  if (format === "name") return objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}\n`).join("");
  return listTable(objects, format === "wide");
}

export async function get(context: Context, name: string, options: OutputFlag & RefreshFlags): Promise<number> {
  const { io } = context;
  const object = await refreshed(context, name, options);
  const { output } = options;
  if (output === "tree") return writeTree(context, object, "text");
  if (output === "json" || output === "yaml") io.stdout.write(machineText([object], output, false));
  else if (output === "name") io.stdout.write(`${object.metadata.namespace}/${object.metadata.name}\n`);
  else io.stdout.write(describeApplication(object));
  return EXIT_DONE;
}

/** The application, after the controller has served a refresh if one was asked for. */
async function refreshed(context: Context, name: string, options: RefreshFlags): Promise<KubeObject> {
  const { hub, flags, io } = context;
  const object = await getApplication(hub, name, flags);
  if (!options.refresh && !options.hardRefresh) return object;
  const where = splitName(name, flags);
  await refresh(hub, where, options.hardRefresh === true);
  const limits = { timeoutMs: REFRESH_WAIT_MS, signal: io.signal };
  const served = await follow(hub, where, limits, (now) =>
    now && now.metadata.annotations?.[ANNOTATIONS.refresh] === undefined ? now : undefined,
  );
  if (!served) throw problemError("NoOperation", `${name} was not refreshed`, { hint: "does a controller run?" });
  return served;
}

export async function resources({ hub, flags, io }: Context, name: string, options: OutputFlag): Promise<number> {
  const object = await getApplication(hub, name, flags);
  const found = resourcesOf(object);
  if (options.output === "json") io.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (options.output === "yaml") io.stdout.write(machineText([{ items: found } as never], "yaml", false));
  else if (options.output === "name") io.stdout.write(found.map((one) => `${one.kind}/${one.name}\n`).join(""));
  else io.stdout.write(resourceTable(parseApplication(object).application));
  return EXIT_DONE;
}

export async function history({ hub, flags, io }: Context, name: string, options: OutputFlag): Promise<number> {
  const { application } = parseApplication(await getApplication(hub, name, flags));
  const lines = application.status.history ?? [];
  if (options.output === "id") io.stdout.write(lines.map(({ id }) => `${id}\n`).join(""));
  else if (options.output === "json") io.stdout.write(`${JSON.stringify(lines, null, 2)}\n`);
  else if (options.output === "yaml") io.stdout.write(machineText([{ history: lines } as never], "yaml", false));
  else io.stdout.write(historyTable(application));
  return EXIT_DONE;
}

export async function tree(context: Context, name: string, options: OutputFlag): Promise<number> {
  const { hub, flags } = context;
  return writeTree(context, await getApplication(hub, name, flags), options.output);
}

async function writeTree(context: Context, object: KubeObject, output: OutputFormat): Promise<number> {
  const { hub, flags, io, connectCluster } = context;
  const lines = await withDestination(hub, object, flags.namespace, connectCluster, (client) =>
    objectTree(client, object),
  );
  const all = lines.map((line) => line.object);
  if (output === "json" || output === "yaml") io.stdout.write(machineText(all, output, true));
  else if (output === "name") io.stdout.write(all.map(nameText).join(""));
  else io.stdout.write(treeText(object, lines));
  return EXIT_DONE;
}

function nameText(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  return `${kind.toLowerCase()}${group ? `.${group}` : ""}/${object.metadata.name ?? ""}\n`;
}

export async function manifests(
  context: Context,
  name: string,
  options: OutputFlag & { source: string; revision?: string[] },
): Promise<number> {
  const { hub, flags, io, connectCluster, openSources } = context;
  if (options.source !== "git" && options.source !== "live") {
    throw problemError("InvalidInput", `--source ${JSON.stringify(options.source)} is neither git nor live`);
  }
  const object = await getApplication(hub, name, flags);
  const objects = await withDestination(hub, object, flags.namespace, connectCluster, async (client) => {
    if (options.source === "live") return liveObjects(client, object);
    const request = { openSources, namespace: flags.namespace, revisions: options.revision };
    return (await renderFor(hub, client, object, request)).objects;
  });
  if (options.output === "name") io.stdout.write(objects.map(nameText).join(""));
  else if (options.output === "json") io.stdout.write(machineText(objects, "json", true));
  else io.stdout.write(objects.map((one) => `---\n${machineText([one], "yaml", false)}`).join(""));
  return EXIT_DONE;
}

interface DiffFlags extends RefreshFlags {
  readonly revision?: string[];
  readonly exitCode?: string | boolean;
  readonly diffExitCode: string;
}

/** 1 means "differs" here, so whatever goes wrong is 2. */
export async function diff(context: Context, name: string, options: DiffFlags): Promise<number> {
  const { hub, flags, io, connectCluster, openSources } = context;
  try {
    const object = await refreshed(context, name, options);
    const found = await withDestination(hub, object, flags.namespace, connectCluster, async (client) => {
      const request = { openSources, namespace: flags.namespace, revisions: options.revision };
      const { objects } = await renderFor(hub, client, object, request);
      return differences(hub, client, object, objects, flags.namespace);
    });
    io.stdout.write(found.map(({ text }) => `\n${text}`).join(""));
    return found.length === 0 || isOff(options.exitCode) ? EXIT_DONE : Number(options.diffExitCode);
  } catch (error) {
    for (const problem of problemsOf(error)) io.stderr.write(`fairlead: ${explainProblem(problem)}\n`);
    return EXIT_USAGE;
  }
}

export async function logs(context: Context, name: string, options: LogFlags): Promise<number> {
  const { hub, flags, io, connectCluster } = context;
  const object = await getApplication(hub, name, flags);
  await withDestination(hub, object, flags.namespace, connectCluster, (client) =>
    writeLogs(client, object, options, io),
  );
  return EXIT_DONE;
}
