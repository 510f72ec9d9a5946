import {
  joinPath,
  problemError,
  recordingTree,
  type Clock,
  type FileTree,
  type JsonObject,
  type ReadSet,
} from "@fairlead/base";
import type { RenderAnswer, RenderRequest, ResolvedSource, SourceAccess } from "@fairlead/apps";
import { packChart } from "@fairlead/helm";
import { RenderCache, type EncryptedFiles, type RenderPool, type SourceSpec } from "@fairlead/render";
import {
  isOciUrl,
  withDependencies,
  type ChartSources,
  type CredentialStore,
  type Repositories,
} from "@fairlead/sources";
import { remoteFetcher } from "../remote-fetcher.ts";
import type { EncryptedFilesFor } from "./sops-keys.ts";
import { expandValueFiles, mountRefs } from "./value-files.ts";

type Source = RenderRequest["source"];

/** As people of Flux name it, whose entries it has. */
const DEFAULT_SOPS_SECRET = "sops-age";

export interface SourceAccessOptions {
  readonly repositories: Repositories;
  readonly charts: ChartSources;
  /** Names of repositories that charts' dependencies use, and whose credentials go with them. */
  readonly credentials: CredentialStore;
  /** Secret of this installation: what charts make up by chance is derived from it. */
  readonly renderKey: string;
  readonly clock: Clock;
  /** Opens encrypted files; without it they are taken as they are. */
  readonly encryptedFilesFor?: EncryptedFilesFor | undefined;
  /** Renders run in its threads. */
  readonly pool: RenderPool;
}

/** How the application engine gets at sources and at rendering: the one place where `sources` and `render` meet `apps`. */
export function createSourceAccess(options: SourceAccessOptions): SourceAccess {
  const { repositories, charts } = options;
  const cache = new RenderCache((...args) => options.pool.render(...args));
  /** Watching and poking know only an address, and private ones are reached with their project's credentials. */
  const projects = new Map<string, string>();
  /** What the last render of each owner had opened: an answer that still holds is not rendered again. */
  const decrypted = new Map<string, readonly string[]>();
  const projectOf = (source: Source): string | undefined => projects.get(source.repoURL);
  return {
    async resolve(source, revision, project): Promise<ResolvedSource> {
      if (project !== undefined) projects.set(source.repoURL, project);
      const wanted = revision ?? source.targetRevision ?? "";
      if (!isGit(source)) return resolveChart(charts, source, wanted, project ?? projectOf(source));
      const repository = await repositories.open(source.repoURL, project ?? projectOf(source));
      const { commit } = await repository.resolve(wanted, source.tagPrefix);
      return { revision: commit, tree: await repository.checkout(commit) };
    },
    async render(request): Promise<RenderAnswer> {
      const { app, kubeVersion, apiVersions } = request;
      const stable = { key: options.renderKey, nowMs: startOfMonth(options.clock.now()) };
      const environment = {
        appName: app.instance,
        namespace: app.destinationNamespace,
        kubeVersion,
        apiVersions,
        kustomizeBuildOptions: request.kustomizeBuildOptions,
        stable,
      };
      const { tree, spec, reads } = await prepare(request, options);
      const remotes = remoteFetcher(
        { repositories, charts },
        { project: app.project, schemes: ["https", "http", "ssh"] },
      );
      const files = await options.encryptedFilesFor?.(request.sopsSecret ?? DEFAULT_SOPS_SECRET);
      const texts = new Set<string>();
      const encrypted = files && noting(files, texts);
      const { rendered, why } = await cache.render(request.owner, tree, spec, environment, { remotes, encrypted });
      if (why !== undefined) decrypted.set(request.owner, [...texts]);
      return {
        ...rendered,
        reads: reads ? reads(rendered.reads) : rendered.reads,
        why,
        decrypted: decrypted.get(request.owner),
      };
    },
    forget(owner) {
      cache.forget(owner);
      decrypted.delete(owner);
    },
    async signedObject(source, resolved, revision) {
      if (!isGit(source)) return undefined;
      const repository = await repositories.open(source.repoURL, projectOf(source));
      return repository.signedObject(revision ?? source.targetRevision ?? "", resolved.revision);
    },
    watch(source, onMoved) {
      if (!isGit(source)) return charts.watch(source.repoURL, onMoved);
      let stop = (): void => undefined;
      let isOver = false;
      // A repository that cannot be opened is told by `resolve`, to those who can do something about it.
      repositories.open(source.repoURL, projectOf(source)).then(
        (repository) => {
          if (!isOver) stop = repository.onChange(onMoved);
        },
        () => undefined,
      );
      return () => {
        isOver = true;
        stop();
      };
    },
    async poke(source) {
      if (isGit(source)) await repositories.poke(source.repoURL, projectOf(source));
      else await charts.poke(source.repoURL);
    },
  };
}

/** The same files, with the values noted that come out of them. */
function noting(files: EncryptedFiles, texts: Set<string>): EncryptedFiles {
  return {
    keysId: files.keysId,
    async open(file, content) {
      const opened = await files.open(file, content);
      for (const text of opened?.secrets ?? []) texts.add(text);
      return opened;
    },
  };
}

function isGit(source: Source): boolean {
  return source.chart === undefined && !isOciUrl(source.repoURL);
}

/** A chart of a repository, or, for `oci://` without a chart, whatever the artifact holds. */
function resolveChart(
  charts: ChartSources,
  source: Source,
  revision: string,
  project: string | undefined,
): Promise<ResolvedSource> {
  const { repoURL, chart, helm } = source;
  if (chart === undefined) return charts.artifact(repoURL, revision, project);
  const passCredentials = helm?.["passCredentials"] === true ? true : undefined;
  return charts.chart({ repoURL, chart, version: revision, project, passCredentials });
}

/** Charts see no finer time, so no finer time may make the cache render again. */
function startOfMonth(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
}

interface Prepared {
  readonly tree: FileTree;
  readonly spec: SourceSpec;
  /** What was read, said in terms of the source's own tree; undefined where nothing lies over it. */
  readonly reads?: (reads: ReadSet) => ReadSet;
}

/** The tree with what a render needs besides it: dependencies of a chart that are not there, the files of other sources. */
async function prepare(request: RenderRequest, options: SourceAccessOptions): Promise<Prepared> {
  const { source, resolved } = request;
  const spec = specOf(source);
  const recording = recordingTree(resolved.tree);
  const project = request.app.project;
  const isChart = spec.kustomize === undefined && spec.directory === undefined;
  const complete = isChart
    ? await withDependencies({
        tree: recording.tree,
        chartPath: joinPath(spec.path),
        charts: options.charts,
        pack: packChart,
        repositories: options.credentials.named(project),
        project,
      })
    : recording.tree;
  const mounted = spec.helm
    ? mountRefs(complete, spec.helm as JsonObject, request.refs)
    : { tree: complete, helm: spec.helm };
  const helm = mounted.helm && expandValueFiles(mounted.tree, spec.path, mounted.helm as JsonObject);
  if (mounted.tree === recording.tree && helm === spec.helm) return { tree: resolved.tree, spec };
  return {
    tree: mounted.tree,
    spec: { ...spec, helm },
    reads: (reads) => inOwnTree(resolved.tree, reads, recording.reads),
  };
}

/** The engine checks a new commit against the source's own tree, where what lies over it is not to be seen. */
function inOwnTree(tree: FileTree, reads: ReadSet, before: ReadSet): ReadSet {
  const again = recordingTree(tree);
  for (const key of reads.keys()) {
    // `path/` is a listing, `path/?` that there is a directory.
    const path = key.replace(/\/\??$/, "");
    const kind = again.tree.stat(path)?.kind;
    if (key.endsWith("/") && kind === "directory") again.tree.list(path);
  }
  return new Map([...again.reads, ...before]);
}

function specOf(source: Source): SourceSpec {
  if (source.plugin !== undefined) {
    throw problemError("UnsupportedSource", "this config management plugin is not among those that are allowed here");
  }
  const { path = "", directory, kustomize, helm } = source;
  return { path, directory, kustomize, helm: helm as JsonObject | undefined };
}
