import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RepositoryAccess } from "../credentials/types.ts";
import { authorizationOf } from "../http/client.ts";
import { SOURCE_LIMITS } from "../limits.ts";

export type GitEnvironment = Readonly<Record<string, string>>;

/**
 * Runs git commands with what is known for a repository. Secrets are in files that only we may read, in a folder that is gone afterwards:
 * neither a command line nor an environment holds one, where other processes' owners and crash reports could find it. Where nothing is
 * known git is left to the machine's own configuration.
 */
export async function withGitAccess<T>(
  url: string,
  access: RepositoryAccess,
  action: (environment: GitEnvironment) => Promise<T>,
): Promise<T> {
  if (isNothingKnown(access)) return action({});
  const folder = await mkdtemp(join(tmpdir(), "fairlead-git-access-"));
  try {
    const config = join(folder, "config");
    await writeSecret(config, await configText(url, access, folder));
    const noProxy = access.proxy && access.noProxy ? { NO_PROXY: access.noProxy, no_proxy: access.noProxy } : {};
    return await action({ GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: "1", ...noProxy });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isNothingKnown(access: RepositoryAccess): boolean {
  const { username, password, bearerToken, sshPrivateKey, tlsClientCert, ca, knownHosts, proxy } = access;
  const texts = [username, password, bearerToken, sshPrivateKey, tlsClientCert, ca, knownHosts, proxy];
  return texts.every((text) => !text) && !access.insecure && !access.insecureIgnoreHostKey;
}

async function configText(url: string, access: RepositoryAccess, folder: string): Promise<string> {
  const file = async (name: string, content: string | undefined): Promise<string | undefined> => {
    if (!content) return undefined;
    // A key without its last line break is no key to OpenSSH.
    await writeSecret(join(folder, name), content.endsWith("\n") ? content : `${content}\n`);
    return join(folder, name);
  };
  if (!/^https?:\/\//i.test(url)) return section("core", { sshCommand: await sshCommand(access, file) });
  const authorization = authorizationOf(access);
  // For this host alone: a redirect or a submodule elsewhere is not shown who we are.
  return section(`http "${quoted(new URL(url).origin)}/"`, {
    extraHeader: authorization && `Authorization: ${authorization}`,
    sslCAInfo: await file("ca.pem", access.ca),
    sslCert: await file("cert.pem", access.tlsClientCert),
    sslKey: await file("key.pem", access.tlsClientKey),
    sslVerify: access.insecure ? "false" : undefined,
    proxy: access.proxy,
  });
}

async function sshCommand(
  access: RepositoryAccess,
  file: (name: string, content: string | undefined) => Promise<string | undefined>,
): Promise<string> {
  const key = await file("key", access.sshPrivateKey);
  const hosts = await file("known_hosts", access.knownHosts);
  const options = [
    ["BatchMode", "yes"],
    ["ConnectTimeout", String(SOURCE_LIMITS.sshConnectSecondsMax)],
    ...(key ? [["IdentitiesOnly", "yes"]] : []),
    ...(access.insecureIgnoreHostKey
      ? [
          ["StrictHostKeyChecking", "no"],
          ["UserKnownHostsFile", "/dev/null"],
        ]
      : [
          ["StrictHostKeyChecking", "yes"],
          ...(hosts
            ? [
                ["UserKnownHostsFile", hosts],
                ["GlobalKnownHostsFile", "/dev/null"],
              ]
            : []),
        ]),
  ];
  return ["ssh", ...(key ? ["-i", key] : []), ...options.map(([name, value]) => `-o ${name}=${value}`)].join(" ");
}

function section(name: string, settings: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(settings).flatMap(([key, value]) => (value ? [`\t${key} = "${quoted(value)}"\n`] : []));
  return `[${name}]\n${lines.join("")}`;
}

/** As git's configuration files have it; no value can begin another line. */
function quoted(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function writeSecret(path: string, content: string): Promise<void> {
  return writeFile(path, content, { mode: 0o600 });
}
