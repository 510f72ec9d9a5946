import type { FileTree } from "@fairlead/base";
import type { ChartSources } from "../charts.ts";
import type { RepositoryAccess } from "../credentials/types.ts";

/** A repository that dependencies may name as `@name` or `alias:name`: `helm repo add`, or a repository Secret with a name. */
export interface NamedRepository {
  readonly name: string;
  readonly url: string;
  readonly access: RepositoryAccess;
}

/** A chart's directory made into an archive; it is Helm's own business what belongs in. @throws ProblemError, ChartInvalid */
export type PackChart = (
  tree: FileTree,
  path: string,
) => { readonly name: string; readonly version: string; readonly data: Uint8Array };

export interface DependencyRequest {
  readonly tree: FileTree;
  /** Where the chart is in the tree. */
  readonly chartPath: string;
  /** `build` keeps to Chart.lock where there is one; `update` chooses anew. */
  readonly mode: "build" | "update";
  readonly charts: ChartSources;
  readonly pack: PackChart;
  readonly repositories: readonly NamedRepository[];
  /** Who one is at a registry, where it is not known through the sources' own accessFor. */
  readonly registryAccess?: ((url: string) => RepositoryAccess) | undefined;
  /** Refuse, as Helm does, to build from a repository that is not among those. An Application needs no such list. */
  readonly needsKnownRepositories?: boolean | undefined;
  readonly skipRefresh?: boolean | undefined;
  /** The moment for a new lock, as Go writes times in JSON. */
  readonly generated: string;
  readonly project?: string | undefined;
  /** How the chart's own path is called in messages. */
  readonly shownPath?: string | undefined;
  /** Progress, in Helm's words; may hold several lines. */
  readonly say?: ((line: string) => void) | undefined;
}

/** What has to be done below the chart; nothing was written yet. */
export interface DependencyResult {
  /** File name below `charts/` → content. */
  readonly archives: ReadonlyMap<string, Uint8Array>;
  /** A lock to write, when it is another one than before. */
  readonly lock: { readonly file: string; readonly text: string } | undefined;
  /** False when there was nothing to do at all: then nothing is outdated either. */
  readonly hasDependencies: boolean;
  /** Names of dependencies without a repository: their archives in `charts/` are left alone. */
  readonly localNames: ReadonlySet<string>;
}
