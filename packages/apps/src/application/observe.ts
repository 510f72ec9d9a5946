import { gvkOf, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, ProblemError, problemsOf, type Problem } from "@fairlead/base";
import type { KindRef } from "@fairlead/kube";
import type { Redactor } from "@fairlead/render";
import type { Engine } from "../apps/engine.ts";
import { compareResources, takeBaseline, type ResourceComparison } from "../compare/compare.ts";
import type { IgnoreRules, PreparedObject } from "../compare/ignore.ts";
import type { LiveObject } from "../live/types.ts";
import { ANNOTATIONS, NAMESPACE_KIND } from "../names.ts";
import { permitsObject } from "../project/permit.ts";
import type { Settings } from "../settings/parse.ts";
import { digestOf, prepareDesired, type Desired } from "../sync/desired.ts";
import { StillWaiting } from "./patience.ts";
import { keepLastGood, lastGood, lateConditions } from "./late.ts";
import type { RenderedSources } from "./rendered.ts";
import { renderSources, type FixedSources, type Resolve } from "./sources.ts";
import { sharedConditions } from "./shared.ts";
import type { AppState } from "./state.ts";
import { orphanCondition, orphanKinds } from "./orphans.ts";
import { syncStatusOf } from "./status.ts";
import { condition, listOf, managedMetadata, type Target } from "./target.ts";
import { namespaceDiffers } from "./ready-cluster.ts";
import type { Application, SyncStatusCode, ConditionFact } from "./types.ts";

/** What Git says beside what is there. */
export interface Comparison {
  readonly revision: string;
  readonly revisions: readonly string[];
  readonly sourceTypes: readonly string[];
  readonly desired: Desired;
  /** Digest over all desired objects. */
  readonly digest: string;
  readonly resources: readonly ResourceComparison[];
  readonly syncStatus: SyncStatusCode;
  /** The destination namespace lacks labels or annotations that it is to have. */
  readonly isNamespaceStale: boolean;
  /** Why it was rendered now; undefined when the last render still holds. */
  readonly why: string | undefined;
  readonly conditions: readonly ConditionFact[];
}

export type ComparisonResult =
  | { readonly ok: true; readonly comparison: Comparison }
  /** The cluster's objects or a source are not there yet; it will be told when they are. */
  | { readonly ok: false; readonly kind: "loading"; readonly conditions: readonly ConditionFact[] }
  | {
      readonly ok: false;
      readonly kind: "source";
      readonly conditions: readonly ConditionFact[];
      readonly retry: boolean;
    };

/**
 * Resolves, renders and compares. `fixed`: other revisions or sources than the Application's own (an operation, a rollback).
 * `resolve`: one that may throw StillWaiting; then, and at the later looks of the same reconcile, what the sources said last is compared.
 */
export async function compareApplication(
  engine: Engine,
  target: Target,
  state: AppState,
  fixed?: FixedSources,
  resolve?: Resolve,
): Promise<ComparisonResult> {
  const isCurrent = fixed === undefined;
  if (isCurrent && !resolve && state.late) return compareLate(engine, target, state);
  let rendered: RenderedSources;
  try {
    rendered = await renderSources(engine, target, state, fixed, resolve);
  } catch (error) {
    if (error instanceof StillWaiting) return compareLate(engine, target, state);
    if (isCurrent) forgetLate(state);
    // A broken file is mended by a commit, of which we hear; the network and the unforeseen are tried again.
    const retry = !(error instanceof ProblemError) || error.isRetryable;
    return { ok: false, kind: "source", conditions: [condition("ComparisonError", problemsOf(error))], retry };
  }
  if (isCurrent) {
    state.late = undefined;
    keepLastGood(target, state, rendered);
  }
  return redacted(await compareRendered(engine, target, state, rendered, isCurrent), rendered.redactor);
}

/** A source is late: what all of them said last is compared, so that drift is seen and healed meanwhile. */
async function compareLate(engine: Engine, target: Target, state: AppState): Promise<ComparisonResult> {
  const rendered = lastGood(target, state);
  const conditions = lateConditions(engine, state, rendered?.revisions[0]);
  if (!rendered) return { ok: false, kind: "loading", conditions };
  const result = redacted(await compareRendered(engine, target, state, rendered, true), rendered.redactor);
  if (!result.ok) return result;
  const { comparison } = result;
  return { ok: true, comparison: { ...comparison, conditions: [...comparison.conditions, ...conditions] } };
}

/** What a source says now cannot be used: what it said before is not what is wanted either. */
function forgetLate(state: AppState): void {
  state.late = undefined;
  state.lastGood = undefined;
}

/** What a rule or a server says of an object may quote it. */
function redacted(result: ComparisonResult, redactor: Redactor): ComparisonResult {
  if (redactor.isEmpty) return result;
  const clean = (conditions: readonly ConditionFact[]): ConditionFact[] =>
    conditions.map((fact) => ({ ...fact, message: redactor.text(fact.message) }));
  if (!result.ok) return { ...result, conditions: clean(result.conditions) };
  const { comparison } = result;
  return { ok: true, comparison: { ...comparison, conditions: clean(comparison.conditions) } };
}

async function compareRendered(
  engine: Engine,
  target: Target,
  state: AppState,
  rendered: RenderedSources,
  isCurrent: boolean,
): Promise<ComparisonResult> {
  const { live, app } = target;
  const { annotations } = target.object.metadata;
  const { desired, digest, excluded } = prepareOnce(engine, target, rendered.objects);
  if (isCurrent) {
    const others = engine.claims.set(
      target.instance,
      target.cluster.server,
      desired.objects.map(({ key }) => key),
    );
    for (const other of others) engine.wake(keyOfInstance(other, engine), `shares objects with ${state.key}`);
  }
  const kinds = [
    ...kindsOf(desired, app),
    ...(target.options.createNamespace ? [NAMESPACE_KIND] : []),
    ...orphanKinds(target),
  ];
  const isReady = live.ensure(kinds);
  state.waitsForCluster = !isReady || kinds.some((kind) => live.stateOf(kind) === "notServed");
  if (!isReady) {
    const { trouble } = live;
    const away: Problem = {
      code: "ClusterUnreachable",
      message: `cluster ${target.cluster.name} cannot be reached: ${trouble}`,
    };
    return {
      ok: false,
      kind: "loading",
      conditions: trouble === undefined ? [] : [condition("ComparisonError", [away])],
    };
  }
  const broken = await prepareRules(target, state, desired);
  if (broken.length > 0) {
    const retry = broken.some(({ code }) => code === "IgnoreRuleTooSlow");
    return { ok: false, kind: "source", conditions: [condition("ComparisonError", broken)], retry };
  }
  const isNamespaceStale = namespaceDiffers(target);
  const resources = compareResources({
    desired: desired.objects,
    instance: target.instance,
    live: (key) => live.store.get(key),
    tracked: live.store.tracked(target.instance).filter((entry) => isPermitted(target, entry)),
    baseline: (key) => state.baselines.get(key),
    verified: (key, digest, version) => verifiedAnswer(state, key, digest, version),
    ignore: target.ignore,
    health: engine.health,
    isClaimed: (key, instance) => engine.claims.isClaimedBy(target.cluster.server, key, instance),
    isOfHere: (instance) => engine.application(keyOfInstance(instance, engine)) !== undefined,
    heir: (key) => engine.claims.otherHolder(target.cluster.server, key, target.instance),
    reclaims: app.spec.automated?.selfHeal === true && annotations?.[ANNOTATIONS.driftPolicy] !== "audit",
    forbidsAdditions: annotations?.[ANNOTATIONS.additions] === "forbid",
    yieldTo: listOf(target.object.metadata.annotations?.[ANNOTATIONS.yieldTo]),
  });
  keepBaselines(state, resources, target.ignore);
  return {
    ok: true,
    comparison: {
      revision: rendered.revisions[0] ?? "",
      revisions: rendered.revisions,
      sourceTypes: rendered.types,
      desired,
      digest,
      resources,
      syncStatus: isNamespaceStale ? "OutOfSync" : syncStatusOf(resources),
      isNamespaceStale,
      why: rendered.why,
      conditions: [
        ...ruleConditions(target, state, desired),
        ...warningConditions(desired, rendered.warnings, resources, target.instance),
        ...excludedCondition(excluded),
        ...orphanCondition(target),
        ...awayCondition(target),
        ...(isNamespaceStale ? [namespaceCondition(target)] : []),
      ],
    },
  };
}

/** What the project does not permit is not the application's, even if it once was: it is neither shown nor pruned. */
function isPermitted({ project, cluster }: Target, { object }: LiveObject): boolean {
  const { group, kind } = gvkOf(object);
  const { name = "", namespace } = object.metadata;
  return permitsObject(project, { group, kind, namespace, name }, namespace !== undefined, cluster).ok;
}

/** Has jq look at everything that is about to be compared. Nothing awaits between the last look and the comparison. */
async function prepareRules(target: Target, state: AppState, desired: Desired): Promise<readonly Problem[]> {
  const { ignore } = target;
  if (!ignore.needsJq) return [];
  for (
    let open: readonly PreparedObject[] = objectsOf(target, state, desired), isFirst = true;
    isFirst || open.length > 0;
    isFirst = false
  ) {
    const broken = await ignore.prepare(open);
    if (broken.length > 0) return broken;
    // The cluster may have moved on meanwhile.
    open = ignore.unprepared(objectsOf(target, state, desired));
  }
  return [];
}

function objectsOf({ live }: Target, state: AppState, desired: Desired): PreparedObject[] {
  return desired.objects.flatMap(({ key, ref, object }) => {
    const others = [live.store.get(key)?.object, state.baselines.get(key)?.live.object];
    return [object, ...others].flatMap((entry) => (entry ? [{ ref, object: entry }] : []));
  });
}

function ruleConditions(target: Target, state: AppState, desired: Desired): ConditionFact[] {
  if (!target.ignore.needsJq) return [];
  const faults = target.ignore.faultsOn(objectsOf(target, state, desired));
  if (faults.length === 0) return [];
  const told = new Map(faults.map((fault) => [`${fault.object ?? ""}: ${fault.message}`, fault]));
  const shown = [...told.keys()].slice(0, RULE_FAULTS_SHOWN).join("; ");
  const more = told.size > RULE_FAULTS_SHOWN ? `; and ${told.size - RULE_FAULTS_SHOWN} more` : "";
  return [{ type: "IgnoreDifferencesWarning", message: `${shown}${more}` }];
}

const RULE_FAULTS_SHOWN = 5;

interface Prepared {
  readonly context: string;
  readonly settings: Settings;
  readonly desired: Desired;
  readonly digest: string;
  readonly excluded: number;
}

const prepared = new WeakMap<object, Prepared>();

/** The same rendered objects in the same setting give the same desired objects: most reconciles change neither. */
function prepareOnce(engine: Engine, target: Target, objects: RenderedSources["objects"]): Prepared {
  const { live, namespace, instance, app } = target;
  const { syncOptions } = app.spec;
  const ofNamespace = managedMetadata(target);
  const context = JSON.stringify([
    instance,
    namespace,
    syncOptions,
    live.cluster.server,
    live.scopesVersion,
    ofNamespace,
  ]);
  const known = prepared.get(objects);
  if (known?.context === context && known.settings === engine.settings) return known;
  const scopes = scopesFromCrds(objects);
  const managed = objects.filter(({ object }) => !engine.settings.isExcluded(gvkOf(object), live.cluster.server));
  const desired = prepareDesired(managed, {
    instance,
    destinationNamespace: namespace,
    tracking: engine.tracking,
    options: target.options,
    comparesStatus: engine.settings.comparesStatus,
    isNamespaced: (object) => live.isNamespaced(object) ?? scopes.get(kindOf(object)),
  });
  const parts: unknown[] = desired.objects.map((entry) => [entry.key, entry.digest]);
  const digest = digestOf(ofNamespace ? [...parts, ofNamespace] : parts);
  const next = { context, settings: engine.settings, desired, digest, excluded: objects.length - managed.length };
  prepared.set(objects, next);
  return next;
}

function verifiedAnswer(state: AppState, key: string, desired: string, version: string): boolean | undefined {
  const known = state.verified.get(key);
  return known?.desired === desired && known.version === version ? known.isEqual : undefined;
}

/** What is in sync now is what later events are measured against; what is gone from Git needs no baseline any more. */
function keepBaselines(state: AppState, resources: readonly ResourceComparison[], ignore: IgnoreRules): void {
  const wanted = new Set<string>();
  for (const { key, desired, live, status } of resources) {
    if (!desired) continue;
    wanted.add(key);
    if (status !== "Synced" || !live || live.isStub) continue;
    const known = state.baselines.get(key);
    if (known?.live === live && known.desired === desired.digest) continue;
    const next = takeBaseline(desired, live, ignore.for(desired.ref));
    // The field set stays that of our apply: what we own now may be less, because a manager we yield to took some.
    const isSame = known?.desired === desired.digest && known.uid === next.uid;
    state.baselines.set(
      key,
      isSame ? { ...known, live: next.live, values: known.set === next.set ? next.values : known.values } : next,
    );
  }
  for (const key of state.baselines.keys()) if (!wanted.has(key)) state.baselines.delete(key);
  for (const key of state.verified.keys()) if (!wanted.has(key)) state.verified.delete(key);
}

/** The watches are broken: what is shown is how the cluster was last seen. The condition's time says since when. */
function awayCondition({ live, cluster }: Target): ConditionFact[] {
  if (live.trouble === undefined) return [];
  const message = `cluster ${cluster.name} cannot be reached: ${live.trouble}; objects are shown as last seen`;
  return [{ type: "ComparisonError", message }];
}

/** Argo CD calls such an application out of sync and names nothing. */
function namespaceCondition({ namespace }: Target): ConditionFact {
  const message = `Namespace ${namespace} does not have the labels and annotations of spec.syncPolicy.managedNamespaceMetadata`;
  return { type: "DriftDetected", message };
}

/** What the installation's resource.exclusions keep out is said once, not applied in silence or dropped in silence. */
function excludedCondition(excluded: number): ConditionFact[] {
  if (excluded === 0) return [];
  const message = `${excluded} objects are of kinds that resource.exclusions of argocd-cm keeps out`;
  return [{ type: "ExcludedResourceWarning", message }];
}

function warningConditions(
  desired: Desired,
  warnings: readonly Problem[],
  resources: readonly ResourceComparison[],
  instance: string,
): ConditionFact[] {
  const found: ConditionFact[] = [];
  // What renderers warn of otherwise (a field that goes out of use) is for their users to read, not for dashboards to count.
  const repeated = [...warnings, ...desired.warnings].filter(({ code }) => code === "RepeatedResource");
  if (repeated.length > 0) found.push(condition("RepeatedResourceWarning", repeated));
  const others = desired.warnings.filter(({ code }) => code !== "RepeatedResource");
  if (others.length > 0) found.push(condition("SourceWarning", others));
  found.push(...sharedConditions(resources, instance));
  return found;
}

/** Kinds an application needs to see: those it wants, and those it had, so that nothing it left behind is overlooked. */
function kindsOf(desired: Desired, app: Application): KindRef[] {
  const kinds = new Map<string, KindRef>();
  for (const { object } of desired.objects) kinds.set(`${object.apiVersion}/${object.kind}`, object);
  for (const { group, version, kind } of app.status.resources ?? []) {
    const apiVersion = group ? `${group}/${version}` : version;
    if (typeof kind === "string") kinds.set(`${apiVersion}/${kind}`, { apiVersion, kind });
  }
  return [...kinds.values()];
}

/** The scope of kinds whose CRD is in the same application: known before the cluster knows it. */
function scopesFromCrds(objects: readonly { readonly object: KubeObject }[]): Map<string, boolean> {
  const scopes = new Map<string, boolean>();
  for (const { object } of objects) {
    if (object.kind !== "CustomResourceDefinition" || !isJsonObject(object["spec"])) continue;
    const { group, names, scope } = object["spec"];
    if (typeof group !== "string" || !isJsonObject(names) || typeof names["kind"] !== "string") continue;
    scopes.set(`${group}/${names["kind"]}`, scope !== "Cluster");
  }
  return scopes;
}

function kindOf(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  return `${group}/${kind}`;
}

function keyOfInstance(instance: string, engine: Engine): string {
  const cut = instance.indexOf("_");
  return cut < 0 ? `${engine.namespace}/${instance}` : `${instance.slice(0, cut)}/${instance.slice(cut + 1)}`;
}
