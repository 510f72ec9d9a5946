import type { KubeObject } from "@fairlead/apimachinery";
import { parseApplication } from "../application/parse.ts";
import type { ApplicationStatus, SyncOperationResource } from "../application/types.ts";
import { follow, getApplication, splitName } from "./access.ts";
import { historyLine, remove, requestSync, type SyncFlags } from "./act.ts";
import { isOff, targetsOf, type Context, type SelectFlags } from "./context.ts";
import { renderFor, withDestination } from "./destination.ts";
import { EXIT_DONE, EXIT_NOT_AS_ASKED, type CommandIo } from "./io.ts";
import type { OutputFormat } from "./output.ts";
import { UsageError } from "./program.ts";
import { operationEnds } from "./waiting.ts";
import { operationResource } from "./selection.ts";
import { refOf } from "./inspect.ts";

interface AwaitFlags {
  readonly async?: boolean;
  readonly timeout: number;
  readonly output: OutputFormat;
}

export async function sync(
  context: Context,
  given: string[],
  options: Omit<SyncFlags, "user"> & SelectFlags & AwaitFlags & { readonly label?: readonly string[] },
): Promise<number> {
  const { hub, io } = context;
  const { label } = options;
  if (label && options.resource) throw new UsageError("--label and --resource cannot be given together");
  const targets = await targetsOf(context, given, options);
  // Every one is looked at before any is asked for: a name that is wrong stops them all.
  const objects: KubeObject[] = [];
  for (const where of targets) objects.push(await getApplication(hub, where));
  const flags = { ...options, user: userOf(io) };
  // All are asked for before any is waited for: they run side by side.
  for (const object of objects) {
    const resources = label && (await labelledResources(context, object, label));
    if (resources?.length === 0) throw new UsageError(`no object has the labels ${label?.join(", ")}`);
    await requestSync(hub, object, flags, resources ? { resources } : {});
  }
  return options.async ? EXIT_DONE : operationEnds(context, objects, options);
}

function userOf(io: CommandIo): string {
  return io.env["USER"] || io.env["LOGNAME"] || "fairlead-cli";
}

/** The objects that Git says with one of these labels (`key=value`). */
async function labelledResources(
  context: Context,
  object: KubeObject,
  labels: readonly string[],
): Promise<SyncOperationResource[]> {
  const { hub, flags, connectCluster, openSources } = context;
  const { objects } = await withDestination(hub, object, flags.namespace, connectCluster, (client) =>
    renderFor(hub, client, object, { openSources, namespace: flags.namespace }),
  );
  const hasLabel = ({ metadata }: KubeObject): boolean =>
    Object.entries(metadata.labels ?? {}).some(([key, value]) => labels.includes(`${key}=${value}`));
  return objects.filter(hasLabel).map((one) => operationResource(refOf(one)));
}

export async function rollback(
  context: Context,
  name: string,
  id: number | undefined,
  options: AwaitFlags & { readonly prune?: boolean },
): Promise<number> {
  const { hub, flags, io } = context;
  const object = await getApplication(hub, splitName(name, flags));
  const { revision, revisions, source, sources } = historyLine(object, id);
  const { isMultiSource } = parseApplication(object).application.spec;
  // A line of history is its revision with the parameters of then.
  const own = isMultiSource ? (sources ? { sources } : {}) : source ? { source } : {};
  const wanted = revisions ?? (revision === undefined ? [] : [revision]);
  await requestSync(hub, object, { revision: wanted, prune: options.prune === true, user: userOf(io) }, own);
  return options.async ? EXIT_DONE : operationEnds(context, [object], options);
}

interface DeleteFlags extends SelectFlags {
  readonly cascade?: string | boolean;
  readonly propagationPolicy: "foreground" | "background";
  readonly wait?: string | boolean;
  readonly timeout: number;
}

export async function deleteApplications(context: Context, given: string[], options: DeleteFlags): Promise<number> {
  const { hub, io } = context;
  const targets = await targetsOf(context, given, options);
  for (const where of targets) {
    const object = await getApplication(hub, where);
    await remove(hub, object, where, isOff(options.cascade) ? undefined : options.propagationPolicy);
  }
  if (isOff(options.wait)) return EXIT_DONE;
  const gone = await Promise.all(
    targets.map(async (where) => {
      let held = "";
      const limits = { timeoutMs: options.timeout, signal: io.signal };
      const isGone = await follow(hub, where, limits, (object) => {
        if (!object) return true;
        const { conditions } = (object["status"] ?? {}) as ApplicationStatus;
        held = conditions?.find(({ type }) => type === "DeletionError")?.message ?? "its objects are being deleted";
        return undefined;
      });
      const name = `${where.namespace}/${where.name}`;
      if (isGone) io.stdout.write(`application '${name}' deleted\n`);
      else io.stderr.write(`${name}: ${held}\n`);
      return isGone === true;
    }),
  );
  return gone.every(Boolean) ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}
