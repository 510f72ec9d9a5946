import type { ObjectRef } from "@fairlead/apimachinery";
import { globMatches } from "../glob.ts";
import type { KindRule, Project, ProjectDestination } from "./types.ts";

/** Whether something is permitted; when not, `rule` says which rule of the project refuses it, for the message. */
export type Permission = { readonly ok: true } | { readonly ok: false; readonly rule: string };

const PERMITTED: Permission = { ok: true };
const refuse = (rule: string): Permission => ({ ok: false, rule });

/** A deny beats every allow, and without an allow nothing is permitted (facts/argocd.md §1.7). */
export function permitsSource(project: Project, repoURL: string): Permission {
  const rules = project.spec.sourceRepos;
  const target = normalizeRepo(repoURL);
  const matches = (glob: string): boolean => glob === "*" || globMatches(normalizeRepo(glob), target, "/");
  const denied = rules.find((rule) => rule.startsWith("!") && matches(rule.slice(1)));
  if (denied !== undefined)
    return refuse(`spec.sourceRepos ${JSON.stringify(denied)} of project ${project.name} denies it`);
  if (rules.some((rule) => !rule.startsWith("!") && matches(rule))) return PERMITTED;
  return refuse(`spec.sourceRepos of project ${project.name} does not list it`);
}

/** Two spellings of one repository compare equal: case of the host, `.git`, trailing slashes. */
export function normalizeRepo(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

export interface ResolvedDestination {
  readonly server: string;
  readonly name: string;
  readonly namespace: string;
}

/**
 * A rule names a cluster by server or name, and namespaces. A rule with `!` before either denies, and only what both of its
 * parts match: Argo CD's deny on a name ignores the namespace, which is a slip of operator precedence (facts/argocd.md §1.7).
 */
export function permitsDestination(project: Project, destination: ResolvedDestination): Permission {
  const rules = project.spec.destinations;
  const denied = rules.find((rule) => isDeny(rule) && matchesDestination(rule, destination));
  if (denied) return refuse(`spec.destinations ${describeRule(denied)} of project ${project.name} denies it`);
  if (rules.some((rule) => !isDeny(rule) && matchesDestination(rule, destination))) return PERMITTED;
  return refuse(`spec.destinations of project ${project.name} does not list it`);
}

function isDeny(rule: ProjectDestination): boolean {
  return [rule.server, rule.name, rule.namespace].some((part) => part?.startsWith("!"));
}

function matchesDestination(rule: ProjectDestination, destination: ResolvedDestination): boolean {
  const bare = (pattern: string): string => (pattern.startsWith("!") ? pattern.slice(1) : pattern);
  const byServer = rule.server !== undefined && globMatches(bare(rule.server), destination.server);
  const byName = rule.name !== undefined && globMatches(bare(rule.name), destination.name);
  // A cluster-scoped object has no namespace; any namespace rule of a matching cluster speaks for it.
  const namespace = rule.namespace ?? "";
  const inNamespace = destination.namespace === "" || globMatches(bare(namespace), destination.namespace);
  return (byServer || byName) && inNamespace;
}

function describeRule(rule: ProjectDestination): string {
  return JSON.stringify({ server: rule.server, name: rule.name, namespace: rule.namespace });
}

/** An object of an application: its kind, and the namespace it goes to where that is not the application's own. */
export function permitsObject(
  project: Project,
  ref: ObjectRef,
  isNamespaced: boolean,
  cluster: { readonly server: string; readonly name: string },
): Permission {
  const kind = permitsKind(project, ref, isNamespaced);
  if (!kind.ok || !isNamespaced) return kind;
  return permitsDestination(project, { server: cluster.server, name: cluster.name, namespace: ref.namespace ?? "" });
}

/** Kinds: a blacklist beats a whitelist; cluster-scoped kinds need a whitelist entry, namespaced ones only if there is a list. */
function permitsKind(project: Project, ref: ObjectRef, isNamespaced: boolean): Permission {
  const { spec } = project;
  const black = isNamespaced ? spec.namespaceResourceBlacklist : spec.clusterResourceBlacklist;
  const white = isNamespaced ? spec.namespaceResourceWhitelist : spec.clusterResourceWhitelist;
  const scope = isNamespaced ? "namespace" : "cluster";
  const denied = black.find((rule) => matchesKind(rule, ref));
  if (denied) {
    return refuse(
      `spec.${scope}ResourceBlacklist ${denied.group || '""'}/${denied.kind} of project ${project.name} denies it`,
    );
  }
  if (white === undefined || white.some((rule) => matchesKind(rule, ref))) return PERMITTED;
  return refuse(`spec.${scope}ResourceWhitelist of project ${project.name} does not list it`);
}

function matchesKind(rule: KindRule, ref: ObjectRef): boolean {
  return (
    globMatches(rule.group, ref.group) &&
    globMatches(rule.kind, ref.kind) &&
    (rule.name === undefined || globMatches(rule.name, ref.name))
  );
}

/** Applications outside the control plane's namespace need the project's consent; `/…/` is a regular expression. */
export function permitsNamespace(project: Project, namespace: string): Permission {
  if (namespace === project.namespace) return PERMITTED;
  const ok = project.spec.sourceNamespaces.some((pattern) => {
    if (pattern.length > 2 && pattern.startsWith("/") && pattern.endsWith("/")) {
      return matchesRegExp(pattern.slice(1, -1), namespace);
    }
    return globMatches(pattern, namespace);
  });
  return ok
    ? PERMITTED
    : refuse(`spec.sourceNamespaces of project ${project.name} does not list namespace ${namespace}`);
}

function matchesRegExp(source: string, text: string): boolean {
  try {
    return new RegExp(source).test(text);
  } catch {
    return false;
  }
}
