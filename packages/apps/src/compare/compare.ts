import { jsonEqual } from "@fairlead/base";
import { gvkOf, type KubeObject, type ObjectRef } from "@fairlead/apimachinery";
import type { HealthCode, SyncStatusCode } from "../application/types.ts";
import { attribute, type Drift } from "../drift/attribute.ts";
import { additionsOf } from "../drift/additions.ts";
import { missingFrom, ownedBeyond, ownedDifferences, type FieldDifference } from "../drift/compare.ts";
import { extractOwned, pathsBeyond, touchesPath, valueAtPath, type FieldPath } from "../drift/field-set.ts";
import type { Baseline, LiveObject } from "../live/types.ts";
import { ANNOTATIONS } from "../names.ts";
import { digestOf, isHook, type DesiredObject } from "../sync/desired.ts";
import { hookOf } from "../sync/hooks.ts";
import { hasCompareOption } from "../sync/options.ts";
import type { IgnoreRules, IgnoreSet } from "./ignore.ts";

export interface Health {
  readonly status: HealthCode;
  readonly message?: string | undefined;
}

/** One object of an application: what Git says beside what the cluster has. */
export interface ResourceComparison {
  readonly key: string;
  readonly ref: ObjectRef;
  readonly version: string;
  readonly desired: DesiredObject | undefined;
  readonly live: LiveObject | undefined;
  /** undefined for hooks, which are never in or out of sync. */
  readonly status: SyncStatusCode | undefined;
  /** Tracked by the application and no longer in Git. */
  readonly requiresPruning: boolean;
  /** IgnoreExtraneous: that it is out of sync does not count for its application. */
  readonly isTolerated?: boolean | undefined;
  readonly isHook: boolean;
  readonly health: Health | undefined;
  /** The object is as applied but for these fields, changed by someone else. */
  readonly drift: Drift | undefined;
  /** The local comparison cannot tell: only a dry run of the server can (facts/kube.md §4, third tier). */
  readonly needsVerification: boolean;
  /** Why it is out of sync, for people and logs. */
  readonly reason: string;
  /** The instance name of another application that tracks it. */
  readonly sharedWith: string | undefined;
}

export interface CompareInput {
  readonly desired: readonly DesiredObject[];
  readonly instance: string;
  readonly live: (key: string) => LiveObject | undefined;
  readonly tracked: readonly LiveObject[];
  readonly baseline: (key: string) => Baseline | undefined;
  /** The answer of a dry run for this desired object over this live version, when there was one. */
  readonly verified: (key: string, desired: string, version: string) => boolean | undefined;
  readonly ignore: IgnoreRules;
  readonly health: (object: KubeObject) => Health | undefined;
  /** Whether the other application still wants the object; if not, it may be taken over. */
  readonly isClaimed: (key: string, instance: string) => boolean;
  /** Whether there is an application of that name in this installation. */
  readonly isOfHere: (instance: string) => boolean;
  /** Another application that wants the object now: what Git moved from one to the other is handed over. */
  readonly heir: (key: string) => string | undefined;
  /** Managers that may take fields from us without that being drift. */
  readonly yieldTo: readonly string[];
  /** Whether fields that are ours by value but not by ownership are to be ours again: where drift is healed. */
  readonly reclaims: boolean;
  /** Whether fields that others add beside ours count as drift, unless an object says otherwise. */
  readonly forbidsAdditions: boolean;
}

/** Every object of an application, desired ones in their order, then those that Git no longer has. Pure. */
export function compareResources(input: CompareInput): ResourceComparison[] {
  const found = input.desired.map((desired) => compareDesiredObject(desired, input));
  const wanted = new Set(input.desired.map(({ key }) => key));
  const extra = input.tracked.filter(({ key }) => !wanted.has(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const live of extra) found.push(compareExtra(live, input));
  return found;
}

function compareExtra(live: LiveObject, input: CompareInput): ResourceComparison {
  const { group, version, kind } = gvkOf(live.object);
  const { name = "", namespace } = live.object.metadata;
  const isAHook = hookOf(live.object).phases.length > 0;
  const isExtraneous = hasCompareOption(live.object, "IgnoreExtraneous");
  return {
    key: live.key,
    ref: { group, kind, namespace, name },
    version,
    desired: undefined,
    live,
    status: isAHook ? undefined : "OutOfSync",
    isTolerated: isExtraneous,
    requiresPruning: !isAHook,
    isHook: isAHook,
    health: healthOfLive(live, input),
    drift: undefined,
    needsVerification: false,
    reason: "it is no longer in Git",
    sharedWith: input.heir(live.key),
  };
}

function healthOfLive(live: LiveObject, input: CompareInput): Health | undefined {
  if (live.object.metadata.annotations?.[ANNOTATIONS.ignoreHealthCheck] === "true") return undefined;
  return input.health(live.object);
}

function compareDesiredObject(desired: DesiredObject, input: CompareInput): ResourceComparison {
  const live = input.live(desired.key);
  const verdict: Verdict = isHook(desired) ? NO_VERDICT : judge(desired, live, input);
  const isForeign = live?.instance !== undefined && live.instance !== input.instance;
  return {
    key: desired.key,
    ref: desired.ref,
    version: desired.version,
    desired,
    live,
    status: verdict.status,
    requiresPruning: false,
    isHook: isHook(desired),
    health: live && !live.isStub ? healthOfLive(live, input) : undefined,
    drift: verdict.drift,
    needsVerification: verdict.needsVerification ?? false,
    reason: verdict.reason,
    sharedWith: isForeign && isKeptBy(live.instance ?? "", desired, input) ? live.instance : undefined,
  };
}

/**
 * Whether an object stays with the application whose mark it has: one that claims it, and, for who shall fail on shared objects, one
 * that is none of ours, whose claims nobody here knows. Of ours, one that no longer wants it hands it over.
 */
function isKeptBy(instance: string, desired: DesiredObject, input: CompareInput): boolean {
  if (input.isClaimed(desired.key, instance)) return true;
  return desired.options.failOnSharedResource && !input.isOfHere(instance);
}

interface Verdict {
  readonly status: SyncStatusCode | undefined;
  readonly reason: string;
  readonly drift?: Drift | undefined;
  readonly needsVerification?: boolean;
}

const NO_VERDICT: Verdict = { status: undefined, reason: "" };
const SYNCED: Verdict = { status: "Synced", reason: "" };

function judge(desired: DesiredObject, live: LiveObject | undefined, input: CompareInput): Verdict {
  const baseline = input.baseline(desired.key);
  const isSameDesired = baseline?.desired === desired.digest;
  if (!live) {
    const drift: Drift | undefined = isSameDesired ? { kind: "deleted", fields: [] } : undefined;
    return { status: "OutOfSync", reason: drift ? "it was deleted" : "it does not exist yet", drift };
  }
  if (live.instance !== undefined && live.instance !== input.instance) {
    return { status: "OutOfSync", reason: `it is tracked by application ${live.instance}` };
  }
  // What is going cannot be mended; when it is gone it is made anew.
  if (live.object.metadata.deletionTimestamp) return SYNCED;
  const ignore = input.ignore.for(desired.ref);
  const isKnown = baseline && isSameDesired && baseline.uid === live.object.metadata.uid;
  const verdict = isKnown
    ? judgeByBaseline(baseline, live, ignore, input)
    : judgeByContent(desired, live, ignore, input, !baseline || isSameDesired);
  return verdict.status === "Synced" && forbidsAdditions(desired, input)
    ? judgeAdditions(live, ignore, input)
    : verdict;
}

function forbidsAdditions(desired: DesiredObject, input: CompareInput): boolean {
  const own = desired.object.metadata.annotations?.[ANNOTATIONS.additions];
  return own === undefined ? input.forbidsAdditions : own === "forbid";
}

/** What others added and no rule ignores. */
export function forbiddenAdditions(
  live: LiveObject,
  ignore: IgnoreSet,
  yieldTo: readonly string[],
): readonly FieldDifference[] {
  const found = additionsOf(live, [...yieldTo, ...ignore.managers]);
  return found.filter(({ path }) => !isIgnoredPath(path, live, ignore));
}

function judgeAdditions(live: LiveObject, ignore: IgnoreSet, input: CompareInput): Verdict {
  const fields = attribute(forbiddenAdditions(live, ignore, input.yieldTo), live, undefined);
  if (fields.length === 0) return SYNCED;
  return { status: "OutOfSync", reason: "others added to it", drift: { kind: "changed", fields } };
}

/** The first tier: what we own, as the server gave it back, beside what is there now. No call, a few microseconds. */
function judgeByBaseline(baseline: Baseline, live: LiveObject, ignore: IgnoreSet, input: CompareInput): Verdict {
  if (baseline.live === live) return SYNCED;
  const isOwnershipWhole = baseline.set === undefined || live.ours?.set.text === baseline.set.text;
  if (isOwnershipWhole && ownedDigest(live, baseline, ignore) === baseline.values) return SYNCED;
  const differences = baseline.set
    ? ownedDifferences(baseline.set.root, ignore.strip(baseline.live.object), ignore.strip(live.object))
    : [];
  const fields = attribute(differences, live, baseline.live).filter((field) => !isYielded(field, input, ignore));
  if (fields.length > 0) return { status: "OutOfSync", reason: "it was changed", drift: { kind: "changed", fields } };
  // Same values, but somebody took fields from us (A→B→A): a later removal from Git would not be pruned (facts/kube.md §4, 3).
  if (isOwnershipWhole || !input.reclaims || !isRobbed(baseline, live, ignore, input)) return SYNCED;
  return { status: "OutOfSync", reason: "field ownership changed", drift: { kind: "ownership", fields: [] } };
}

/** Whether fields that are compared are no longer ours, and not with a manager we yield to. */
function isRobbed(baseline: Baseline, live: LiveObject, ignore: IgnoreSet, input: CompareInput): boolean {
  if (!baseline.set) return false;
  if (live.ours === undefined) return true;
  const managers = [...ignore.managers, ...input.yieldTo];
  const theirs = live.others.filter((entry) => managers.includes(entry.manager));
  return pathsBeyond(baseline.set.root, live.ours.set.root).some(
    (path) =>
      !isIgnoredPath(path, live, ignore) &&
      valueAtPath(live.object, path) !== undefined &&
      !theirs.some((entry) => touchesPath(entry.set.root, path)),
  );
}

function isYielded(field: { manager?: string | undefined }, input: CompareInput, ignore: IgnoreSet): boolean {
  const { manager } = field;
  return manager !== undefined && (input.yieldTo.includes(manager) || ignore.managers.includes(manager));
}

/**
 * The second tier: no baseline (we just started), so what Git says is looked for in what is there. Where that differs although
 * we applied it before, the server may only have written it differently: a dry run decides.
 */
function judgeByContent(
  desired: DesiredObject,
  live: LiveObject,
  ignore: IgnoreSet,
  input: CompareInput,
  mayVerify: boolean,
): Verdict {
  if (live.isStub) return { status: "OutOfSync", reason: "it exists and is not tracked by this application yet" };
  const isOtherVersion = live.object.apiVersion !== desired.object.apiVersion;
  const differences = isOtherVersion ? [] : contentDifferences(desired, live, ignore, input);
  const beyond =
    live.ours && !isOtherVersion
      ? ownedBeyond(live.ours.set.root, ignore.strip(desired.object)).filter(
          (path) => !isIgnoredPath(path, live, ignore),
        )
      : [];
  if (!isOtherVersion && differences.length === 0 && beyond.length === 0) return SYNCED;
  const verified = input.verified(desired.key, desired.digest, live.object.metadata.resourceVersion ?? "");
  if (verified === true) return SYNCED;
  const reason = beyond.length > 0 ? "Git no longer has fields that were applied" : "it differs from Git";
  const needsVerification = mayVerify && verified === undefined && (live.ours !== undefined || isOtherVersion);
  const isDrift = mayVerify && live.ours !== undefined && differences.length > 0;
  const drift = isDrift ? ({ kind: "changed", fields: attribute(differences, live, undefined) } as const) : undefined;
  return { status: "OutOfSync", reason, needsVerification, drift };
}

function contentDifferences(
  desired: DesiredObject,
  live: LiveObject,
  ignore: IgnoreSet,
  input: CompareInput,
): FieldDifference[] {
  const all = missingFrom(ignore.strip(desired.object), ignore.strip(live.object));
  const managers = [...ignore.managers, ...input.yieldTo];
  if (managers.length === 0) return all;
  const theirs = live.others.filter((entry) => managers.includes(entry.manager));
  return all.filter(({ path }) => !theirs.some((entry) => touchesPath(entry.set.root, path)));
}

/** What the rules remove from the live object is not compared, so its absence from Git or from our set is no difference either. */
function isIgnoredPath(path: FieldPath, live: LiveObject, ignore: IgnoreSet): boolean {
  if (ignore.isEmpty) return false;
  const before = valueAtPath(live.object, path);
  return before !== undefined && !jsonEqual(before, valueAtPath(ignore.strip(live.object), path));
}

function ownedDigest(live: LiveObject, baseline: Baseline, ignore: IgnoreSet): string {
  return baseline.set ? digestOf(extractOwned(ignore.strip(live.object), baseline.set.root)) : baseline.values;
}

/** What later comparisons of this object are made against: taken from the server's answer, never from Git (facts/kube.md §4, 1). */
export function takeBaseline(desired: DesiredObject, live: LiveObject, ignore: IgnoreSet): Baseline {
  const set = live.ours?.set;
  return {
    uid: live.object.metadata.uid ?? "",
    desired: desired.digest,
    set,
    values: set ? digestOf(extractOwned(ignore.strip(live.object), set.root)) : "",
    live,
  };
}
