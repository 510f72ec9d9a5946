import { join } from "node:path";
import { problemError, systemClock, type Clock, type FileTree } from "@fairlead/base";
import { archiveTree, chartArchiveTree } from "./archive/tree.ts";
import { ContentCache, sha256 } from "./cache/content.ts";
import { FreshCache } from "./cache/fresh.ts";
import { ANONYMOUS, type AccessFor, type RepositoryAccess } from "./credentials/types.ts";
import { maskCredentials } from "./git/run.ts";
import { HelmRepositories, type LoadedIndex } from "./helm/repository.ts";
import { HttpClient, type HttpClientOptions } from "./http/client.ts";
import { SOURCE_LIMITS } from "./limits.ts";
import { contentLayer, isHelmChart } from "./oci/manifest.ts";
import {
  formatRepository,
  isDigest,
  isOciUrl,
  parseOciUrl,
  tagOf,
  versionOfTag,
  type OciRepository,
} from "./oci/reference.ts";
import { RegistryClient } from "./oci/registry.ts";
import { DEFAULT_POLLING, startPolling, type Polling } from "./polling.ts";
import { highestWithin, isConstraint, readVersion, sortDescending } from "./versions.ts";

export interface ChartSourcesOptions extends HttpClientOptions {
  /** Where downloads are kept. */
  readonly directory: string;
  readonly accessFor?: AccessFor | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  /** How often watched addresses are asked. Read at each turn, so it may change. */
  readonly polling?: Polling | undefined;
}

export interface ChartRequest {
  /** `https://…` of a repository, or a registry's `oci://…` without the chart's name. */
  readonly repoURL: string;
  readonly chart: string;
  /** A version or a range; `""` is the newest release. */
  readonly version: string;
  /** Whose credentials may be used besides those for all. */
  readonly project?: string | undefined;
  readonly passCredentials?: boolean | undefined;
  /** Credentials that are known otherwise than through accessFor. */
  readonly access?: RepositoryAccess | undefined;
}

export interface ChartArchive {
  /** The version as the repository writes it. */
  readonly version: string;
  /** As Helm names the file: `web-1.2.0.tgz`. */
  readonly fileName: string;
  /** SHA-256, hex. */
  readonly digest: string;
  readonly data: Buffer;
  /** Of one that came from a registry, what it was pulled as. */
  readonly pulled?: { readonly reference: string; readonly manifest: string } | undefined;
}

/** A chart that is known to be there; its bytes are read when they are wanted. */
interface LocatedChart extends Omit<ChartArchive, "data"> {
  readonly data: () => Promise<Buffer>;
}

export interface ResolvedArtifact {
  /** A chart's version; of other artifacts the manifest's digest, `sha256:…`. */
  readonly revision: string;
  readonly tree: FileTree;
}

/** How long an index or a list of tags is believed. */
const FRESH_FOR_MS = 120_000;

/** Charts and artifacts from HTTP repositories and OCI registries, each fetched once whatever the number of applications. */
export class ChartSources {
  readonly #options: ChartSourcesOptions;
  readonly #http: HttpClient;
  readonly #cache: ContentCache;
  readonly #helm: HelmRepositories;
  readonly #registries: RegistryClient;
  readonly #fresh: FreshCache;
  readonly #trees = new Map<string, FileTree>();
  readonly #watches = new Map<string, { readonly listeners: Set<() => void>; cancel: () => void }>();

  constructor(options: ChartSourcesOptions) {
    const clock = options.clock ?? systemClock;
    this.#options = options;
    this.#http = new HttpClient(options);
    this.#cache = new ContentCache(join(options.directory, "downloads"));
    this.#helm = new HelmRepositories(this.#http, this.#cache);
    this.#registries = new RegistryClient(this.#http, clock);
    this.#fresh = new FreshCache(clock, FRESH_FOR_MS);
  }

  /** A chart's files. @throws ProblemError as `archive`, and ArchiveInvalid */
  async chart(request: ChartRequest): Promise<ResolvedArtifact> {
    const { version, digest, fileName, data } = await this.#locate(request);
    const key = `chart ${digest}`;
    const known = this.#trees.get(key);
    if (known) return { revision: version, tree: this.#tree(key, () => known) };
    const bytes = await data();
    return { revision: version, tree: this.#tree(key, () => chartArchiveTree(bytes, fileName)) };
  }

  /**
   * A chart's archive, its version chosen as Helm and Argo CD do. A version that is named exactly and was fetched before comes from disk
   * without a request, so a host that is down keeps nobody from rendering what is there.
   * @throws ProblemError ChartNotFound, ChartVersionNotFound, DigestMismatch, Source*, LimitExceeded
   */
  async archive(request: ChartRequest): Promise<ChartArchive> {
    const { data, ...found } = await this.#locate(request);
    return { ...found, data: await data() };
  }

  #locate(request: ChartRequest): Promise<LocatedChart> {
    const access = this.#accessOf(request);
    if (access.enableOci || isOciUrl(request.repoURL) || !/^https?:\/\//.test(request.repoURL)) {
      return this.#ociArchive(parseOciUrl(`${request.repoURL.replace(/\/+$/, "")}/${request.chart}`), request, access);
    }
    return this.#httpArchive(request, access);
  }

  /** An archive by its own address. @throws ProblemError Source*, LimitExceeded */
  download(url: string, access: RepositoryAccess = this.#accessFor(url)): Promise<Buffer> {
    return this.#helm.download(url, access);
  }

  /** The versions of a chart there are, highest first. @throws ProblemError Source*, ChartIndexInvalid */
  async versions(request: Omit<ChartRequest, "version">): Promise<readonly string[]> {
    const access = this.#accessOf(request);
    if (access.enableOci || isOciUrl(request.repoURL)) {
      const repository = parseOciUrl(`${request.repoURL.replace(/\/+$/, "")}/${request.chart}`);
      return this.#ociVersions(request.repoURL, repository, access);
    }
    const { index } = await this.#index(request.repoURL, access);
    return index.versions(request.chart).map(({ version }) => version);
  }

  /** The index of an HTTP repository, asked for again if it is not fresh. @throws ProblemError Source*, ChartIndexInvalid */
  async loadIndex(repoURL: string, access: RepositoryAccess = this.#accessFor(repoURL)): Promise<LoadedIndex> {
    return this.#index(repoURL, access);
  }

  /**
   * The files of an artifact: manifests, a kustomization, or a chart. @param revision a tag, a digest, or a range of versions
   * @throws ProblemError ChartVersionNotFound, ArtifactInvalid, ArchiveInvalid, Source*, LimitExceeded
   */
  async artifact(repoURL: string, revision: string, project?: string): Promise<ResolvedArtifact> {
    const access = this.#accessFor(repoURL, project);
    const repository = parseOciUrl(repoURL);
    const where = formatRepository(repository);
    const digest = await this.#artifactDigest(repoURL, repository, revision || "latest", access);
    const { manifest } = await this.#registries.manifest(repository, digest, access);
    const layer = contentLayer(manifest, where);
    const data = await this.#blob(repository, layer.digest, layer.size, access);
    const isChart = isHelmChart(manifest);
    const tree = this.#tree(`${isChart ? "chart" : "files"} ${layer.digest}`, () =>
      isChart ? chartArchiveTree(data, where) : archiveTree(data, where),
    );
    return { revision: digest, tree };
  }

  /** Calls back when something known about the address is another now. Returns the undo. */
  watch(repoURL: string, onMoved: () => void): () => void {
    const watch = this.#watches.get(repoURL) ?? { listeners: new Set<() => void>(), cancel: this.#poll(repoURL) };
    this.#watches.set(repoURL, watch);
    watch.listeners.add(onMoved);
    return () => {
      watch.listeners.delete(onMoved);
      if (watch.listeners.size > 0 || this.#watches.get(repoURL) !== watch) return;
      watch.cancel();
      this.#watches.delete(repoURL);
    };
  }

  /** Asks the address again now, a pause after failures and versions thought unchangeable notwithstanding. */
  async poke(repoURL: string): Promise<boolean> {
    this.#http.forgetFailures(repoURL.replace(/^oci:/, "https:"));
    const hasMoved = await this.#fresh.reload(repoURL);
    if (hasMoved) for (const listener of this.#watches.get(repoURL)?.listeners ?? []) listener();
    return hasMoved;
  }

  async close(): Promise<void> {
    for (const { cancel } of this.#watches.values()) cancel();
    this.#watches.clear();
    await this.#cache.settled();
    await this.#http.close();
  }

  async #httpArchive(request: ChartRequest, access: RepositoryAccess): Promise<LocatedChart> {
    const { repoURL, chart, version } = request;
    const name = noteName([repoURL, chart, version], access);
    const load = async (isFirst: boolean): Promise<ChartArchive> => {
      const kept = isFirst ? await this.#recall(name, version) : undefined;
      if (kept) return kept;
      const { index } = await this.#index(repoURL, access);
      const chosen = index.choose(chart, version);
      const [url = ""] = chosen.urls;
      // Some repositories moved their charts to a registry and kept the index.
      const pulled = isOciUrl(url)
        ? await this.#ociPull(ociOfUrl(url), access)
        : await this.#helm.pull(repoURL, chosen, access);
      return this.#noted(name, { ...pulled, version: chosen.version });
    };
    return this.#archiveOnce(repoURL, name, load);
  }

  async #ociArchive(repository: OciRepository, request: ChartRequest, access: RepositoryAccess): Promise<LocatedChart> {
    const name = noteName([formatRepository(repository), request.version], access);
    const load = async (isFirst: boolean): Promise<ChartArchive> => {
      const kept = isFirst ? await this.#recall(name, request.version) : undefined;
      if (kept) return kept;
      const version = await this.#ociVersion(request.repoURL, repository, request.version, access);
      const pulled = await this.#ociPull({ repository, tag: isDigest(version) ? version : tagOf(version) }, access);
      return this.#noted(name, { ...pulled, version });
    };
    return this.#archiveOnce(request.repoURL, name, load);
  }

  /** The note on disk answers the first question of a process; asked again, the host has its say. */
  async #archiveOnce(
    group: string,
    name: string,
    load: (isFirst: boolean) => Promise<ChartArchive>,
  ): Promise<LocatedChart> {
    let isFirst = true;
    const found = await this.#fresh.get(
      group,
      name,
      async () => {
        const wasFirst = isFirst;
        isFirst = false;
        // The bytes stay on disk: what is remembered here must not hold them.
        const { data: _, ...rest } = await load(wasFirst);
        return rest;
      },
      ({ version, digest }) => `${version} ${digest}`,
    );
    const data = async (): Promise<Buffer> => (await this.#cache.get(found.digest)) ?? (await load(false)).data;
    return { ...found, data };
  }

  async #recall(name: string, version: string): Promise<ChartArchive | undefined> {
    if (!readVersion(version)) return undefined;
    const note = readNote(await this.#cache.recall(name));
    const data = note && (await this.#cache.get(note.digest));
    return data && { ...note, data };
  }

  async #noted(name: string, archive: ChartArchive): Promise<ChartArchive> {
    const { data: _, ...note } = archive;
    await this.#cache.note(name, JSON.stringify(note));
    return archive;
  }

  async #ociPull(
    { repository, tag }: { readonly repository: OciRepository; readonly tag: string },
    access: RepositoryAccess,
  ): Promise<Omit<ChartArchive, "version">> {
    const { manifest, digest } = await this.#registries.manifest(repository, tag, access);
    const where = `${formatRepository(repository)}:${tag}`;
    if (!isHelmChart(manifest)) throw problemError("ArtifactInvalid", `${where} is not a Helm chart`);
    const layer = contentLayer(manifest, where);
    const data = await this.#blob(repository, layer.digest, layer.size, access);
    const pulled = { reference: where.slice("oci://".length), manifest: digest };
    return { fileName: `${repository.name.split("/").at(-1)}-${tag}.tgz`, data, digest: sha256(data), pulled };
  }

  async #blob(repository: OciRepository, digest: string, size: number, access: RepositoryAccess): Promise<Buffer> {
    const kept = await this.#cache.get(digest);
    if (kept) return kept;
    const data = await this.#registries.blob(repository, digest, size, access);
    await this.#cache.put(data);
    return data;
  }

  async #ociVersion(
    group: string,
    repository: OciRepository,
    wanted: string,
    access: RepositoryAccess,
  ): Promise<string> {
    if (isDigest(wanted) || readVersion(wanted)) return wanted;
    const versions = await this.#ociVersions(group, repository, access);
    const found = versions.includes(wanted) ? wanted : withinOrUndefined(wanted === "" ? "*" : wanted, versions);
    if (found !== undefined) return found;
    throw problemError(
      "ChartVersionNotFound",
      `no tag of ${formatRepository(repository)} is ${wanted || "a release"}`,
      { hint: versions.length === 0 ? "it has no tags" : `the newest there: ${versions.slice(0, 5).join(", ")}` },
    );
  }

  #ociVersions(group: string, repository: OciRepository, access: RepositoryAccess): Promise<readonly string[]> {
    return this.#fresh.get(
      group,
      `tags ${formatRepository(repository)} ${scopeOf(access)}`,
      async () => sortDescending((await this.#registries.tags(repository, access)).map(versionOfTag), (tag) => tag),
      (tags) => sha256(Buffer.from(tags.join("\n"))),
    );
  }

  async #artifactDigest(
    group: string,
    repository: OciRepository,
    revision: string,
    access: RepositoryAccess,
  ): Promise<string> {
    if (isDigest(revision)) return revision;
    const resolve = (tag: string): Promise<string> =>
      this.#fresh.get(
        group,
        `digest ${formatRepository(repository)}:${tag} ${scopeOf(access)}`,
        () => this.#registries.resolve(repository, tag, access),
        (digest) => digest,
      );
    // A range may be a tag's name too (`1.x` of some images): the tag wins, as in Argo CD.
    if (!isConstraint(revision)) return resolve(tagOf(revision));
    const version = await this.#ociVersion(group, repository, revision, access);
    return resolve(tagOf(version));
  }

  #index(repoURL: string, access: RepositoryAccess): Promise<LoadedIndex> {
    return this.#fresh.get(
      repoURL,
      `index ${scopeOf(access)}`,
      () => this.#helm.index(repoURL, access),
      ({ digest }) => digest,
    );
  }

  #accessOf({ repoURL, project, passCredentials, access }: Omit<ChartRequest, "version">): RepositoryAccess {
    const known = access ?? this.#accessFor(repoURL, project);
    return passCredentials === undefined ? known : { ...known, passCredentials };
  }

  #accessFor(repoURL: string, project?: string): RepositoryAccess {
    return this.#options.accessFor?.(repoURL, project) ?? ANONYMOUS;
  }

  #tree(key: string, make: () => FileTree): FileTree {
    const known = this.#trees.get(key) ?? make();
    this.#trees.delete(key);
    this.#trees.set(key, known);
    const oldest = this.#trees.keys().next().value;
    if (this.#trees.size > SOURCE_LIMITS.treesKeptMax && oldest !== undefined) this.#trees.delete(oldest);
    return known;
  }

  #poll(repoURL: string): () => void {
    const { clock = systemClock, random = Math.random, polling = DEFAULT_POLLING } = this.#options;
    return startPolling({ polling, clock, random }, () => {
      void this.#fresh.reload(repoURL).then((hasMoved) => {
        if (hasMoved) for (const listener of this.#watches.get(repoURL)?.listeners ?? []) listener();
      });
    });
  }
}

/** `oci://host/charts/web:1.2.0`, as some indexes have it. */
function ociOfUrl(url: string): { repository: OciRepository; tag: string } {
  const [, base = url, tag = "latest"] = /^(.*?):([^:/]+)$/.exec(url) ?? [];
  return { repository: parseOciUrl(base), tag };
}

function readNote(text: string | undefined): Omit<ChartArchive, "data"> | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Omit<ChartArchive, "data">);
  } catch {
    return undefined;
  }
}

function withinOrUndefined(range: string, versions: readonly string[]): string | undefined {
  try {
    return highestWithin(range, versions);
  } catch {
    return undefined;
  }
}

/** What was fetched as one person is not told to another. */
function scopeOf(access: RepositoryAccess): string {
  const { username, password, bearerToken, project, tlsClientCert } = access;
  return sha256(Buffer.from(JSON.stringify([username, password, bearerToken, project, tlsClientCert])));
}

function noteName(parts: readonly string[], access: RepositoryAccess): string {
  return `chart ${parts.map(maskCredentials).join(" ")} ${scopeOf(access)}`;
}
