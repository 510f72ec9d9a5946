import { explainProblem, problemsOf } from "@fairlead/base";
import { parseApplication } from "../application/parse.ts";
import { getApplication, splitName } from "./access.ts";
import { isOff, type Context } from "./context.ts";
import { renderFor, withDestination } from "./destination.ts";
import { differences, liveObjects, shownLive } from "./inspect.ts";
import { EXIT_DONE, EXIT_USAGE } from "./io.ts";
import { writeLogs, type LogFlags } from "./logs.ts";
import { listText, objectText, type OutputFormat } from "./output.ts";
import { Mask } from "../secrecy/mask.ts";
import { nameText, refreshed, type RefreshFlags } from "./reading.ts";
import { wantedRevisions, type RevisionFlags } from "./revisions.ts";

interface ManifestFlags extends RevisionFlags {
  readonly source: "git" | "live";
  readonly output: OutputFormat;
}

export async function manifests(context: Context, name: string, options: ManifestFlags): Promise<number> {
  const { hub, flags, io, connectCluster, openSources } = context;
  const object = await getApplication(hub, splitName(name, flags));
  const revisions = wantedRevisions(parseApplication(object).application, options);
  const objects = await withDestination(hub, object, flags.namespace, connectCluster, async (client) => {
    const request = { openSources, namespace: flags.namespace, revisions };
    if (options.source === "live")
      return shownLive(await liveObjects(client, object), { hub, client, object, request });
    const rendered = await renderFor(hub, client, object, request);
    const mask = new Mask(rendered.redactor);
    return rendered.objects.map((one) => mask.of(one));
  });
  if (options.output === "name") io.stdout.write(objects.map(nameText).join(""));
  else if (options.output === "json") io.stdout.write(listText(objects, "json"));
  else io.stdout.write(objects.map((one) => `---\n${objectText(one, "yaml")}`).join(""));
  return EXIT_DONE;
}

interface DiffFlags extends RefreshFlags, RevisionFlags {
  readonly exitCode?: string | boolean;
  readonly diffExitCode: number;
}

/** 1 means "differs" here, so whatever goes wrong is 2. */
export async function diff(context: Context, name: string, options: DiffFlags): Promise<number> {
  const { hub, flags, io, connectCluster, openSources } = context;
  try {
    const object = await refreshed(context, name, options);
    const revisions = wantedRevisions(parseApplication(object).application, options);
    const found = await withDestination(hub, object, flags.namespace, connectCluster, async (client) => {
      const rendered = await renderFor(hub, client, object, { openSources, namespace: flags.namespace, revisions });
      return differences(hub, client, object, rendered, flags.namespace);
    });
    io.stdout.write(found.map(({ text }) => `\n${text}`).join(""));
    return found.length === 0 || isOff(options.exitCode) ? EXIT_DONE : options.diffExitCode;
  } catch (error) {
    for (const problem of problemsOf(error)) io.stderr.write(`fairlead: ${explainProblem(problem)}\n`);
    return EXIT_USAGE;
  }
}

export async function logs(context: Context, name: string, options: LogFlags): Promise<number> {
  const { hub, flags, io, connectCluster } = context;
  const object = await getApplication(hub, splitName(name, flags));
  await withDestination(hub, object, flags.namespace, connectCluster, (client) =>
    writeLogs(client, object, options, io),
  );
  return EXIT_DONE;
}
