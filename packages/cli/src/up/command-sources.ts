import { homedir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@fairlead/base";
import type { SourceAccess } from "@fairlead/apps";
import { proxyFor, type KubeClient } from "@fairlead/kube";
import { RenderPool, type EncryptedFiles } from "@fairlead/render";
import { ChartSources, CredentialStore, Repositories } from "@fairlead/sources";
import type { Io } from "../io.ts";
import { followRepositorySecrets } from "./repository-secrets.ts";
import { createSourceAccess } from "./source-access.ts";
import { encryptedFiles, type EncryptedFilesFor, type SecretWithData } from "./sops-keys.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" };

export interface OpenedSources {
  readonly sources: SourceAccess;
  close(): Promise<void>;
}

/** Sources for the length of one command; what is fetched is kept in the user's cache folder for the next. */
export function openSources(
  io: Io,
  credentials: CredentialStore,
  renderKey: string,
  encryptedFilesFor: EncryptedFilesFor,
): OpenedSources {
  const home = io.env["XDG_CACHE_HOME"] ?? join(io.env["HOME"] ?? homedir(), ".cache");
  const directory = join(io.env["FAIRLEAD_CACHE_HOME"] ?? join(home, "fairlead"), "render");
  const accessFor = (url: string, project?: string) => credentials.accessFor(url, project);
  const reach = { directory, clock: systemClock, accessFor, proxyFor, environment: io.env };
  const repositories = new Repositories(reach);
  const charts = new ChartSources(reach);
  const pool = new RenderPool();
  return {
    sources: createSourceAccess({
      repositories,
      charts,
      credentials,
      encryptedFilesFor,
      renderKey,
      clock: systemClock,
      pool,
    }),
    async close() {
      await pool.close();
      await repositories.close();
      await charts.close();
    },
  };
}

/** As the installation on a hub reaches its sources: with the credentials it has. */
export async function openHubSources(
  io: Io,
  hub: KubeClient,
  namespace: string,
  renderKey: string,
): Promise<OpenedSources> {
  const credentials = new CredentialStore();
  const reading = new AbortController();
  const options = { hub, namespace, store: credentials, clock: systemClock, logger: silentLogger };
  await followRepositorySecrets(options, reading.signal);
  reading.abort();
  const keys = async (name: string): Promise<EncryptedFiles> => {
    const secret = name === "" ? undefined : await hub.find(SECRET, name, namespace);
    return encryptedFiles(name, secret as SecretWithData | undefined);
  };
  return openSources(io, credentials, renderKey, keys);
}
