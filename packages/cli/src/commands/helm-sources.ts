import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { diskTree, isJsonObject, type FileTree, type Json } from "@fairlead/base";
import { loadChartArchive, packChart, type ChartReference, type DependencyOrder } from "@fairlead/helm";
import { proxyFor } from "@fairlead/kube";
import {
  buildDependencies,
  ChartSources,
  dockerAccess,
  isOciUrl,
  type NamedRepository,
  type RepositoryAccess,
} from "@fairlead/sources";
import { decodeYaml } from "@fairlead/yaml";
import type { Io } from "../io.ts";

type Access = DependencyOrder["access"];

/**
 * What of helm's command line needs the network: charts that are elsewhere, and the dependencies of those that are here. Repositories that
 * were added with `helm repo add` and registries signed in to with helm or docker are known, from their own files.
 */
export class HelmSources {
  readonly #io: Io;
  readonly #registryConfig: string | undefined;
  readonly #repositories: readonly NamedRepository[];
  readonly #charts: ChartSources;

  constructor(
    io: Io,
    files: { readonly repositoryConfig?: string | undefined; readonly registryConfig?: string | undefined },
  ) {
    this.#io = io;
    this.#registryConfig = files.registryConfig;
    this.#repositories = this.#readRepositories(files.repositoryConfig);
    const cache =
      io.env["FAIRLEAD_CACHE_HOME"] ?? join(io.env["XDG_CACHE_HOME"] ?? join(this.#home(), ".cache"), "fairlead");
    this.#charts = new ChartSources({ directory: cache, proxyFor, environment: io.env });
  }

  close(): Promise<void> {
    return this.#charts.close();
  }

  /** `repo/name`, `oci://…`, an address, or a name with --repo, as an archive. @throws Error, ProblemError */
  async fetchChart(reference: ChartReference): Promise<Uint8Array> {
    const { name, repo, version = "" } = reference;
    const access = { ...this.#accessOf(reference), passCredentials: reference.passCredentials };
    if (repo) return this.#archive(repo, name, version, access);
    if (isOciUrl(name)) {
      const [, base = name, tag] = /^(oci:\/\/[^/]+\/.+?)(?::([^:/]+))?$/.exec(name) ?? [];
      const slash = base.lastIndexOf("/");
      const known = { ...this.#registryAccess(base), ...defined(access) };
      return this.#archive(base.slice(0, slash), base.slice(slash + 1), version || (tag ?? ""), known);
    }
    if (/^https?:\/\//.test(name)) return this.#charts.download(name, access);
    const slash = name.indexOf("/");
    if (slash < 0) throw new Error(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${name}`);
    const found = this.#repositories.find((each) => each.name === name.slice(0, slash));
    if (!found) throw new Error(`repo ${name.slice(0, slash)} not found`);
    return this.#archive(found.url, name.slice(slash + 1), version, { ...found.access, ...defined(access) });
  }

  /** @throws Error, ProblemError in Helm's words */
  async fetchDependencies(order: DependencyOrder): Promise<void> {
    const { path, mode, skipRefresh, say } = order;
    const given = this.#accessOf(order.access);
    const root = resolve(this.#io.cwd, path);
    const result = await buildDependencies({
      // Rooted at the top, since a dependency may be beside the chart.
      tree: diskTree("/"),
      chartPath: root.slice(1),
      shownPath: path,
      mode,
      skipRefresh,
      say,
      charts: this.#charts,
      pack: packChart,
      repositories: this.#repositories,
      registryAccess: (url) => ({ ...this.#registryAccess(url), ...defined(given) }),
      needsKnownRepositories: true,
      generated: goTime(new Date()),
    });
    if (!result.hasDependencies) return;
    const folder = join(root, "charts");
    mkdirSync(folder, { recursive: true });
    for (const [name, data] of result.archives) writeFileSync(join(folder, name), data);
    removeOutdated(folder, result.archives, result.localNames);
    if (result.lock) writeLock(root, result.lock);
  }

  /** For --dependency-update. @returns the chart as it is then */
  async updateDependencies(path: string, say: (line: string) => void): Promise<FileTree> {
    const access = { insecureSkipTlsVerify: false, plainHttp: false };
    await this.fetchDependencies({ mode: "update", path, skipRefresh: false, access, say });
    return diskTree(resolve(this.#io.cwd, path));
  }

  async #archive(repoURL: string, chart: string, version: string, access: RepositoryAccess): Promise<Uint8Array> {
    const { data, pulled } = await this.#charts.archive({ repoURL, chart, version, access });
    if (pulled) this.#io.stderr.write(`Pulled: ${pulled.reference}\nDigest: ${pulled.manifest}\n`);
    return data;
  }

  #accessOf(flags: Access | ChartReference): RepositoryAccess {
    const read = (file: string | undefined): string | undefined =>
      file === undefined ? undefined : readFileSync(resolve(this.#io.cwd, file), "utf8");
    return {
      username: flags.username,
      password: flags.password,
      ca: read(flags.caFile),
      tlsClientCert: read(flags.certFile),
      tlsClientKey: read(flags.keyFile),
      insecure: flags.insecureSkipTlsVerify || undefined,
      isPlainHttp: flags.plainHttp || undefined,
    };
  }

  /** helm's own file of sign-ins is looked at before docker's. */
  #registryAccess(url: string): RepositoryAccess {
    const registry = url.replace(/^oci:\/\//, "").split("/", 1)[0] ?? "";
    const { env } = this.#io;
    const docker = join(env["DOCKER_CONFIG"] ?? join(this.#home(), ".docker"), "config.json");
    const own =
      this.#registryConfig ?? env["HELM_REGISTRY_CONFIG"] ?? join(this.#helmConfig(), "registry", "config.json");
    for (const file of [own, docker]) {
      const access = existsSync(file) ? dockerAccess(readJson(file), registry) : undefined;
      if (access) return access;
    }
    return {};
  }

  #readRepositories(given: string | undefined): NamedRepository[] {
    const file = given ?? this.#io.env["HELM_REPOSITORY_CONFIG"] ?? join(this.#helmConfig(), "repositories.yaml");
    const full = resolve(this.#io.cwd, file);
    const config = existsSync(full) ? decodeYaml(readFileSync(full, "utf8"), { file }) : null;
    const entries = isJsonObject(config) && Array.isArray(config["repositories"]) ? config["repositories"] : [];
    return (entries as Json[]).flatMap((entry) => {
      if (!isJsonObject(entry)) return [];
      const text = (key: string): string | undefined =>
        typeof entry[key] === "string" && entry[key] !== "" ? entry[key] : undefined;
      const flags = {
        username: text("username"),
        password: text("password"),
        caFile: text("caFile"),
        certFile: text("certFile"),
        keyFile: text("keyFile"),
        insecureSkipTlsVerify: entry["insecure_skip_tls_verify"] === true,
        plainHttp: false,
      };
      const access = { ...this.#accessOf(flags), passCredentials: entry["pass_credentials_all"] === true };
      return [{ name: text("name") ?? "", url: text("url") ?? "", access }];
    });
  }

  #helmConfig(): string {
    const { env } = this.#io;
    return env["HELM_CONFIG_HOME"] ?? join(env["XDG_CONFIG_HOME"] ?? join(this.#home(), ".config"), "helm");
  }

  #home(): string {
    return this.#io.env["HOME"] ?? homedir();
  }
}

/** What is said on the command line goes over what a file says, and nothing goes over it where nothing is said. */
function defined(access: RepositoryAccess): RepositoryAccess {
  return Object.fromEntries(Object.entries(access).filter(([, value]) => value !== undefined));
}

/** Archives of charts that are no longer wanted go; what is no chart, or is kept there by hand, stays. */
function removeOutdated(folder: string, kept: ReadonlyMap<string, unknown>, localNames: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (kept.has(name) || statSync(path).isDirectory()) continue;
    try {
      const chart = loadChartArchive(readFileSync(path), path);
      if (!localNames.has(chart.metadata.name)) rmSync(path);
    } catch {
      continue;
    }
  }
}

/** @throws Error where the lock is a symlink, which might lead anywhere */
function writeLock(root: string, lock: { readonly file: string; readonly text: string }): void {
  const path = join(root, lock.file);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) throw new Error(`the ${lock.file} file is a symlink`);
  writeFileSync(path, lock.text);
}

/** As Go's time.Time is in JSON, in UTC. */
function goTime(now: Date): string {
  return now.toISOString().replace(/\.?0*Z$/, "Z");
}

function readJson(file: string): Json {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Json;
  } catch {
    return null;
  }
}
