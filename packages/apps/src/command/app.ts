import { Option, type Command } from "commander";
import { parseGoDuration, problemError, silentLogger } from "@fairlead/base";
import { createClient } from "@fairlead/kube";
import { timeMs } from "../application/times.ts";
import { connectHub, type ClusterFlags, type ConnectHub } from "./access.ts";
import { deleteApplications, rollback, sync } from "./acting.ts";
import { parseInfo, refresh, release, terminate } from "./act.ts";
import { getApplication, splitName } from "./access.ts";
import type { ConnectCluster, OpenSources } from "./destination.ts";
import { EXIT_DONE, type CommandIo } from "./io.ts";
import { get, history, list, resources, tree } from "./reading.ts";
import { diff, logs, manifests } from "./looking.ts";
import { collect, newCommand, outputOption, parsed, parsedList, timeoutOption, wholeNumber } from "./program.ts";
import { runProgram } from "./run.ts";
import { parseResourcePattern } from "./selection.ts";
import { wait } from "./waiting.ts";
import type { Context } from "./context.ts";

export interface AppCommandDeps {
  readonly connect?: ConnectHub;
  /** Needed by what looks into destination clusters. */
  readonly connectCluster?: ConnectCluster;
  /** Needed by what renders: diff, manifests. */
  readonly openSources?: OpenSources;
}

type Run = <T extends unknown[]>(
  action: (context: Context, ...rest: T) => Promise<number>,
) => (...rest: T) => Promise<void>;

/**
 * `fairlead app …`, against any kubeconfig. Application objects are read and written, so it works whichever engine serves them.
 * Flags are spelled as the argocd command spells them, where it has them. Exit codes: io.ts.
 * @throws ProblemError for an application that is not there, and the like
 */
export async function appCommand(
  args: readonly string[],
  io: CommandIo,
  connect: ConnectHub = connectHub,
  deps: Omit<AppCommandDeps, "connect"> = {},
): Promise<number> {
  const root = newCommand("fairlead app", "Looks at applications and acts on them.", io);
  let exit = EXIT_DONE;
  const connectCluster: ConnectCluster =
    deps.connectCluster ?? ((config) => createClient(config, { logger: silentLogger, userAgent: "fairlead" }));
  const run: Run =
    (action) =>
    async (...rest) => {
      const isNamespaceGiven = root.getOptionValueSource("namespace") !== "default";
      const flags = { ...root.opts<ClusterFlags>(), isNamespaceGiven };
      const hub = connect(flags, io);
      try {
        exit = await action({ hub, flags, io, connectCluster, openSources: deps.openSources }, ...rest);
      } finally {
        hub.close();
      }
    };
  root
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of the control plane and, by default, of the applications", "argocd")
    .option("-N, --app-namespace <name>", "namespace of the applications");
  addReading(root, run);
  addActing(root, run);
  addLooking(root, run);
  return runProgram(root, args, io, () => exit);
}

function addReading(root: Command, run: Run): void {
  root
    .command("list")
    .description("every application, as a table")
    .option("-A, --all-namespaces", "of every namespace; the default where -n and -N are absent")
    .option("-p, --project <name>", "only those of a project; may be repeated", collect)
    .option("-r, --repo <url>", "only those from a repository")
    .option("-c, --cluster <name>", "only those for a cluster, by name or server")
    .option("-l, --selector <selector>", "only those with these labels")
    .addOption(outputOption(["text", "wide", "name", "json", "yaml"], "text"))
    .action(run(list));
  root
    .command("get")
    .argument("<name>")
    .description("one application: what it is, how it is, what is wrong, its objects")
    .option("--refresh", "look at Git and the cluster first")
    .option("--hard-refresh", "the same, rendering again even if nothing changed")
    .option("--show-operation", "with what the running or last operation did to each object")
    .option("--show-params", "with the parameters of its sources")
    .addOption(outputOption(["text", "wide", "tree", "tree=detailed", "name", "json", "yaml"], "text"))
    .action(run(get));
  root
    .command("resources")
    .argument("<name>")
    .description("its objects")
    .addOption(outputOption(["text", "wide", "tree", "tree=detailed", "name", "json", "yaml"], "text"))
    .action(run(resources));
  root
    .command("history")
    .argument("<name>")
    .description("what was deployed, and when")
    .addOption(outputOption(["text", "wide", "id", "json", "yaml"], "text"))
    .action(run(history));
  root
    .command("tree")
    .argument("<name>")
    .description("its objects with what they own in the cluster: ReplicaSets, Pods, Jobs, …")
    .addOption(outputOption(["text", "wide", "name", "json", "yaml"], "text"))
    .action(run(tree));
}

function withRevisions(command: Command): Command {
  return command
    .option(
      "--revision <revision>",
      "instead of targetRevision; several sources: comma-separated, or repeated",
      collect,
    )
    .option(
      "--revisions <revision>",
      "for the source that --source-positions or --source-names names; repeated",
      collect,
    )
    .option("--source-positions <n>", "a source, counted from 1; may be repeated", parsedList(wholeNumber))
    .option("--source-names <name>", "a source by its name; may be repeated", collect);
}

function addLooking(root: Command, run: Run): void {
  withRevisions(root.command("manifests").argument("<name>"))
    .description("its objects as Git has them, or as they are in the cluster")
    .addOption(new Option("--source <source>", "where from").choices(["git", "live"]).default("git"))
    .addOption(outputOption(["yaml", "json", "name"], "yaml"))
    .action(run(manifests));
  withRevisions(root.command("diff").argument("<name>"))
    .description("what a sync would change. Exit code 0: nothing, 1: something, 2: it could not be told")
    .option("--refresh", "have the controller look, too")
    .option("--hard-refresh", "the same, rendering again even if nothing changed")
    .option("--exit-code [on]", "false: exit with 0 also when there are differences")
    .option("--diff-exit-code <n>", "exit code for differences", wholeNumber, 1)
    .action(run(diff));
  root
    .command("logs")
    .argument("<name>")
    .description("logs of its pods")
    .option("--group <group>", "of pods below an object of this group")
    .option("--kind <kind>", "of pods below an object of this kind")
    .option("--name <name>", "of pods below an object of this name")
    .option("-c, --container <name>", "of this container (default: each pod's first)")
    .option("-f, --follow", "go on until interrupted")
    .option("--tail <n>", "the last lines only", wholeNumber)
    .option("-s, --since-seconds <n>", "of the last seconds only", wholeNumber)
    .option("--until-time <time>", "lines until then, e.g. 2026-03-01T12:00:00Z", parsed(timeOf))
    .option("--filter <text>", "only lines with this text, in capitals or not")
    .option("-m, --match-case", "the filter in its own capitals")
    .option("-p, --previous", "of the container before the last restart")
    .action(run(logs));
}

function addActing(root: Command, run: Run): void {
  addSync(root, run);
  root
    .command("wait")
    .argument("[name...]")
    .description(
      "waits until applications are synced and healthy and nothing runs. Exit code 0: they are, 1: they are not in time",
    )
    .option("-l, --selector <selector>", "those with these labels")
    .option("--project <name>", "those of a project; may be repeated", collect)
    .option("--resource <resource>", "only this, as for sync; may be repeated", parsedList(parseResourcePattern))
    .option("--sync", "until synced")
    .option("--health", "until healthy")
    .option("--operation", "until no operation runs")
    .option("--suspended", "until suspended")
    .option("--degraded", "until degraded")
    .option("--delete", "until gone")
    .addOption(timeoutOption())
    .addOption(outputOption(["wide", "name", "json", "yaml"]))
    .action(run(wait));
  root
    .command("rollback")
    .argument("<name>")
    .argument("[id]", "a line of history; the one before the last when absent", wholeNumber)
    .description("goes back to an earlier deployment; automated sync is held there until released")
    .option("--prune", "delete what that revision does not have")
    .option("--async", "do not wait")
    .addOption(timeoutOption())
    .addOption(outputOption(["wide", "name", "json", "yaml"]))
    .action(run(rollback));
  addSmall(root, run);
  root
    .command("delete")
    .argument("[name...]")
    .description("deletes applications with their objects")
    .option("-l, --selector <selector>", "those with these labels")
    .option("--project <name>", "those of a project; may be repeated", collect)
    .option("--cascade [on]", "false: leaves their objects where they are")
    .option("--no-cascade", "leaves their objects where they are")
    .addOption(
      new Option("-p, --propagation-policy <policy>", "how objects are deleted")
        .choices(["foreground", "background"])
        .default("foreground"),
    )
    .option("-y, --yes", "accepted for scripts: nothing is asked")
    .option("--wait [on]", "false: does not wait until they are gone")
    .addOption(timeoutOption())
    .action(run(deleteApplications));
}

function addSync(root: Command, run: Run): void {
  withRevisions(root.command("sync").argument("[name...]"))
    .description("syncs applications and waits for the end. Exit code 0: all succeeded, 1: one did not, or not in time")
    .option("-l, --selector <selector>", "those with these labels")
    .option("--project <name>", "those of a project; may be repeated", collect)
    .option("--prune", "delete what Git no longer has")
    .option("--dry-run", "try everything, change nothing")
    .option("--force", "recreate what cannot be changed in place")
    .option("--replace", "replace instead of apply")
    .option("--server-side", "accepted for scripts: applies are server-side always")
    .option("--assumeYes", "accepted for scripts: nothing is asked")
    .option("--apply-out-of-sync-only", "only objects that differ")
    .addOption(new Option("--strategy <strategy>", "apply runs no hooks").choices(["apply", "hook"]).default("hook"))
    .option(
      "--resource <resource>",
      "only this: [!]group:kind:name or group:kind:namespace/name, * is any; may be repeated",
      parsedList(parseResourcePattern),
    )
    .option("--label <key=value>", "only objects with this label; may be repeated", collect)
    .option("--sync-option <option>", "e.g. Validate=false; may be repeated", collect)
    .option("--retry-limit <n>", "tries again this often; -1: without end", wholeNumber)
    .option("--retry-backoff-duration <duration>", "before the first retry", parsed(goDuration), "5s")
    .option("--retry-backoff-factor <n>", "longer by this each time", wholeNumber, 2)
    .option("--retry-backoff-max-duration <duration>", "at most", parsed(goDuration), "3m")
    .option("--info <name=value>", "kept with the operation; may be repeated", parsedList(parseInfo))
    .option("--async", "do not wait")
    .addOption(timeoutOption())
    .addOption(outputOption(["wide", "name", "json", "yaml"]))
    .action(run(sync));
}

/** What changes one field, and is done at once. */
function addSmall(root: Command, run: Run): void {
  root
    .command("release")
    .argument("<name>")
    .description("lets go of a rollback: follows targetRevision again")
    .action(
      run(async ({ hub, flags }, name: string) => {
        const where = splitName(name, flags);
        await getApplication(hub, where);
        await release(hub, where);
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
        const where = splitName(name, flags);
        await getApplication(hub, where);
        await refresh(hub, where, options.hard === true);
        return EXIT_DONE;
      }),
    );
  root
    .command("terminate")
    .alias("terminate-op")
    .argument("<name>")
    .description("ends the operation that runs")
    .action(
      run(async ({ hub, flags }, name: string) => {
        const where = splitName(name, flags);
        await terminate(hub, await getApplication(hub, where), where);
        return EXIT_DONE;
      }),
    );
}

/** The text as it is, once it is known to be a duration. @throws ProblemError */
function goDuration(text: string): string {
  parseGoDuration(text);
  return text;
}

/** @throws ProblemError */
function timeOf(text: string): number {
  const ms = timeMs(text);
  if (ms === undefined) throw problemError("InvalidInput", `${JSON.stringify(text)} is no time`);
  return ms;
}
