import { Command, CommanderError } from "commander";
import { parseGoDuration } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { parseApplication } from "../application/parse.ts";
import type { ApplicationStatus } from "../application/types.ts";
import { APPLICATION_KIND } from "../names.ts";
import { connectHub, follow, getApplication, splitName, type ClusterFlags, type ConnectHub } from "./access.ts";
import { historyRevision, refresh, release, remove, requestSync, terminate, type SyncFlags } from "./act.ts";
import { EXIT_DONE, EXIT_NOT_AS_ASKED, EXIT_USAGE, type CommandIo } from "./io.ts";
import { machineText, type OutputFormat } from "./output.ts";
import { describeApplication, historyTable, listTable, resourceTable } from "./show.ts";

interface Context {
  readonly hub: KubeClient;
  readonly flags: ClusterFlags;
  readonly io: CommandIo;
}

interface OutputFlag {
  readonly output: OutputFormat;
}

interface WaitFlags {
  readonly timeout: string;
  readonly sync?: boolean;
  readonly health?: boolean;
  readonly operation?: boolean;
}

/**
 * `fairlead app list|get|resources|history|sync|wait|rollback|release|refresh|terminate|delete`, against any kubeconfig. Only the
 * Application objects are read and written, so it works whichever engine serves them. Exit codes: io.ts.
 * @throws ProblemError for an application that is not there, and the like
 */
export async function appCommand(
  args: readonly string[],
  io: CommandIo,
  connect: ConnectHub = connectHub,
): Promise<number> {
  const root = newCommand("fairlead app", "Looks at applications and acts on them.", io);
  let exit = EXIT_DONE;
  const run =
    <T extends unknown[]>(action: (context: Context, ...rest: T) => Promise<number>) =>
    async (...rest: T): Promise<void> => {
      const flags = root.opts<ClusterFlags>();
      const hub = connect(flags, io);
      try {
        exit = await action({ hub, flags, io }, ...rest);
      } finally {
        hub.close();
      }
    };
  root
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of the applications", "argocd");
  addReading(root, run);
  addActing(root, run);
  try {
    await root.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    throw error;
  }
  return exit;
}

function newCommand(name: string, description: string, io: CommandIo): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}

type Run = <T extends unknown[]>(
  action: (context: Context, ...rest: T) => Promise<number>,
) => (...rest: T) => Promise<void>;

function addReading(root: Command, run: Run): void {
  root
    .command("list")
    .description("every application, as a table")
    .option("-A, --all-namespaces", "of every namespace")
    .option("-p, --project <name>", "only those of a project")
    .option("-l, --selector <selector>", "only those with these labels")
    .option("-o, --output <format>", "text, wide, name, json or yaml", "text")
    .action(run(list));
  root
    .command("get")
    .argument("<name>")
    .description("one application: what it is, how it is, what is wrong, its objects")
    .option("-o, --output <format>", "text, json or yaml", "text")
    .action(run(get));
  root
    .command("resources")
    .argument("<name>")
    .description("its objects")
    .action(run(showWith(resourceTable)));
  root
    .command("history")
    .argument("<name>")
    .description("what was deployed, and when")
    .action(run(showWith(historyTable)));
  root
    .command("wait")
    .argument("<name...>")
    .description("waits until applications are synced and healthy and nothing runs")
    .option("--sync", "only until synced")
    .option("--health", "only until healthy")
    .option("--operation", "only until no operation runs")
    .option("--timeout <duration>", "how long", "5m")
    .action(run(wait));
}

function addActing(root: Command, run: Run): void {
  root
    .command("sync")
    .argument("<name...>")
    .description("syncs applications and waits for the end")
    .option("--revision <revision>", "another revision than targetRevision")
    .option("--prune", "delete what Git no longer has")
    .option("--dry-run", "try everything, change nothing")
    .option("--force", "recreate what cannot be changed in place")
    .option("--resource <resource...>", "only these: group:kind:name or group:kind:namespace/name")
    .option("--async", "do not wait")
    .option("--timeout <duration>", "how long to wait", "5m")
    .action(run(sync));
  root
    .command("rollback")
    .argument("<name>")
    .argument("[id]", "a line of history; the one before the last when absent")
    .description("goes back to an earlier deployment; automated sync is held there until released")
    .option("--prune", "delete what that revision does not have")
    .option("--timeout <duration>", "how long to wait", "5m")
    .action(run(rollback));
  root
    .command("release")
    .argument("<name>")
    .description("lets go of a rollback: follows targetRevision again")
    .action(
      run(async ({ hub, flags }, name: string) => {
        await release(hub, splitName(name, flags));
        return EXIT_DONE;
      }),
    );
  root
    .command("refresh")
    .argument("<name>")
    .description("looks at Git and the cluster again now")
    .option("--hard", "renders again even if nothing changed")
    .action(
      run(async ({ hub, flags }, name: string, options: { hard?: boolean }) => {
        await refresh(hub, splitName(name, flags), options.hard === true);
        return EXIT_DONE;
      }),
    );
  root
    .command("terminate")
    .argument("<name>")
    .description("ends the operation that runs")
    .action(
      run(async ({ hub, flags }, name: string) => {
        await terminate(hub, await getApplication(hub, name, flags), splitName(name, flags));
        return EXIT_DONE;
      }),
    );
  root
    .command("delete")
    .argument("<name>")
    .description("deletes an application with its objects")
    .option("--no-cascade", "leaves its objects where they are")
    .option("--timeout <duration>", "how long to wait", "5m")
    .action(run(deleteApplication));
}

async function list(
  { hub, flags, io }: Context,
  options: OutputFlag & { allNamespaces?: boolean; project?: string; selector?: string },
): Promise<number> {
  const namespace = options.allNamespaces ? undefined : flags.namespace;
  const { items } = await hub.list(APPLICATION_KIND, { namespace, labelSelector: options.selector });
  const chosen = items
    .filter(
      (object) =>
        options.project === undefined || parseApplication(object).application.spec.project === options.project,
    )
    .sort((a, b) =>
      `${a.metadata.namespace}/${a.metadata.name}` < `${b.metadata.namespace}/${b.metadata.name}` ? -1 : 1,
    );
  io.stdout.write(listText(chosen, options.output));
  return EXIT_DONE;
}

function listText(objects: readonly KubeObject[], format: OutputFormat): string {
  if (format === "json" || format === "yaml") return machineText(objects, format, true);
  if (format === "name") return objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}\n`).join("");
  return listTable(objects, format === "wide");
}

async function get({ hub, flags, io }: Context, name: string, options: OutputFlag): Promise<number> {
  const object = await getApplication(hub, name, flags);
  const { output } = options;
  io.stdout.write(
    output === "json" || output === "yaml" ? machineText([object], output, false) : describeApplication(object),
  );
  return EXIT_DONE;
}

function showWith(show: (app: ReturnType<typeof parseApplication>["application"]) => string) {
  return async ({ hub, flags, io }: Context, name: string): Promise<number> => {
    io.stdout.write(show(parseApplication(await getApplication(hub, name, flags)).application));
    return EXIT_DONE;
  };
}

async function sync(
  context: Context,
  names: string[],
  options: Omit<SyncFlags, "user"> & { async?: boolean; timeout: string },
): Promise<number> {
  const { hub, flags, io } = context;
  const timeoutMs = parseGoDuration(options.timeout);
  let exit = EXIT_DONE;
  for (const name of names) {
    const where = splitName(name, flags);
    const object = await getApplication(hub, name, flags);
    await requestSync(hub, object, where, { ...options, user: userOf(io) });
    if (options.async) continue;
    if (!(await operationEnds(context, where, object, timeoutMs))) exit = EXIT_NOT_AS_ASKED;
  }
  return exit;
}

function userOf(io: CommandIo): string {
  return io.env["USER"] || io.env["LOGNAME"] || "fairlead-cli";
}

/** Waits for the end of the operation that was just asked for, telling each new message. True when it succeeded. */
async function operationEnds(
  { hub, io }: Context,
  where: { name: string; namespace: string },
  before: KubeObject,
  timeoutMs: number,
): Promise<boolean> {
  const startedBefore = statusOf(before).operationState?.startedAt;
  let told = "";
  const phase = await follow(hub, where, { timeoutMs, signal: io.signal }, (object) => {
    if (!object) return "Gone";
    const state = statusOf(object).operationState;
    if (object["operation"] !== undefined || !state || state.startedAt === startedBefore) return undefined;
    const message = `${state.phase}: ${state.message ?? ""}`;
    if (message !== told) io.stderr.write(`${where.name}: ${message}\n`);
    told = message;
    return state.phase === "Running" || state.phase === "Terminating" ? undefined : state.phase;
  });
  if (phase === undefined && !io.signal.aborted) io.stderr.write(`${where.name}: gave up waiting\n`);
  return phase === "Succeeded";
}

function statusOf(object: KubeObject): ApplicationStatus {
  return (object["status"] ?? {}) as ApplicationStatus;
}

async function rollback(
  context: Context,
  name: string,
  id: string | undefined,
  options: { prune?: boolean; timeout: string },
): Promise<number> {
  const { hub, flags, io } = context;
  const object = await getApplication(hub, name, flags);
  const where = splitName(name, flags);
  const revision = historyRevision(object, id === undefined ? undefined : Number(id));
  await requestSync(hub, object, where, { revision, prune: options.prune === true, user: userOf(io) });
  const isDone = await operationEnds(context, where, object, parseGoDuration(options.timeout));
  return isDone ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}

async function wait({ hub, flags, io }: Context, names: string[], options: WaitFlags): Promise<number> {
  const timeoutMs = parseGoDuration(options.timeout);
  const all = !options.sync && !options.health && !options.operation;
  const results = await Promise.all(
    names.map(async (name) => {
      let missing = "it does not exist";
      const isDone = await follow(hub, splitName(name, flags), { timeoutMs, signal: io.signal }, (object) => {
        if (!object) return undefined;
        missing = notYet(statusOf(object), object["operation"] !== undefined, { ...options, all });
        return missing === "" ? true : undefined;
      });
      if (!isDone) io.stderr.write(`${name}: ${missing}\n`);
      return isDone === true;
    }),
  );
  return results.every(Boolean) ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}

/** What is not yet as asked for; empty when everything is. */
function notYet(status: ApplicationStatus, hasOperation: boolean, asked: WaitFlags & { all: boolean }): string {
  const { sync, health, operationState } = status;
  const isRunning = hasOperation || operationState?.phase === "Running";
  if ((asked.all || asked.operation) && isRunning) return `an operation runs: ${operationState?.message ?? ""}`;
  if ((asked.all || asked.sync) && sync?.status !== "Synced") return `it is ${sync?.status ?? "Unknown"}`;
  if ((asked.all || asked.health) && health?.status !== "Healthy") return `it is ${health?.status ?? "Unknown"}`;
  return "";
}

async function deleteApplication(
  { hub, flags, io }: Context,
  name: string,
  options: { cascade: boolean; timeout: string },
): Promise<number> {
  const where = splitName(name, flags);
  await remove(hub, await getApplication(hub, name, flags), where, options.cascade);
  let held = "";
  const timeoutMs = parseGoDuration(options.timeout);
  const isGone = await follow(hub, where, { timeoutMs, signal: io.signal }, (object) => {
    if (!object) return true;
    held =
      statusOf(object).conditions?.find(({ type }) => type === "DeletionError")?.message ??
      "its objects are being deleted";
    return undefined;
  });
  if (!isGone) io.stderr.write(`${name}: ${held}\n`);
  return isGone ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}
