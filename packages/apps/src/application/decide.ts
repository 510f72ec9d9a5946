import { describeRef } from "@fairlead/apimachinery";
import type { ResourceComparison } from "../compare/compare.ts";
import { LIMITS } from "../limits.ts";
import type { WindowVerdict } from "../project/windows.ts";
import { mayPrune } from "../sync/approval.ts";
import { parseSyncOptions } from "../sync/options.ts";
import { timeText } from "./times.ts";
import type { Application, Operation, Retry, SyncOperationResource, SyncStatusCode } from "./types.ts";

/** How the last sync of what Git says now ended. `desired` is the digest of all desired objects: content, not the commit. */
export interface Attempt {
  readonly desired: string;
  readonly isSuccess: boolean;
  readonly message: string;
}

export interface HealMemory {
  readonly attempts: number;
  readonly lastAt: number;
}

export interface StartFacts {
  readonly app: Application;
  readonly resources: readonly ResourceComparison[];
  readonly syncStatus: SyncStatusCode;
  /** The destination namespace, where it lacks labels or annotations that it is to have. */
  readonly staleNamespace: string | undefined;
  /** Digest of all desired objects. */
  readonly desired: string;
  readonly revision: string;
  readonly revisions: readonly string[];
  readonly attempt: Attempt | undefined;
  readonly heal: HealMemory;
  readonly windows: (isManual: boolean) => WindowVerdict;
  /** Applications this one waits for, in words; undefined when none is in the way. */
  readonly waitsFor: string | undefined;
  readonly isAudit: boolean;
  readonly now: number;
}

/** Whether an operation begins now. `hold` says what keeps it from beginning although there is something to do. */
export type StartDecision =
  | {
      readonly do: "start";
      readonly operation: Operation;
      readonly why: string;
      readonly isHeal: boolean;
      /** It came through the operation field, which is cleared when it ends. */
      readonly isRequested: boolean;
    }
  | {
      readonly do: "hold";
      readonly message: string;
      readonly wakeAt?: number | undefined;
      /** A fault; something outside that has to change first (a window, another application); or a short wait by itself. */
      readonly as: "fault" | "pending" | "pause";
    }
  | { readonly do: "rest" };

const REST: StartDecision = { do: "rest" };

/**
 * The rules of automated sync, self-heal and manual operations (facts/argocd.md §1.2), with these differences, all on purpose:
 * self-heal goes on after a failed sync (with back-off), what counts as attempted is the content and not the commit, and every
 * refusal says why.
 */
export function decideStart(facts: StartFacts): StartDecision {
  if (facts.app.operation) return startManual(facts, facts.app.operation);
  const { automated } = facts.app.spec;
  if (!automated || facts.syncStatus !== "OutOfSync") return REST;
  const options = parseSyncOptions(facts.app.spec.syncOptions);
  // What is kept on purpose, or is going already, is out of sync and yet nothing to do.
  const outOfSync = facts.resources.filter(
    (resource) =>
      resource.status === "OutOfSync" &&
      !resource.isTolerated &&
      (!resource.requiresPruning || mayPrune(resource, facts.app, options)),
  );
  const isStale = facts.staleNamespace !== undefined;
  if (outOfSync.length === 0 && !isStale) return REST;
  const prunable = outOfSync.filter(({ requiresPruning }) => requiresPruning);
  if (prunable.length === outOfSync.length && !automated.prune && !isStale) return REST;
  const emptied = refuseEmptied(facts, prunable);
  if (emptied) return emptied;
  const isKnown = facts.attempt?.desired === facts.desired;
  if (isKnown && facts.attempt && !mayRepeat(facts)) return restAfter(facts, facts.attempt);
  if (facts.waitsFor !== undefined) return { do: "hold", message: facts.waitsFor, as: "pending" };
  const windows = facts.windows(false);
  if (!windows.canSync) return { do: "hold", message: windows.why, wakeAt: windows.changesAt, as: "pending" };
  if (!isKnown) {
    return {
      do: "start",
      operation: automatedOperation(facts, []),
      why: "Git changed",
      isHeal: false,
      isRequested: false,
    };
  }
  return startHeal(facts, outOfSync);
}

function startManual(facts: StartFacts, operation: Operation): StartDecision {
  const windows = facts.windows(true);
  if (!windows.canSync) {
    return { do: "hold", message: `manual sync ${windows.why}`, wakeAt: windows.changesAt, as: "pending" };
  }
  const why = `asked for by ${operation.initiatedBy?.username || "operation field"}`;
  return { do: "start", operation, why, isHeal: false, isRequested: true };
}

/** Everything would go and nothing come: a wrong path or an emptied directory, not an intention (PRODUCT.md, nothing by surprise). */
function refuseEmptied(facts: StartFacts, prunable: readonly ResourceComparison[]): StartDecision | undefined {
  const { automated } = facts.app.spec;
  const isEmptied = prunable.length > 0 && facts.resources.every(({ desired }) => desired === undefined);
  if (!isEmptied || !automated?.prune || automated.allowEmpty) return undefined;
  const [first] = prunable;
  const example = first ? ` (${describeRef(first.ref)}${prunable.length > 1 ? ", …" : ""})` : "";
  return {
    do: "hold",
    as: "fault",
    message:
      `Git has no objects left for this application, so automated sync would delete all ${prunable.length} of its objects` +
      `${example}; nothing was deleted. If that is intended, set spec.syncPolicy.automated.allowEmpty or delete the application`,
  };
}

/**
 * Healing repeats a sync of the same content; without it one attempt is all. A failed sync that has hooks is not repeated beyond its
 * retries: nobody wants a migration to run every five minutes.
 */
function mayRepeat(facts: StartFacts): boolean {
  if (facts.app.spec.automated?.selfHeal !== true || facts.isAudit) return false;
  return (
    facts.attempt?.isSuccess === true || !facts.resources.some(({ isHook, desired }) => isHook && desired !== undefined)
  );
}

function restAfter(facts: StartFacts, attempt: Attempt): StartDecision {
  if (attempt.isSuccess) return REST;
  return { do: "hold", as: "fault", message: failedAttempt(facts, attempt) };
}

function failedAttempt(facts: StartFacts, attempt: Attempt): string {
  return `Failed last sync attempt to ${facts.revision.slice(0, 12)}: ${attempt.message}`;
}

function startHeal(facts: StartFacts, outOfSync: readonly ResourceComparison[]): StartDecision {
  const { heal, now } = facts;
  const isQuiet = now - heal.lastAt > LIMITS.healQuietMs;
  const attempts = isQuiet ? 0 : heal.attempts;
  const dueAt = attempts === 0 ? now : heal.lastAt + healDelayMs(attempts);
  if (now < dueAt) {
    const { attempt } = facts;
    const again = `trying again at ${timeText(dueAt)}`;
    if (attempt?.isSuccess !== false) {
      return { do: "hold", message: `healed ${attempts} times lately, ${again}`, wakeAt: dueAt, as: "pause" };
    }
    return { do: "hold", message: `${failedAttempt(facts, attempt)}; ${again}`, wakeAt: dueAt, as: "fault" };
  }
  const chosen = outOfSync
    .filter(({ requiresPruning }) => !requiresPruning || facts.app.spec.automated?.prune)
    .map(({ ref }) => operationResource(ref));
  if (facts.staleNamespace !== undefined) chosen.push({ kind: "Namespace", name: facts.staleNamespace });
  // After a failed sync everything is tried again, hooks too; otherwise only what drifted.
  const operation = automatedOperation(facts, facts.attempt?.isSuccess ? chosen : []);
  if (operation.sync) operation.sync.autoHealAttemptsCount = attempts + 1;
  // The pauses between heals are its retries.
  delete operation.retry;
  return { do: "start", operation, why: "drift", isHeal: true, isRequested: false };
}

/** The first heal is immediate, then 2 s × 3^n up to five minutes. */
function healDelayMs(attempts: number): number {
  return Math.min(LIMITS.healMaxMs, LIMITS.healBaseMs * LIMITS.healFactor ** (attempts - 1));
}

function operationResource(ref: ResourceComparison["ref"]): SyncOperationResource {
  return {
    ...(ref.group === "" ? {} : { group: ref.group }),
    kind: ref.kind,
    name: ref.name,
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
  };
}

function automatedOperation(facts: StartFacts, resources: SyncOperationResource[]): Operation {
  const { spec } = facts.app;
  return {
    initiatedBy: { automated: true },
    retry: retryJson(spec.retry),
    sync: {
      ...(spec.isMultiSource ? { revisions: [...facts.revisions] } : { revision: facts.revision }),
      ...(spec.automated?.prune ? { prune: true } : {}),
      ...(spec.syncOptions.length > 0 ? { syncOptions: [...spec.syncOptions] } : {}),
      ...(resources.length > 0 ? { resources } : {}),
    },
  };
}

function retryJson(retry: Retry | undefined): NonNullable<Operation["retry"]> {
  if (!retry) return { limit: LIMITS.retryLimitDefault };
  return {
    limit: retry.limit,
    backoff: { duration: `${retry.baseMs / 1000}s`, factor: retry.factor, maxDuration: `${retry.maxMs / 1000}s` },
  };
}

/** Wait before the attempt that follows `count` failed ones. */
export function retryDelayMs(retry: Retry, count: number): number {
  return Math.min(retry.maxMs, retry.baseMs * retry.factor ** count);
}
