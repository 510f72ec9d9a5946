import { Command, CommanderError, Option } from "commander";
import { connectHub, type ClusterFlags, type ConnectHub } from "./access.ts";
import { diffCommand } from "./diff.ts";
import { generateCommand, type GenerateFlags } from "./generate.ts";
import { EXIT_DONE, EXIT_USAGE, type CommandIo } from "./io.ts";
import { getSet, listSets, type Context, type Output } from "./show.ts";

/**
 * `fairlead appset list|get|generate|diff`. `generate` reads files only; the others read the hub's objects.
 * @throws ProblemError for a set that is not there, and the like
 */
export async function appsetCommand(
  args: readonly string[],
  io: CommandIo,
  connect: ConnectHub = connectHub,
): Promise<number> {
  const root = new Command("fairlead appset").description("Looks at ApplicationSets, and shows what one generates.");
  root
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  root
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of the sets, and of what generators read", "argocd");
  let exit = EXIT_DONE;
  const withHub = async (action: (context: Context) => Promise<number>): Promise<void> => {
    const flags = root.opts<ClusterFlags>();
    const hub = connect(flags, io);
    try {
      exit = await action({ hub, flags, io });
    } finally {
      hub.close();
    }
  };
  const output = (): Option =>
    new Option("-o, --output <format>").choices(["text", "name", "json", "yaml"]).default("text");
  root
    .command("list")
    .description("every set, as a table")
    .option("-A, --all-namespaces", "of every namespace")
    .addOption(output())
    .action((options: { allNamespaces?: boolean; output: Output }) => withHub((context) => listSets(context, options)));
  root
    .command("get")
    .argument("<name>")
    .description("one set: its conditions and its applications")
    .addOption(output())
    .action((name: string, options: { output: Output }) => withHub((context) => getSet(context, name, options)));
  withInputs(root.command("generate").argument("<file>", "an ApplicationSet; - is standard input"))
    .description("prints the Applications of a set, without a cluster; every fault goes to standard error, exit 1")
    .addOption(new Option("-o, --output <format>").choices(["yaml", "json", "name"]).default("yaml"))
    .action(async (file: string, options: GenerateFlags) => {
      exit = await generateCommand(file, { ...root.opts<ClusterFlags>(), ...options }, io);
    });
  withInputs(root.command("diff").argument("<file>", "an ApplicationSet; - is standard input"))
    .description("what applying a set would create, change and delete on the hub; exit 1 when anything")
    .action((file: string, options: GenerateFlags) =>
      withHub((context) => diffCommand(context, file, { ...context.flags, ...options, output: "yaml" })),
    );
  try {
    await root.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    throw error;
  }
  return exit;
}

function withInputs(command: Command): Command {
  const gather = (value: string, before: string[]): string[] => [...before, value];
  return command
    .option("--repo <url=dir>", "a clone that stands for a repository; may be repeated", gather, [])
    .option(
      "--clusters <file>",
      "objects generators read: cluster and token Secrets, ConfigMaps, decision resources",
      gather,
      [],
    )
    .option(
      "--pull-requests <file>",
      "pull requests, a list of {number, title, branch, target_branch, head_sha, labels, author}",
    )
    .option("--allow-templated-project", "let a set that follows pull requests template its project")
    .option("--new-git-file-globbing", "match files of the git generator as doublestar does");
}
