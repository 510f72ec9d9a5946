import type { ReadSet } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";
import { Redactor } from "@fairlead/render";
import type { Baseline } from "../live/types.ts";
import type { Attempt, HealMemory } from "./decide.ts";
import type { RenderedSources } from "./rendered.ts";
import type { ApplicationSource, Operation, OperationPhase, ResourceResult, Retry, SyncPhase } from "./types.ts";

/** One operation under way. What must survive a restart is also in status.operationState. */
export interface ActiveOperation {
  readonly operation: Operation;
  /** As status has it: never the same second as the operation before. */
  readonly startedAt: number;
  readonly beganAt: number;
  readonly why: string;
  readonly isHeal: boolean;
  readonly isRequested: boolean;
  readonly retry: Retry;
  /** Marks hooks as made by this very attempt. */
  id: string;
  retryCount: number;
  phase: OperationPhase;
  message: string;
  readonly results: Map<string, ResourceResult>;
  /** Which wave is being worked on and since when. */
  wave: string;
  waveStartedAt: number;
  /** Set while it waits to be tried again. */
  retryAt: number | undefined;
  /** Digest of what it applies. */
  desired: string | undefined;
  revision: string;
  revisions: readonly string[];
  /** Whether status.operationState says Running already. */
  isPersisted: boolean;
  applied: number;
}

/** What one source gave last. */
interface SourceMemory {
  readonly revision: string;
  readonly reads: ReadSet | undefined;
}

/** A source that has not answered yet. */
export interface Late {
  readonly repoURL: string;
  readonly since: number;
}

/** What the sources gave last, and which sources these were. */
interface LastGood {
  readonly rendered: RenderedSources;
  readonly sources: readonly ApplicationSource[];
  readonly heldAt: string | undefined;
}

/** What the engine remembers of an application between reconciles. Everything here can be lost and is found again. */
export interface AppState {
  readonly key: string;
  /** Server of its destination when last seen. */
  server: string | undefined;
  /** Per source, when all of them could be rendered; undefined after a failure. */
  sources: readonly SourceMemory[] | undefined;
  /** A source that has not answered yet, and what they all said before; a failure forgets both. */
  late: Late | undefined;
  lastGood: LastGood | undefined;
  /** What was rendered last, for whoever shows it. */
  rendered: readonly { readonly object: KubeObject; readonly origin: Origin }[];
  /** Takes what its sources had encrypted out of messages. */
  redactor: Redactor;
  readonly baselines: Map<string, Baseline>;
  /** Answers of dry runs: key → desired digest, live version, whether nothing would change. */
  readonly verified: Map<string, { readonly desired: string; readonly version: string; readonly isEqual: boolean }>;
  active: ActiveOperation | undefined;
  attempt: Attempt | undefined;
  heal: HealMemory;
  /** Drift that was reported, so that it is told once: key → what was said. */
  readonly told: Map<string, { readonly message: string; readonly at: number }>;
  lastFailure: string | undefined;
  failures: number;
  /** Key of the destination namespace, where the application keeps labels or annotations on it: nothing tracks a Namespace. */
  keepsNamespace: string | undefined;
  /** Servers on which it may have left objects when it moved. */
  movedFrom: readonly string[];
  /** Some kind it uses is still being read, or not served yet: it wants to hear when that changes. */
  waitsForCluster: boolean;
  /** Hooks around its deletion, by phase. */
  readonly deletion: Map<SyncPhase, ActiveOperation>;
  lastStatusEvent: string;
  /** Whether it was compared with its cluster since this process began. */
  isCompared: boolean;
}

export function newState(key: string): AppState {
  return {
    key,
    server: undefined,
    sources: undefined,
    late: undefined,
    lastGood: undefined,
    rendered: [],
    redactor: new Redactor(),
    baselines: new Map(),
    verified: new Map(),
    active: undefined,
    attempt: undefined,
    heal: { attempts: 0, lastAt: Number.NEGATIVE_INFINITY },
    told: new Map(),
    lastFailure: undefined,
    failures: 0,
    keepsNamespace: undefined,
    movedFrom: [],
    waitsForCluster: false,
    deletion: new Map(),
    lastStatusEvent: "",
    isCompared: false,
  };
}
