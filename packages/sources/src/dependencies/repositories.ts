import { problemError } from "@fairlead/base";
import type { RepositoryAccess } from "../credentials/types.ts";
import { isOciUrl } from "../oci/reference.ts";
import type { Dependency } from "./chart-file.ts";
import type { NamedRepository } from "./types.ts";

export function isLocal(repository: string): boolean {
  return repository.startsWith("file://");
}

/** True for what is looked up in an index: neither below `charts/`, nor beside the chart, nor in a registry. */
export function isIndexed(repository: string): boolean {
  return repository !== "" && !isLocal(repository) && !isOciUrl(repository);
}

/** `@name` and `alias:name` become addresses. @throws ProblemError ChartDependencyInvalid naming every unknown one, in Helm's words */
export function withoutAliases(
  dependencies: readonly Dependency[],
  known: readonly NamedRepository[],
): readonly Dependency[] {
  const missing: string[] = [];
  const resolved = dependencies.map((dependency) => {
    const { repository } = dependency;
    if (!isIndexed(repository)) return dependency;
    const alias = /^(?:@|alias:)(.*)$/s.exec(repository)?.[1];
    const found = alias === undefined ? undefined : known.find(({ name }) => name === alias);
    if (found) return { ...dependency, repository: found.url };
    // Go's ParseRequestURI is content with an absolute path or anything that has a scheme.
    const isAddress = alias === undefined && /^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)/.test(repository);
    if (!isAddress && !known.some(({ url }) => isSameAddress(url, repository))) missing.push(repository);
    return dependency;
  });
  if (missing.length === 0) return resolved;
  const isWord = missing.some((name) => !name.includes("//") && !/^(?:@|alias:)/.test(name));
  const advice = isWord
    ? `
Note that repositories must be URLs or aliases. For example, to refer to the "example"
repository, use "https://charts.example.com/" or "@example" instead of
"example". Don't forget to add the repo, too ('helm repo add').`
    : "";
  throw problemError(
    "ChartDependencyInvalid",
    `no repository definition for ${missing.join(", ")}. Please add them via 'helm repo add'${advice}`,
  );
}

/** @throws ProblemError ChartDependencyInvalid for repositories nobody added, as `helm dependency build` */
export function assertKnown(dependencies: readonly Dependency[], known: readonly NamedRepository[]): void {
  const missing = dependencies
    .map(({ repository }) => repository)
    .filter((repository) => isIndexed(repository) && !known.some(({ url }) => isSameAddress(url, repository)));
  if (missing.length === 0) return;
  throw problemError(
    "ChartDependencyInvalid",
    `no repository definition for ${missing.join(", ")}. Please add the missing repos via 'helm repo add'`,
  );
}

/** Two spellings of one address, slashes aside. */
export function isSameAddress(a: string, b: string): boolean {
  return cleaned(a) === cleaned(b);
}

function cleaned(address: string): string {
  if (!URL.canParse(address)) return address.replace(/(?<=.)\/+$/, "");
  const url = new URL(address);
  url.pathname = url.pathname.replaceAll(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
  return url.href;
}

/** The access to a dependency's repository; undefined leaves it to what is known for its address. */
export function accessTo(
  repository: string,
  known: readonly NamedRepository[],
  registryAccess: ((url: string) => RepositoryAccess) | undefined,
): RepositoryAccess | undefined {
  if (isOciUrl(repository)) return registryAccess?.(repository);
  return known.find(({ url }) => isSameAddress(url, repository))?.access;
}
