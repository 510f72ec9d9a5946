import { joinPath, problemError, ProblemError } from "@fairlead/base";
import { satisfies } from "@fairlead/gotemplate";
import type { ChartArchive } from "../charts.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import { isOciUrl } from "../oci/reference.ts";
import { readVersion } from "../versions.ts";
import { readChartDependencies, type ChartDependencies, type Dependency, type Lock } from "./chart-file.ts";
import { formatLock, lockDigest, lockDigestV2 } from "./lock.ts";
import { accessTo, assertKnown, isIndexed, isLocal, isSameAddress, withoutAliases } from "./repositories.ts";
import { constraintOf, localPath, resolveDependencies } from "./resolve.ts";
import type { DependencyRequest, DependencyResult, NamedRepository } from "./types.ts";

const NOTHING: DependencyResult = {
  archives: new Map(),
  lock: undefined,
  hasDependencies: false,
  localNames: new Set(),
};

/**
 * `helm dependency build` and `update` without touching a disk: what has to be below `charts/`, and the lock that says so.
 * @throws ProblemError ChartLockOutOfSync, ChartDependencyInvalid, ChartVersionNotFound, Source*, … in Helm's words where Helm has some
 */
export async function buildDependencies(request: DependencyRequest): Promise<DependencyResult> {
  const chart = readChartDependencies(request.tree, request.chartPath);
  if (request.mode === "build" && chart.lock) return buildFromLock(chart, chart.lock, request);
  return updateDependencies(chart, request);
}

async function buildFromLock(
  chart: ChartDependencies,
  lock: Lock,
  request: DependencyRequest,
): Promise<DependencyResult> {
  const declared = chart.declared ?? [];
  const resolved = withoutAliases(declared, request.repositories);
  assertLocalThere(resolved, request);
  assertInSync(chart, declared, resolved, lock, request);
  if (request.needsKnownRepositories) assertKnown(lock.dependencies, request.repositories);
  if (!request.skipRefresh) await refreshKnown(request);
  const { archives } = await fetchAll(lock.dependencies, request);
  return { archives, lock: undefined, hasDependencies: true, localNames: localNames(lock.dependencies) };
}

async function updateDependencies(chart: ChartDependencies, request: DependencyRequest): Promise<DependencyResult> {
  if (chart.declared === undefined) return NOTHING;
  const declared = withoutAliases(chart.declared, request.repositories);
  assertLocalThere(declared, request);
  if (!request.skipRefresh) {
    await refreshUnknown(declared, request);
    await refreshKnown(request);
  }
  const lock = await resolveDependencies(declared, request);
  const { archives, exact } = await fetchAll(lock.dependencies, request);
  // A local chart tells its own version, which may be another spelling.
  const digest = lockDigest(declared, exact);
  const isSame = chart.lock?.digest === digest;
  const file = chart.apiVersion === "v1" ? "requirements.lock" : "Chart.lock";
  return {
    archives,
    lock: isSame ? undefined : { file, text: formatLock({ digest, dependencies: exact }, request.generated) },
    hasDependencies: true,
    localNames: localNames(declared),
  };
}

/** Helm looks at every local directory before anything else. */
function assertLocalThere(dependencies: readonly Dependency[], request: DependencyRequest): void {
  for (const { repository } of dependencies) {
    if (isLocal(repository)) localPath(request.tree, request.chartPath, repository, request.shownPath);
  }
}

function assertInSync(
  chart: ChartDependencies,
  declared: readonly Dependency[],
  resolved: readonly Dependency[],
  lock: Lock,
  request: DependencyRequest,
): void {
  // Go writes a list that was never there as null, which makes another digest than an empty one.
  if (lockDigest(resolved, lock.dependencies) === lock.digest) return;
  if (chart.apiVersion !== "v1") {
    throw problemError(
      "ChartLockOutOfSync",
      "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'",
      { file: joinPath(request.chartPath, "Chart.lock") },
    );
  }
  if (lockDigestV2(declared) === lock.digest) return;
  throw problemError(
    "ChartLockOutOfSync",
    "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies",
    { file: joinPath(request.chartPath, "requirements.lock") },
  );
}

/** Repositories nobody added are asked too, each once. */
async function refreshUnknown(dependencies: readonly Dependency[], request: DependencyRequest): Promise<void> {
  const unknown = new Set(
    dependencies
      .map(({ repository }) => repository)
      .filter(
        (repository) =>
          isIndexed(repository) && !request.repositories.some(({ url }) => isSameAddress(url, repository)),
      ),
  );
  if (unknown.size === 0) return;
  request.say?.("Getting updates for unmanaged Helm repositories...");
  await refresh(
    [...unknown].map((url) => ({ url, label: `${JSON.stringify(url)} chart repository`, shown: "" })),
    request,
  );
}

async function refreshKnown(request: DependencyRequest): Promise<void> {
  const { repositories, say } = request;
  if (!say || repositories.length === 0) return;
  say("Hang tight while we grab the latest from your chart repositories...");
  const asked = repositories
    .filter(({ url }) => !isOciUrl(url))
    .map(({ name, url, access }) => ({
      url,
      access,
      label: `${JSON.stringify(name)} chart repository`,
      shown: ` (${url})`,
    }));
  await refresh(asked, request);
  say("Update Complete. ⎈Happy Helming!⎈");
}

/** A repository that fails is told and does not end anything: it may not be needed. */
async function refresh(
  asked: readonly {
    readonly url: string;
    readonly access?: NamedRepository["access"];
    readonly label: string;
    readonly shown: string;
  }[],
  { charts, say }: DependencyRequest,
): Promise<void> {
  await Promise.all(
    asked.map(async ({ url, access, label, shown }) => {
      try {
        await charts.loadIndex(url, access);
        say?.(`...Successfully got an update from the ${label}`);
      } catch (error) {
        say?.(`...Unable to get an update from the ${label}${shown}:\n\t${(error as Error).message}`);
      }
    }),
  );
}

function localNames(dependencies: readonly Dependency[]): Set<string> {
  return new Set(dependencies.filter(({ repository }) => repository === "").map(({ name }) => name));
}

interface Fetched {
  readonly archives: Map<string, Uint8Array>;
  /** As asked, with the versions that were found. */
  readonly exact: readonly Dependency[];
}

/** A few at once; told in the order of the list, whichever comes first. */
async function fetchAll(dependencies: readonly Dependency[], request: DependencyRequest): Promise<Fetched> {
  const say = request.say ?? ((): void => undefined);
  say(`Saving ${dependencies.length} charts`);
  const downloads = startDownloads(dependencies, request);
  const archives = new Map<string, Uint8Array>();
  const exact: Dependency[] = [];
  const seen = new Set<string>();
  for (const [index, dependency] of dependencies.entries()) {
    const { name, repository } = dependency;
    try {
      if (repository === "") {
        say(`Dependency ${name} did not declare a repository. Assuming it exists in the charts directory`);
        assertFits(dependency, request);
        exact.push(dependency);
        continue;
      }
      if (isLocal(repository)) {
        const packed = packLocal(dependency, request);
        archives.set(`${packed.name}-${packed.version}.tgz`, packed.data);
        exact.push({ ...dependency, version: packed.version });
        continue;
      }
      const key = `${repository} ${name} ${dependency.version}`;
      if (seen.has(key)) say(`Already downloaded ${name} from repo ${repository}`);
      else say(`Downloading ${name} from repo ${repository}`);
      const archive = await downloads[index];
      if (archive?.pulled && !seen.has(key))
        say(`Pulled: ${archive.pulled.reference}\nDigest: ${archive.pulled.manifest}`);
      seen.add(key);
      if (archive) archives.set(archive.fileName, archive.data);
      exact.push(dependency);
    } catch (error) {
      say(
        `Save error occurred:  ${error instanceof ProblemError ? (error.problems[0]?.message ?? "") : String(error)}`,
      );
      throw error;
    }
  }
  say("Deleting outdated charts");
  return { archives, exact };
}

function startDownloads(
  dependencies: readonly Dependency[],
  request: DependencyRequest,
): readonly (Promise<ChartArchive> | undefined)[] {
  const running: Promise<unknown>[] = [];
  const byKey = new Map<string, Promise<ChartArchive>>();
  return dependencies.map((dependency) => {
    const { name, repository, version } = dependency;
    if (repository === "" || isLocal(repository)) return undefined;
    const key = `${repository} ${name} ${version}`;
    const known = byKey.get(key);
    if (known) return known;
    const turn = running.at(-SOURCE_LIMITS.dependenciesAtOnceMax) ?? Promise.resolve();
    const download = turn.catch(() => undefined).then(() => pull(dependency, request));
    // Whoever comes to it in order is told; before that a failure is nobody's.
    download.catch(() => undefined);
    running.push(download);
    byKey.set(key, download);
    return download;
  });
}

async function pull({ name, repository, version }: Dependency, request: DependencyRequest): Promise<ChartArchive> {
  const access = accessTo(repository, request.repositories, request.registryAccess);
  const asked = { repoURL: repository, chart: name, version, project: request.project, access };
  if (!isOciUrl(repository)) return request.charts.archive(asked);
  if (readVersion(version) === undefined)
    throw notDownloaded(asked, `could not locate a version matching provided version string ${version}`);
  try {
    return await request.charts.archive(asked);
  } catch (error) {
    throw notDownloaded(
      asked,
      error instanceof ProblemError ? (error.problems[0]?.message ?? "") : String(error),
      error,
    );
  }
}

function notDownloaded(
  { repoURL, chart }: { repoURL: string; chart: string },
  why: string,
  cause?: unknown,
): ProblemError {
  const code = cause instanceof ProblemError ? cause.code : "ChartVersionNotFound";
  return problemError(code, `could not download ${repoURL}/${chart}: ${why}`, {}, cause);
}

function packLocal(dependency: Dependency, request: DependencyRequest): ReturnType<DependencyRequest["pack"]> {
  const packed = request.pack(
    request.tree,
    localPath(request.tree, request.chartPath, dependency.repository, request.shownPath),
  );
  const constraint = constraintOf(dependency, (name) => `dependency ${name}`);
  const version = readVersion(packed.version);
  if (version && satisfies(version, constraint)) return packed;
  throw problemError("ChartDependencyInvalid", `can't get a valid version for dependency ${dependency.name}`);
}

/** A chart that is kept in `charts/` itself has to be there and to fit. */
function assertFits(dependency: Dependency, request: DependencyRequest): void {
  const { name, version } = dependency;
  const path = joinPath(request.chartPath, "charts", name);
  const shown = joinPath(request.shownPath ?? request.chartPath, "charts", name);
  if (request.tree.stat(joinPath(path, "Chart.yaml"))?.kind !== "file") {
    throw problemError("ChartDependencyInvalid", `unable to load chart '${shown}': Chart.yaml file is missing`);
  }
  const found = readChartDependencies(request.tree, path).version;
  const constraint = constraintOf(dependency, (text) => `dependency ${text}`);
  const read = readVersion(found);
  if (read && satisfies(read, constraint)) return;
  throw problemError(
    "ChartDependencyInvalid",
    `dependency ${name} at version ${found} does not satisfy the constraint ${version}`,
  );
}
