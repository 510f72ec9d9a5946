import type { Clock, Logger } from "@fairlead/base";
import type { EventRecorder, KubeClient } from "@fairlead/kube";
import type { GeneratorSettings } from "../generators/facts.ts";
import type { World } from "../generators/world.ts";
import type { PullRequestProvider } from "../providers/types.ts";
import type { Previews } from "../preview/previews.ts";
import type { Path } from "./pointer.ts";
import type { RepositoryEvent } from "./requeue.ts";
import type { ApplicationsSync } from "./types.ts";

/** Git as the controller sees it: what generators ask, and being told when refs move. */
export interface WatchedWorld extends World {
  watch(repoURL: string, onMoved: () => void): () => void;
  refresh(repoURL: string): Promise<void>;
  /** Whether a pull request that is no longer listed was closed, by the host's own word. */
  isClosed?(provider: PullRequestProvider, number: number): Promise<boolean>;
}

/** jq, as the application engine has it. */
export interface JqEngine {
  learn(expressions: readonly string[], objects: readonly object[]): Promise<string | undefined>;
  paths(
    expression: string,
    object: object,
  ): { readonly paths: readonly Path[] } | { readonly fault: string } | undefined;
}

export interface AppSetsOptions {
  readonly hub: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  readonly world: WatchedWorld;
  /** Where ApplicationSets are read; every namespace when absent. */
  readonly namespace?: string | undefined;
  readonly settings?: Partial<GeneratorSettings> | undefined;
  /** Of sets that name none. */
  readonly policy?: ApplicationsSync | undefined;
  /** For ignoreApplicationDifferences; rules in jq are a fault without it. */
  readonly jq?: JqEngine | undefined;
  /** Looks after the environments of pull requests. */
  readonly previews?: Previews | undefined;
}

export interface AppSets {
  run(signal: AbortSignal): Promise<void>;
  /** Wakes the sets a change in a repository concerns. */
  onWebhook(event: RepositoryEvent): void;
}
