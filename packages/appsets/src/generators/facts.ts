import type { FileTree, Json, JsonObject, Problem } from "@fairlead/base";
import type { KubeObject, LabelSelector } from "@fairlead/apimachinery";
import type { PullRequestProvider, ScmFilter, ScmProvider } from "../providers/types.ts";

/**
 * What generation must know of the world beside objects: answers come from outside, and a generation that misses one names it
 * and goes on, so that everything it wants is asked for at once. `key` tells wants apart and holds no secret.
 */
export type Need =
  | { readonly kind: "git"; readonly key: string; readonly repoURL: string; readonly revision: string }
  | { readonly kind: "branches"; readonly key: string; readonly repoURL: string }
  | { readonly kind: "resources"; readonly key: string; readonly query: ResourceQuery }
  | { readonly kind: "plugin"; readonly key: string; readonly call: PluginCall }
  | {
      readonly kind: "repositories";
      readonly key: string;
      readonly provider: ScmProvider;
      readonly filters: readonly ScmFilter[];
    }
  | { readonly kind: "pullRequests"; readonly key: string; readonly provider: PullRequestProvider };

export interface ResourceQuery {
  readonly apiVersion: string;
  /** The plural, as the ConfigMap of a cluster decision names it. */
  readonly plural: string;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly selector: LabelSelector | undefined;
}

export interface PluginCall {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly body: JsonObject;
}

/** What answers each want. */
export interface AnswerOf {
  readonly git: { readonly commit: string; readonly tree: FileTree };
  readonly branches: readonly GitBranch[];
  readonly resources: readonly KubeObject[];
  readonly plugin: Json;
  readonly repositories: readonly ScmRepository[];
  readonly pullRequests: readonly PullRequest[];
}

export type Answer<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

export interface GitBranch {
  readonly name: string;
  readonly commit: string;
}

/** A repository of a code host at one of its branches. */
export interface ScmRepository {
  readonly organization: string;
  readonly repository: string;
  readonly repositoryId: string | number | undefined;
  readonly url: string;
  readonly branch: string;
  readonly sha: string;
  readonly labels: readonly string[];
}

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly branch: string;
  readonly targetBranch: string;
  readonly headSha: string;
  readonly labels: readonly string[];
  readonly author: string;
  /** `owner/name` the branch is in, where the host tells; another than the target's is a fork. */
  readonly headRepository?: string | undefined;
  /** Where a host lists more than open ones. */
  readonly state?: string | undefined;
  /** Its page, for people. */
  readonly url?: string | undefined;
}

/** Objects of the control plane's cluster that generators read. */
export interface ObjectReader {
  /** Secrets labelled as clusters, of the control plane's namespace. */
  clusterSecrets(): readonly KubeObject[];
  secret(namespace: string, name: string): KubeObject | undefined;
  configMap(namespace: string, name: string): KubeObject | undefined;
  /** Undefined where projects are not known, so that nothing is said of them. */
  project(name: string): KubeObject | undefined;
  readonly knowsProjects: boolean;
  readonly knowsClusters: boolean;
}

export interface Facts {
  readonly objects: ObjectReader;
  /** Undefined: not known yet. */
  answer<K extends Need["kind"]>(need: Extract<Need, { kind: K }>): Answer<AnswerOf[K]> | undefined;
}

/** How this installation generates. */
export interface GeneratorSettings {
  /** Where cluster Secrets, plugin ConfigMaps and decision resources are read. */
  readonly controlNamespace: string;
  /** doublestar globs for git files, as Argo CD's --enable-new-git-file-globbing. */
  readonly newGitFileGlobbing: boolean;
  readonly allowTemplatedProject: boolean;
  /** Hosts generators may ask; undefined: any. As Argo CD's --allowed-scm-providers. */
  readonly allowedProviders: readonly string[] | undefined;
  /** Pull requests come from elsewhere than their host: no credentials are looked for. */
  readonly pullRequestsGiven: boolean;
}

export const DEFAULT_SETTINGS: GeneratorSettings = {
  controlNamespace: "argocd",
  newGitFileGlobbing: false,
  allowTemplatedProject: false,
  allowedProviders: undefined,
  pullRequestsGiven: false,
};
