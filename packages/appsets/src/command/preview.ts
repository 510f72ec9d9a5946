import { Command, CommanderError, Option } from "commander";
import { isJsonObject, parseGoDuration, problemError, systemClock, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { APPLICATION_KIND, APPLICATION_SET_KIND } from "../application-set/types.ts";
import { EXPIRES_ANNOTATION } from "../preview/config.ts";
import type { PreviewEntry } from "../preview/plan.ts";
import { connectHub, splitName, type ClusterFlags, type ConnectHub } from "./access.ts";
import { EXIT_DONE, EXIT_USAGE, type CommandIo } from "./io.ts";
import { table, type Context } from "./show.ts";

/**
 * `fairlead preview list|extend|delete`: the environments of pull requests, as the sets that made them tell.
 * @throws ProblemError UnknownApplicationSet for a preview that is not there
 */
export async function previewCommand(
  args: readonly string[],
  io: CommandIo,
  connect: ConnectHub = connectHub,
): Promise<number> {
  const root = new Command("fairlead preview").description(
    "Looks at previews of pull requests, and changes when they end.",
  );
  root
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  root
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of the sets", "argocd");
  const withHub = async (action: (context: Context) => Promise<void>): Promise<void> => {
    const flags = root.opts<ClusterFlags>();
    const hub = connect(flags, io);
    try {
      await action({ hub, flags, io });
    } finally {
      hub.close();
    }
  };
  root
    .command("list")
    .description("every preview: running, waiting, held at the gate, ended, on its way out")
    .addOption(new Option("-o, --output <format>").choices(["text", "json"]).default("text"))
    .action(({ output }: { output: string }) => withHub((context) => list(context, output)));
  root
    .command("extend")
    .argument("<name>", "the preview's Application")
    .argument("<duration>", "from now on, as 24h or 2d")
    .description("lets a preview run longer")
    .action((name: string, duration: string) => withHub((context) => setEnd(context, name, durationOf(duration))));
  root
    .command("delete")
    .argument("<name>", "the preview's Application")
    .description("ends a preview; a new commit on its pull request starts it again")
    .action((name: string) => withHub((context) => setEnd(context, name, 0)));
  try {
    await root.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    throw error;
  }
  return EXIT_DONE;
}

interface Found {
  readonly set: KubeObject;
  readonly entry: PreviewEntry;
}

async function findAll({ hub, flags }: Context, namespace = flags.namespace): Promise<Found[]> {
  const { items } = await hub.list(APPLICATION_SET_KIND, { namespace });
  return items.flatMap((set) => {
    const status: JsonObject = isJsonObject(set["status"]) ? set["status"] : {};
    const previews = Array.isArray(status["previews"]) ? status["previews"].filter(isJsonObject) : [];
    return previews.map((entry) => ({ set, entry: entry as PreviewEntry }));
  });
}

async function list(context: Context, output: string): Promise<void> {
  const all = await findAll(context);
  if (output === "json") {
    const rows = all.map(({ set, entry }) => ({ applicationSet: set.metadata.name, ...entry }));
    context.io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const rows = all.map(({ set, entry }) => [
    entry.application,
    entry.number,
    entry.state,
    entry.namespace,
    entry.expiresAt ?? "",
    entry.url ?? "",
    set.metadata.name ?? "",
    entry.message,
  ]);
  context.io.stdout.write(
    table(["PREVIEW", "PULL REQUEST", "STATE", "NAMESPACE", "ENDS", "ADDRESS", "SET", "MESSAGE"], rows),
  );
}

async function setEnd(context: Context, name: string, inMs: number): Promise<void> {
  const where = splitName(name, context.flags.namespace);
  const all = await findAll(context, where.namespace);
  const found = all.find(({ entry }) => entry.application === where.name);
  if (!found) {
    const running = all.map(({ entry }) => entry.application).slice(0, 20);
    const hint = running.length > 0 ? `there are ${running.join(", ")}` : "there is none";
    throw problemError("UnknownApplicationSet", `there is no preview ${where.namespace}/${where.name}`, { hint });
  }
  if (found.entry.state !== "Running") {
    throw problemError("UnknownApplicationSet", `preview ${where.name} is ${found.entry.state}, it does not run`, {
      hint: found.entry.message,
    });
  }
  const at = new Date(systemClock.now() + inMs).toISOString().replace(/\.\d+Z$/, "Z");
  const body = { metadata: { annotations: { [EXPIRES_ANNOTATION]: at } } };
  await context.hub.patch(
    { ...APPLICATION_KIND, name: where.name, namespace: where.namespace },
    { type: "merge", body },
  );
  context.io.stdout.write(inMs === 0 ? `preview ${where.name} ends now\n` : `preview ${where.name} runs until ${at}\n`);
}

function durationOf(text: string): number {
  const days = /^(\d+)d$/.exec(text);
  return days ? Number(days[1]) * 86_400_000 : parseGoDuration(text);
}
