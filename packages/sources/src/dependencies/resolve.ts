import { joinPath, problemError, ProblemError, type FileTree } from "@fairlead/base";
import { goQuote, parseConstraint, satisfies, type Constraint } from "@fairlead/gotemplate";
import { isOciUrl } from "../oci/reference.ts";
import { readVersion } from "../versions.ts";
import { readChartDependencies, type Dependency, type Lock } from "./chart-file.ts";
import { lockDigest } from "./lock.ts";
import { accessTo, isLocal } from "./repositories.ts";
import type { DependencyRequest } from "./types.ts";

/** Where a `file://` dependency is in the tree. @throws ProblemError PathEscapes, ChartDependencyInvalid */
export function localPath(tree: FileTree, chartPath: string, repository: string, shownPath = chartPath): string {
  const named = repository.replace(/^file:\/\//, "");
  const path = named.startsWith("/") ? joinPath(named.slice(1)) : joinPath(chartPath, named);
  if (tree.stat(path)) return path;
  throw problemError(
    "ChartDependencyInvalid",
    `directory ${named.startsWith("/") ? named : joinPath(shownPath, named)} not found`,
  );
}

/**
 * An exact version for each dependency, as Helm's resolver chooses: the first that fits of what there is, highest first.
 * @throws ProblemError ChartDependencyInvalid, ChartNotFound, ChartVersionNotFound, Source*
 */
export async function resolveDependencies(declared: readonly Dependency[], accessed: DependencyRequest): Promise<Lock> {
  const missing: string[] = [];
  const locked: Dependency[] = [];
  for (const dependency of declared) {
    const constraint = constraintOf(dependency, (name) => `dependency ${goQuote(name)}`);
    const version = await chooseVersion(dependency, constraint, accessed);
    const { name, repository } = dependency;
    if (version === undefined) {
      missing.push(`${goQuote(name)} (repository ${goQuote(repository)}, version ${goQuote(dependency.version)})`);
    } else locked.push({ name, repository, version });
  }
  if (missing.length > 0) {
    throw problemError(
      "ChartVersionNotFound",
      `can't get a valid version for ${missing.length} subchart(s): ${missing.join(", ")}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
    );
  }
  return { dependencies: locked, digest: lockDigest(declared, locked) };
}

/** @throws ProblemError ChartDependencyInvalid */
export function constraintOf(dependency: Dependency, called: (name: string) => string): Constraint {
  try {
    return parseConstraint(dependency.version, "3.5");
  } catch (error) {
    throw problemError(
      "ChartDependencyInvalid",
      `${called(dependency.name)} has an invalid version/constraint format: ${(error as Error).message}`,
    );
  }
}

async function chooseVersion(
  dependency: Dependency,
  constraint: Constraint,
  request: DependencyRequest,
): Promise<string | undefined> {
  const { repository, name, version } = dependency;
  const { tree, chartPath } = request;
  if (repository === "") {
    localPath(tree, chartPath, `charts/${name}`, request.shownPath);
    return version;
  }
  if (isLocal(repository)) {
    const found = readChartDependencies(tree, localPath(tree, chartPath, repository, request.shownPath)).version;
    return fits(found, constraint) ? found : undefined;
  }
  if (isOciUrl(repository) && readVersion(version)) return version;
  const versions = await versionsOf(dependency, request);
  const chosen = versions.find((candidate) => fits(candidate, constraint));
  // Helm leaves a registry's answer for the download, which then says that nothing fits.
  return chosen ?? (isOciUrl(repository) ? version : undefined);
}

async function versionsOf({ repository, name }: Dependency, request: DependencyRequest): Promise<readonly string[]> {
  const { charts, project } = request;
  const access = accessTo(repository, request.repositories, request.registryAccess);
  const at = { repoURL: repository, chart: name, project, access };
  if (isOciUrl(repository)) {
    try {
      return await charts.versions(at);
    } catch (error) {
      throw problemError(
        error instanceof ProblemError ? error.code : "SourceUnreachable",
        `could not retrieve list of tags for repository ${repository}: ${(error as Error).message}`,
        {},
        error,
      );
    }
  }
  const versions = await charts.versions(at);
  if (versions.length > 0) return versions;
  throw problemError("ChartNotFound", `${name} chart not found in repo ${repository}`);
}

function fits(text: string, constraint: Constraint): boolean {
  const version = readVersion(text);
  return version !== undefined && satisfies(version, constraint);
}
