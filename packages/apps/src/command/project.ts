import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { formatGoDuration, problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { decodeYaml } from "@fairlead/yaml";
import { APPLICATION_KIND, PROJECT_KIND } from "../names.ts";
import { parseApplication } from "../application/parse.ts";
import { parseProject } from "../project/parse.ts";
import type { ConnectHub } from "./access.ts";
import { hubCommand, type HubContext, type RunOnHub } from "./hub-command.ts";
import type { CommandIo } from "./io.ts";
import { arrayText, objectText, table, type OutputFormat } from "./output.ts";
import { collect, outputOption } from "./program.ts";
import { assertUnderstood, changeProject, FIELD_MANAGER, getProject, projectOf } from "./project-object.ts";
import { addWindowCommands } from "./windows.ts";

/** `fairlead project …`: AppProjects, with the subcommands of `argocd proj`. */
export function projectCommand(args: readonly string[], io: CommandIo, connect?: ConnectHub): Promise<number> {
  const define = (root: Command, run: RunOnHub): void => {
    root
      .command("list")
      .description("every project")
      .addOption(outputOption(["wide", "name", "json", "yaml"]))
      .action(run(list));
    root
      .command("get")
      .argument("<name>")
      .description("one project")
      .addOption(outputOption(["wide", "name", "json", "yaml"]))
      .action(run(get));
    root
      .command("create")
      .argument("[name]")
      .description("makes a project")
      .option("-f, --file <file>", "from a manifest")
      .option("--description <text>")
      .option("-s, --src <url>", "a permitted repository; may be repeated", collect)
      .option("-d, --dest <server,namespace>", "a permitted destination; may be repeated", collect)
      .option("--source-namespaces <glob>", "where its Applications may be; may be repeated", collect)
      .option("--allow-cluster-resource <group/kind>", "a permitted cluster-scoped kind; may be repeated", collect)
      .option("--deny-namespaced-resource <group/kind>", "a denied kind; may be repeated", collect)
      .option("--upsert", "replace what is there")
      .action(run(create));
    root
      .command("delete")
      .argument("<name...>")
      .description("deletes projects that no application uses")
      .action(run(remove));
    root
      .command("add-source")
      .argument("<name>")
      .argument("<url>")
      .description("permits a repository")
      .action(run(changeList("sourceRepos", true)));
    root
      .command("remove-source")
      .argument("<name>")
      .argument("<url>")
      .description("takes that back")
      .action(run(changeList("sourceRepos", false)));
    root
      .command("add-source-namespace")
      .argument("<name>")
      .argument("<glob>")
      .description("permits Applications there")
      .action(run(changeList("sourceNamespaces", true)));
    root
      .command("remove-source-namespace")
      .argument("<name>")
      .argument("<glob>")
      .description("takes that back")
      .action(run(changeList("sourceNamespaces", false)));
    root
      .command("add-destination")
      .argument("<name>")
      .argument("<server>")
      .argument("<namespace>")
      .description("permits a destination")
      .action(run(changeDestination(true)));
    root
      .command("remove-destination")
      .argument("<name>")
      .argument("<server>")
      .argument("<namespace>")
      .description("takes that back")
      .action(run(changeDestination(false)));
    addWindowCommands(root, run);
  };
  return hubCommand("fairlead project", "Projects: what applications may do.", args, io, define, connect);
}

async function list({ hub, flags, io }: HubContext, options: { output: OutputFormat }): Promise<void> {
  const { items } = await hub.list(PROJECT_KIND, { namespace: flags.namespace });
  const { output } = options;
  if (output === "json" || output === "yaml") return io.stdout.write(arrayText(items, output));
  if (output === "name") return io.stdout.write(items.map(({ metadata }) => `${metadata.name}\n`).join(""));
  const rows = items.map((item) => {
    const { name, spec } = parseProject(item).project;
    return [
      name,
      spec.description ?? "",
      summary(spec.destinations.map((one) => `${one.server ?? one.name ?? ""},${one.namespace ?? ""}`)),
      summary(spec.sourceRepos),
      summary((spec.clusterResourceWhitelist ?? []).map(({ group, kind }) => `${group}/${kind}`)),
      String(spec.syncWindows.length),
    ];
  });
  io.stdout.write(table(["name", "description", "destinations", "sources", "cluster resources", "windows"], rows));
}

function summary(texts: readonly string[]): string {
  return texts.length > 1 ? `${texts.length} rules` : (texts[0] ?? "<none>");
}

async function get(context: HubContext, name: string, options: { output: OutputFormat }): Promise<void> {
  const { object, project } = await projectOf(context, name);
  const { output } = options;
  const { io } = context;
  if (output === "json" || output === "yaml") return io.stdout.write(objectText(object, output));
  if (output === "name") return io.stdout.write(`${name}\n`);
  const { spec } = project;
  const lines: [string, readonly string[]][] = [
    ["Name", [project.name]],
    ["Description", [spec.description ?? ""]],
    ["Destinations", spec.destinations.map((one) => `${one.server ?? one.name ?? ""},${one.namespace ?? ""}`)],
    ["Repositories", spec.sourceRepos],
    ["Source namespaces", spec.sourceNamespaces],
    ["Allowed cluster resources", (spec.clusterResourceWhitelist ?? []).map(({ group, kind }) => `${group}/${kind}`)],
    ["Denied namespaced resources", spec.namespaceResourceBlacklist.map(({ group, kind }) => `${group}/${kind}`)],
    ["Signature keys", spec.signatureKeys],
    ["Roles", spec.roles.map((role) => role.name)],
    [
      "Windows",
      spec.syncWindows.map((window) => `${window.kind} ${window.schedule} ${formatGoDuration(window.durationMs)}`),
    ],
  ];
  const rows = lines.flatMap(([head, values]) =>
    (values.length > 0 ? values : ["<none>"]).map(
      (value, index) => `${(index === 0 ? `${head}:` : "").padEnd(30)}${value}\n`,
    ),
  );
  io.stdout.write(rows.join(""));
}

interface CreateFlags {
  readonly file?: string;
  readonly description?: string;
  readonly src?: string[];
  readonly dest?: string[];
  readonly sourceNamespaces?: string[];
  readonly allowClusterResource?: string[];
  readonly denyNamespacedResource?: string[];
  readonly upsert?: boolean;
}

async function create({ hub, flags, io }: HubContext, name: string | undefined, given: CreateFlags): Promise<void> {
  const object =
    given.file === undefined
      ? fromFlags(name, given)
      : (decodeYaml(readFileSync(given.file, "utf8")) as unknown as KubeObject);
  const metadata = { ...object.metadata, namespace: flags.namespace };
  const project: KubeObject = { ...object, ...PROJECT_KIND, metadata };
  assertUnderstood(project);
  const found = await hub.find(PROJECT_KIND, metadata.name ?? "", flags.namespace);
  if (found && !given.upsert) {
    throw problemError("InvalidInput", `project ${metadata.name} is there already`, { hint: "--upsert replaces it" });
  }
  if (!found) await hub.create(project, { fieldManager: FIELD_MANAGER });
  else
    await hub.update(
      { ...found, ...project, metadata: { ...found.metadata, ...metadata } },
      { fieldManager: FIELD_MANAGER },
    );
  io.stdout.write(`Project '${metadata.name}' ${found ? "updated" : "created"}\n`);
}

function fromFlags(name: string | undefined, given: CreateFlags): KubeObject {
  if (name === undefined)
    throw problemError("InvalidInput", "the project has no name", { hint: "give a name, or a manifest with -f" });
  const spec = {
    ...(given.description === undefined ? {} : { description: given.description }),
    sourceRepos: given.src ?? [],
    destinations: (given.dest ?? []).map((text) => {
      const cut = text.lastIndexOf(",");
      if (cut <= 0) throw problemError("InvalidInput", `--dest ${JSON.stringify(text)} is not SERVER,NAMESPACE`);
      return destinationOf(text.slice(0, cut), text.slice(cut + 1));
    }),
    ...(given.sourceNamespaces ? { sourceNamespaces: given.sourceNamespaces } : {}),
    ...(given.allowClusterResource ? { clusterResourceWhitelist: given.allowClusterResource.map(kindOf) } : {}),
    ...(given.denyNamespacedResource ? { namespaceResourceBlacklist: given.denyNamespacedResource.map(kindOf) } : {}),
  };
  return { ...PROJECT_KIND, metadata: { name }, spec };
}

/** Addresses and globs are servers; what is neither is a cluster's name. */
function destinationOf(server: string, namespace: string): { server?: string; name?: string; namespace: string } {
  return /^!?(?:https?:|\*)/.test(server) ? { server, namespace } : { name: server, namespace };
}

function kindOf(text: string): { group: string; kind: string } {
  const cut = text.indexOf("/");
  return { group: text.slice(0, Math.max(0, cut)), kind: text.slice(cut + 1) };
}

async function remove(context: HubContext, names: string[]): Promise<void> {
  const { hub, flags, io } = context;
  const { items } = await hub.list(APPLICATION_KIND);
  for (const name of names) {
    await getProject(context, name);
    const users = items.filter((item) => parseApplication(item).application.spec.project === name);
    if (users.length > 0) {
      const some = users.slice(0, 5).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      throw problemError("InvalidInput", `project ${name} is used by ${users.length} applications: ${some.join(", ")}`);
    }
    await hub.delete(PROJECT_KIND, name, flags.namespace);
    io.stdout.write(`Project '${name}' deleted\n`);
  }
}

function changeList(field: "sourceRepos" | "sourceNamespaces", adds: boolean) {
  return (context: HubContext, name: string, value: string): Promise<void> =>
    changeProject(context, name, (spec) => {
      const before = spec[field] ?? [];
      if (before.includes(value) === adds) {
        throw problemError(
          "InvalidInput",
          `spec.${field} of project ${name} ${adds ? "has" : "does not have"} ${JSON.stringify(value)}`,
        );
      }
      return { ...spec, [field]: adds ? [...before, value] : before.filter((one) => one !== value) };
    });
}

function changeDestination(adds: boolean) {
  return (context: HubContext, name: string, server: string, namespace: string): Promise<void> =>
    changeProject(context, name, (spec) => {
      const before = (spec["destinations"] ?? []) as { server?: string; name?: string; namespace?: string }[];
      const isIt = (one: (typeof before)[number]): boolean =>
        (one.server ?? one.name) === server && one.namespace === namespace;
      if (before.some(isIt) === adds) {
        throw problemError(
          "InvalidInput",
          `project ${name} ${adds ? "has" : "does not have"} destination ${server},${namespace}`,
        );
      }
      const destinations = adds ? [...before, destinationOf(server, namespace)] : before.filter((one) => !isIt(one));
      return { ...spec, destinations };
    });
}
