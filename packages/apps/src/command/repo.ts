import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { Option } from "commander";
import { problemError } from "@fairlead/base";
import { SECRET_KIND } from "../names.ts";
import type { ConnectHub } from "./access.ts";
import { hubCommand, type HubContext } from "./hub-command.ts";
import type { CommandIo } from "./io.ts";
import { table, valueText, type OutputFormat } from "./output.ts";
import { outputOption } from "./program.ts";
import { dataOf, fnv32a, removeObject, secretsOfType, writeSecret } from "./secret.ts";

const TYPE = "repository";

interface AddFlags {
  readonly type: string;
  readonly name?: string;
  readonly project?: string;
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly bearerToken?: string;
  readonly sshPrivateKeyPath?: string;
  readonly tlsClientCertPath?: string;
  readonly tlsClientCertKeyPath?: string;
  readonly insecureSkipServerVerification?: boolean;
  readonly insecureIgnoreHostKey?: boolean;
  readonly enableLfs?: boolean;
  readonly enableOci?: boolean;
  readonly forceHttpBasicAuth?: boolean;
  readonly proxy?: string;
  readonly proxyBypass?: string;
  readonly githubAppId?: string;
  readonly githubAppInstallationId?: string;
  readonly githubAppPrivateKeyPath?: string;
  readonly githubAppEnterpriseBaseUrl?: string;
  readonly upsert?: boolean;
}

/** `fairlead repo add|list|get|rm`: repositories and how they are reached, as Argo CD's repository Secrets. */
export function repoCommand(
  args: readonly string[],
  io: CommandIo & { readonly stdin?: NodeJS.ReadableStream },
  connect?: ConnectHub,
): Promise<number> {
  const define: Parameters<typeof hubCommand>[4] = (root, run) => {
    root
      .command("add")
      .argument("<url>")
      .description("a repository and how it is reached")
      .addOption(new Option("--type <type>", "kind of repository").choices(["git", "helm", "oci"]).default("git"))
      .option("--name <name>", "short name")
      .option("--project <name>", "only for this project")
      .option("--username <name>")
      .option("--password <text>", "other users of this machine can see it; better: --password-stdin")
      .option("--password-stdin", "read the password from standard input")
      .option("--bearer-token <token>")
      .option("--ssh-private-key-path <file>")
      .option("--tls-client-cert-path <file>")
      .option("--tls-client-cert-key-path <file>")
      .option("--insecure-skip-server-verification", "do not check certificates")
      .option("--insecure-ignore-host-key", "do not check SSH host keys")
      .option("--enable-lfs", "fetch files of Git LFS")
      .option("--enable-oci", "a Helm repository in a registry")
      .option("--force-http-basic-auth", "send credentials unasked")
      .option("--proxy <url>")
      .option("--proxy-bypass <hosts>", "hosts that are reached without the proxy")
      .option("--github-app-id <id>")
      .option("--github-app-installation-id <id>")
      .option("--github-app-private-key-path <file>")
      .option("--github-app-enterprise-base-url <url>")
      .option("--upsert", "replace what is there")
      .action(run((context, url: string, flags: AddFlags) => add(context, url, flags, io.stdin)));
    root
      .command("list")
      .description("every repository")
      .addOption(outputOption(["wide", "url", "name", "json", "yaml"]))
      .action(run(list));
    root
      .command("get")
      .argument("<url>")
      .description("one repository")
      .option("--project <name>", "that of a project")
      .addOption(outputOption(["wide", "url", "name", "json", "yaml"]))
      .action(run(get));
    root
      .command("rm")
      .alias("remove")
      .argument("<url...>")
      .description("forgets repositories")
      .option("--project <name>")
      .action(run(remove));
  };
  return hubCommand("fairlead repo", "Repositories and how they are reached.", args, io, define, connect);
}

async function add(
  { hub, flags, io }: HubContext,
  url: string,
  given: AddFlags,
  stdin: NodeJS.ReadableStream | undefined,
): Promise<void> {
  const file = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, "utf8");
  const on = (value: boolean | undefined): string | undefined => (value ? "true" : undefined);
  const password = given.passwordStdin && stdin ? (await readAll(stdin)).replace(/\r?\n$/, "") : given.password;
  if (given.type === "helm" && !given.name && !given.enableOci) {
    throw problemError("InvalidInput", "a Helm repository needs a name", { hint: "give one with --name" });
  }
  const data = {
    type: given.type,
    url,
    name: given.name,
    project: given.project,
    username: given.username,
    password,
    bearerToken: given.bearerToken,
    sshPrivateKey: file(given.sshPrivateKeyPath),
    tlsClientCertData: file(given.tlsClientCertPath),
    tlsClientCertKey: file(given.tlsClientCertKeyPath),
    insecure: on(given.insecureSkipServerVerification),
    insecureIgnoreHostKey: on(given.insecureIgnoreHostKey),
    enableLfs: on(given.enableLfs),
    enableOCI: on(given.enableOci),
    forceHttpBasicAuth: on(given.forceHttpBasicAuth),
    proxy: given.proxy,
    noProxy: given.proxyBypass,
    githubAppID: given.githubAppId,
    githubAppInstallationID: given.githubAppInstallationId,
    githubAppPrivateKey: file(given.githubAppPrivateKeyPath),
    githubAppEnterpriseBaseUrl: given.githubAppEnterpriseBaseUrl,
  };
  const name = `repo-${fnv32a(url + (given.project ?? ""))}`;
  await writeSecret(hub, { namespace: flags.namespace, name, type: TYPE, data }, given.upsert === true);
  io.stdout.write(`Repository '${url}' added\n`);
}

type Row = Record<string, string>;

async function rows({ hub, flags }: HubContext): Promise<Row[]> {
  const secrets = await secretsOfType(hub, flags.namespace, TYPE);
  return secrets.map(dataOf).sort((a, b) => ((a["url"] ?? "") < (b["url"] ?? "") ? -1 : 1));
}

function write({ io }: HubContext, found: readonly Row[], output: OutputFormat): void {
  if (output === "name") return io.stdout.write(found.map((row) => `${row["name"] || row["url"]}\n`).join(""));
  if (output === "url") return io.stdout.write(found.map((row) => `${row["url"]}\n`).join(""));
  const shown = found.map((row) => ({
    type: row["type"] ?? "git",
    name: row["name"] ?? "",
    url: row["url"] ?? "",
    insecure: row["insecure"] ?? "false",
    oci: row["enableOCI"] ?? "false",
    lfs: row["enableLfs"] ?? "false",
    creds: String(
      ["password", "bearerToken", "sshPrivateKey", "tlsClientCertKey", "githubAppPrivateKey"].some((key) => row[key]),
    ),
    project: row["project"] ?? "",
  }));
  // Never the credentials themselves.
  if (output === "json" || output === "yaml") return io.stdout.write(valueText(shown, output));
  const header = ["type", "name", "repo", "insecure", "oci", "lfs", "creds", "project"];
  io.stdout.write(
    table(
      header,
      shown.map((row) => Object.values(row)),
    ),
  );
}

async function list(context: HubContext, options: { output: OutputFormat }): Promise<void> {
  write(context, await rows(context), options.output);
}

async function get(
  context: HubContext,
  url: string,
  { output, project }: { output: OutputFormat; project?: string },
): Promise<void> {
  const isMeant = (row: Row): boolean =>
    (row["url"] === url || row["name"] === url) && (project === undefined || row["project"] === project);
  const found = (await rows(context)).filter(isMeant);
  if (found.length === 0) throw problemError("InvalidInput", `there is no repository ${JSON.stringify(url)}`);
  write(context, found, output);
}

async function remove({ hub, flags, io }: HubContext, urls: string[], options: { project?: string }): Promise<void> {
  const secrets = await secretsOfType(hub, flags.namespace, TYPE);
  for (const url of urls) {
    const found = secrets.filter((secret) => {
      const data = dataOf(secret);
      return data["url"] === url && (options.project === undefined || data["project"] === options.project);
    });
    if (found.length === 0) throw problemError("InvalidInput", `there is no repository ${JSON.stringify(url)}`);
    for (const { metadata } of found) await removeObject(hub, SECRET_KIND, metadata.name ?? "", flags.namespace);
    io.stdout.write(`Repository '${url}' removed\n`);
  }
}
