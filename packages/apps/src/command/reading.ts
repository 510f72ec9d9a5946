import { problemError } from "@fairlead/base";
import { gvkOf, type KubeObject } from "@fairlead/apimachinery";
import { parseApplication } from "../application/parse.ts";
import { ANNOTATIONS } from "../names.ts";
import { follow, getApplication, listApplications, splitName } from "./access.ts";
import { refresh } from "./act.ts";
import type { Context } from "./context.ts";
import { withDestination } from "./destination.ts";
import { objectTree, resourcesOf, shownLive, treeText } from "./inspect.ts";
import { EXIT_DONE } from "./io.ts";
import { arrayText, listText, objectText, valueText, type OutputFormat } from "./output.ts";
import { describeApplication, historyTable, listTable, operationText, parametersText, resourceTable } from "./show.ts";

interface OutputFlag {
  readonly output: OutputFormat;
}

export interface RefreshFlags {
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
  const where = options.allNamespaces ? { namespace: flags.namespace } : flags;
  const all = await listApplications(hub, where, options.selector);
  const chosen = all.filter((object) => isListed(object, options));
  const { output } = options;
  if (output === "json" || output === "yaml") io.stdout.write(arrayText(chosen, output));
  else if (output === "name") io.stdout.write(chosen.map(qualifiedName).join(""));
  else io.stdout.write(listTable(chosen, output === "wide"));
  return EXIT_DONE;
}

function qualifiedName({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}\n`;
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

interface GetFlags extends OutputFlag, RefreshFlags {
  readonly showOperation?: boolean;
  readonly showParams?: boolean;
}

export async function get(context: Context, name: string, options: GetFlags): Promise<number> {
  const { io } = context;
  const object = await refreshed(context, name, options);
  const { output } = options;
  if (output === "tree" || output === "tree=detailed") return writeTree(context, object, "text");
  if (output === "json" || output === "yaml") io.stdout.write(objectText(object, output));
  else if (output === "name") io.stdout.write(qualifiedName(object));
  else {
    io.stdout.write(describeApplication(object));
    if (options.showOperation) io.stdout.write(operationText(object));
    if (options.showParams) io.stdout.write(parametersText(object));
  }
  return EXIT_DONE;
}

/** The application, after the controller has served a refresh if one was asked for. */
export async function refreshed(context: Context, name: string, options: RefreshFlags): Promise<KubeObject> {
  const { hub, flags, io } = context;
  const where = splitName(name, flags);
  const object = await getApplication(hub, where);
  if (!options.refresh && !options.hardRefresh) return object;
  await refresh(hub, where, options.hardRefresh === true);
  const limits = { timeoutMs: REFRESH_WAIT_MS, signal: io.signal };
  const served = await follow(hub, where, limits, (now) =>
    now && now.metadata.annotations?.[ANNOTATIONS.refresh] === undefined ? now : undefined,
  );
  if (!served) throw problemError("NoOperation", `${name} was not refreshed`, { hint: "does a controller run?" });
  return served;
}

export async function resources(context: Context, name: string, { output }: OutputFlag): Promise<number> {
  const { hub, flags, io } = context;
  const object = await getApplication(hub, splitName(name, flags));
  if (output === "tree" || output === "tree=detailed") return writeTree(context, object, "text");
  const found = resourcesOf(object);
  if (output === "json" || output === "yaml") io.stdout.write(valueText(found, output));
  else if (output === "name") io.stdout.write(found.map((one) => `${one.kind}/${one.name}\n`).join(""));
  else io.stdout.write(resourceTable(parseApplication(object).application));
  return EXIT_DONE;
}

export async function history({ hub, flags, io }: Context, name: string, { output }: OutputFlag): Promise<number> {
  const { application } = parseApplication(await getApplication(hub, splitName(name, flags)));
  const lines = application.status.history ?? [];
  if (output === "id") io.stdout.write(lines.map(({ id }) => `${id}\n`).join(""));
  else if (output === "json" || output === "yaml") io.stdout.write(valueText(lines, output));
  else io.stdout.write(historyTable(application));
  return EXIT_DONE;
}

export async function tree(context: Context, name: string, options: OutputFlag): Promise<number> {
  const { hub, flags } = context;
  return writeTree(context, await getApplication(hub, splitName(name, flags)), options.output);
}

async function writeTree(context: Context, object: KubeObject, output: OutputFormat): Promise<number> {
  const { hub, flags, io, connectCluster, openSources } = context;
  const isWhole = output === "json" || output === "yaml";
  const lines = await withDestination(hub, object, flags.namespace, connectCluster, async (client) => {
    const found = await objectTree(client, object);
    if (!isWhole) return found;
    const request = { openSources, namespace: flags.namespace };
    const live = found.map((line) => line.object);
    const shown = await shownLive(live, { hub, client, object, request });
    return found.map((line, index) => ({ ...line, object: shown[index] ?? line.object }));
  });
  const all = lines.map((line) => line.object);
  if (output === "json" || output === "yaml") io.stdout.write(listText(all, output));
  else if (output === "name") io.stdout.write(all.map(nameText).join(""));
  else io.stdout.write(treeText(object, lines));
  return EXIT_DONE;
}

/** `kind.group/name`, as kubectl prints names. */
export function nameText(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  return `${kind.toLowerCase()}${group ? `.${group}` : ""}/${object.metadata.name ?? ""}\n`;
}
