import { type FileTree, type Problem, problemError } from "@fairlead/base";
import { buildKustomization, type BuildOptions, type BuiltKustomization } from "./build.ts";
import { KUSTOMIZE_LIMITS } from "./limits.ts";
import { MissingRemote } from "./load/loader.ts";
import type { ChartSpec, RemoteSource, RepositorySpec } from "./load/remote.ts";

/** Fetches what a build needs from elsewhere; time and size limits are its own. */
export interface RemoteFetcher {
  /** The repository's tree at the spec's ref. @throws ProblemError */
  repository(spec: RepositorySpec): Promise<FileTree>;
  /** A chart at the root of a tree. Absent where charts are not pulled. @throws ProblemError */
  chart?(spec: ChartSpec): Promise<FileTree>;
  /** @throws ProblemError when there is no answer at all */
  file(url: string): Promise<{ readonly status: number; readonly body: Uint8Array }>;
}

/**
 * Builds a kustomization that may name remote bases, charts and files. The build itself does no I/O: it stops at what is missing, that is
 * fetched, and it begins anew. Each remote is fetched once.
 * @throws ProblemError
 */
export async function buildWithRemotes(
  tree: FileTree,
  path: string,
  options: BuildOptions,
  fetcher: RemoteFetcher,
): Promise<BuiltKustomization> {
  const trees = new Map<string, FileTree>();
  const files = new Map<string, { readonly status: number; readonly body: Uint8Array }>();
  const charts = new Map<string, FileTree>();
  const remote: RemoteSource = {
    ...(fetcher.chart && { chart: (spec: ChartSpec) => charts.get(chartKeyOf(spec)) }),
    repository: (spec: RepositorySpec) => trees.get(keyOf(spec)),
    file: (url: string) => files.get(url),
  };
  // A build that begins anew warns anew; each warning is passed on once, in its place.
  let warned = 0;
  for (let fetched = 0; fetched <= KUSTOMIZE_LIMITS.remotesMax; fetched++) {
    let count = 0;
    const onWarning = (problem: Problem): void => {
      if (count++ < warned) return;
      warned++;
      options.onWarning?.(problem);
    };
    try {
      return buildKustomization(tree, path, { ...options, remote, onWarning });
    } catch (error) {
      if (!(error instanceof MissingRemote)) throw error;
      const { repository, chart, url } = error;
      if (repository) trees.set(keyOf(repository), await fetcher.repository(repository));
      else if (chart && fetcher.chart) charts.set(chartKeyOf(chart), await fetcher.chart(chart));
      else if (url !== undefined) files.set(url, await fetcher.file(url));
    }
  }
  const message = `the kustomization needs more than ${KUSTOMIZE_LIMITS.remotesMax} remote bases, charts and files`;
  throw problemError("LimitExceeded", message, { file: path });
}

function chartKeyOf({ repo, name, version, devel }: ChartSpec): string {
  return JSON.stringify([repo, name, version, devel]);
}

function keyOf({ url, ref, submodules }: RepositorySpec): string {
  return `${url} ${ref} ${submodules}`;
}
