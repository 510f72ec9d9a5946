import { CommanderError, type Command } from "commander";
import { silentLogger } from "@fairlead/base";
import { createClient } from "@fairlead/kube";
import { connectHub, type ClusterFlags, type ConnectHub } from "./access.ts";
import { deleteApplications, rollback, sync, wait } from "./acting.ts";
import { refresh, release, terminate } from "./act.ts";
import { getApplication, splitName } from "./access.ts";
import type { ConnectCluster, OpenSources } from "./destination.ts";
import { EXIT_DONE, EXIT_USAGE, type CommandIo } from "./io.ts";
import { diff, get, history, list, logs, manifests, resources, tree } from "./reading.ts";
import { collect, newCommand } from "./program.ts";
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
      const flags = root.opts<ClusterFlags>();
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
  try {
    await root.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    throw error;
  }
  return exit;
}

function addReading(root: Command, run: Run): void {
  root
    .command("list")
    .description("every application, as a table")
    .option("-A, --all-namespaces", "of every namespace")
    .option("-p, --project <name>", "only those of a project; may be repeated", collect)
    .option("-r, --repo <url>", "only those from a repository")
    .option("-c, --cluster <name>", "only those for a cluster, by name or server")
    .option("-l, --selector <selector>", "only those with these labels")
    .option("-o, --output <format>", "text, wide, name, json or yaml", "text")
    .action(run(list));
  root
    .command("get")
    .argument("<name>")
    .description("one application: what it is, how it is, what is wrong, its objects")
    .option("--refresh", "look at Git and the cluster first")
    .option("--hard-refresh", "the same, rendering again even if nothing changed")
    .option("-o, --output <format>", "text, wide, tree, name, json or yaml", "text")
    .action(run(get));
  root
    .command("resources")
    .argument("<name>")
    .description("its objects")
    .option("-o, --output <format>", "text, name, json or yaml", "text")
    .action(run(resources));
  root
    .command("history")
    .argument("<name>")
    .description("what was deployed, and when")
    .option("-o, --output <format>", "text, wide, id, json or yaml", "text")
    .action(run(history));
  root
    .command("wait")
    .argument("[name...]")
    .description("waits until applications are synced and healthy and nothing runs")
    .option("-l, --selector <selector>", "those with these labels")
    .option("--sync", "until synced")
    .option("--health", "until healthy")
    .option("--operation", "until no operation runs")
    .option("--suspended", "until suspended")
    .option("--degraded", "until degraded")
    .option("--delete", "until gone")
    .option("--timeout <duration>", "how long; seconds or 5m", "5m")
    .action(run(wait));
}

function addLooking(root: Command, run: Run): void {
  root
    .command("tree")
    .argument("<name>")
    .description("its objects with what they own in the cluster: ReplicaSets, Pods, Jobs, …")
    .option("-o, --output <format>", "text, name, json or yaml", "text")
    .action(run(tree));
  root
    .command("manifests")
    .argument("<name>")
    .description("its objects as Git has them, or as they are in the cluster")
    .option("--source <source>", "git or live", "git")
    .option("--revision <revision>", "instead of targetRevision; repeated, one a source", collect)
    .option("-o, --output <format>", "yaml, json or name", "yaml")
    .action(run(manifests));
  root
    .command("diff")
    .argument("<name>")
    .description("what a sync would change. Exit code 0: nothing, 1: something, 2: it could not be told")
    .option("--revision <revision>", "instead of targetRevision; repeated, one a source", collect)
    .option("--refresh", "have the controller look, too")
    .option("--hard-refresh", "the same, rendering again even if nothing changed")
    .option("--exit-code [on]", "false: exit with 0 also when there are differences")
    .option("--diff-exit-code <n>", "exit code for differences", "1")
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
    .option("--tail <n>", "the last lines only")
    .option("-s, --since-seconds <n>", "of the last seconds only")
    .option("--filter <text>", "only lines with this text")
    .option("-p, --previous", "of the container before the last restart")
    .action(run(logs));
}

function addActing(root: Command, run: Run): void {
  root
    .command("sync")
    .argument("[name...]")
    .description("syncs applications and waits for the end")
    .option("-l, --selector <selector>", "those with these labels")
    .option("--project <name>", "those of a project")
    .option("--revision <revision>", "another revision than targetRevision; several sources: comma-separated")
    .option("--prune", "delete what Git no longer has")
    .option("--dry-run", "try everything, change nothing")
    .option("--force", "recreate what cannot be changed in place")
    .option("--replace", "replace instead of apply")
    .option("--server-side", "accepted for scripts: applies are server-side always")
    .option("--apply-out-of-sync-only", "only objects that differ")
    .option("--strategy <strategy>", "apply (no hooks) or hook", "hook")
    .option(
      "--resource <resource>",
      "only this: [!]group:kind:name or group:kind:namespace/name; may be repeated",
      collect,
    )
    .option("--sync-option <option>", "e.g. Validate=false; may be repeated", collect)
    .option("--retry-limit <n>", "tries again this often")
    .option("--retry-backoff-duration <duration>", "before the first retry", "5s")
    .option("--retry-backoff-factor <n>", "longer by this each time", "2")
    .option("--retry-backoff-max-duration <duration>", "at most", "3m")
    .option("--info <name=value>", "kept with the operation; may be repeated", collect)
    .option("--async", "do not wait")
    .option("--timeout <duration>", "how long to wait; seconds or 5m", "5m")
    .action(run(sync));
  root
    .command("rollback")
    .argument("<name>")
    .argument("[id]", "a line of history; the one before the last when absent")
    .description("goes back to an earlier deployment; automated sync is held there until released")
    .option("--prune", "delete what that revision does not have")
    .option("--async", "do not wait")
    .option("--timeout <duration>", "how long to wait; seconds or 5m", "5m")
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
        await getApplication(hub, name, flags);
        await refresh(hub, splitName(name, flags), options.hard === true);
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
        await terminate(hub, await getApplication(hub, name, flags), splitName(name, flags));
        return EXIT_DONE;
      }),
    );
  root
    .command("delete")
    .argument("[name...]")
    .description("deletes applications with their objects")
    .option("-l, --selector <selector>", "those with these labels")
    .option("--cascade [on]", "false: leaves their objects where they are")
    .option("--no-cascade", "leaves their objects where they are")
    .option("-p, --propagation-policy <policy>", "foreground or background", "foreground")
    .option("-y, --yes", "accepted for scripts: nothing is asked")
    .option("--wait [on]", "false: does not wait until they are gone")
    .option("--timeout <duration>", "how long to wait; seconds or 5m", "5m")
    .action(run(deleteApplications));
}
