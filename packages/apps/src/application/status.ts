import { isJsonObject, jsonEqual, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { Health, ResourceComparison } from "../compare/compare.ts";
import { LIMITS } from "../limits.ts";
import { ARGO_GROUP } from "../names.ts";
import { timeText } from "./times.ts";
import type {
  Application,
  ApplicationStatus,
  Condition,
  HealthCode,
  HealthStatus,
  OperationState,
  ResourceStatus,
  RevisionHistory,
  SyncStatus,
  SyncStatusCode,
  ConditionFact,
} from "./types.ts";

export interface StatusFacts {
  readonly app: Application;
  readonly resources: readonly ResourceComparison[];
  /** Counts where it is comparable. */
  readonly syncStatus: SyncStatusCode;
  /** False when the sources could not be read or rendered: then nothing is known about being in sync. */
  readonly isComparable: boolean;
  readonly revision: string | undefined;
  readonly revisions: readonly string[];
  readonly sourceTypes: readonly string[];
  readonly conditions: readonly ConditionFact[];
  readonly operationState: OperationState | undefined;
  readonly history: readonly RevisionHistory[] | undefined;
  readonly controllerNamespace: string;
  /** Whether status.resources carries each object's health. */
  readonly hasResourceHealth: boolean;
  /** When nothing could be compared because of this, health is unknown too. */
  readonly isHealthKnown: boolean;
  readonly now: number;
}

/**
 * status as Argo CD writes it. Everything that did not change keeps its transition time, and reconciledAt moves only when
 * something else did: an application that is quiet is not written (facts/argocd.md §1.1, facts/kube.md §3 on status churn).
 */
export function buildStatus(facts: StatusFacts): ApplicationStatus {
  const before = facts.app.status;
  const next: ApplicationStatus = {
    ...before,
    controllerNamespace: facts.controllerNamespace,
    health: healthOf(facts),
    resources: facts.isComparable ? resourcesOf(facts) : (before.resources ?? []),
    sync: syncOf(facts),
    summary: facts.isComparable ? summaryOf(facts.resources) : (before.summary ?? {}),
  };
  if (facts.operationState) next.operationState = facts.operationState;
  if (facts.history) next.history = [...facts.history];
  if (facts.isComparable) setSourceTypes(next, facts);
  const conditions = conditionsOf(facts);
  if (conditions.length > 0) next.conditions = conditions;
  else delete next.conditions;
  // Where health is not in status.resources, Argo CD says where it is: dashboards ask for the tree then.
  if (facts.hasResourceHealth) delete next.resourceHealthSource;
  else next.resourceHealthSource = "appTree";
  if (jsonEqual(next, before)) return before;
  return { ...next, reconciledAt: timeText(facts.now) };
}

function setSourceTypes(next: ApplicationStatus, facts: StatusFacts): void {
  if (facts.app.spec.isMultiSource) {
    next.sourceTypes = [...facts.sourceTypes];
    delete next.sourceType;
  } else if (facts.sourceTypes[0] !== undefined) {
    next.sourceType = facts.sourceTypes[0];
    delete next.sourceTypes;
  }
}

/** Out of sync when anything is; extraneous objects and hooks do not count. */
export function syncStatusOf(resources: readonly ResourceComparison[]): SyncStatusCode {
  return resources.some(({ status, isTolerated }) => status === "OutOfSync" && !isTolerated) ? "OutOfSync" : "Synced";
}

function syncOf(facts: StatusFacts): SyncStatus {
  const { spec } = facts.app;
  const comparedTo: JsonObject = {
    destination: destinationJson(facts.app),
    ...(spec.isMultiSource ? { sources: [...spec.sources] } : { source: spec.sources[0] }),
  };
  if (spec.ignoreDifferences.length > 0) comparedTo["ignoreDifferences"] = ignoreJson(facts.app);
  if (!facts.isComparable) {
    return { ...facts.app.status.sync, status: "Unknown", comparedTo };
  }
  return {
    status: facts.syncStatus,
    comparedTo,
    ...(spec.isMultiSource ? { revisions: [...facts.revisions] } : { revision: facts.revision ?? "" }),
  };
}

function destinationJson(app: Application): JsonObject {
  const { server, name, namespace } = app.spec.destination;
  const found: JsonObject = {};
  if (server !== undefined) found["server"] = server;
  if (name !== undefined) found["name"] = name;
  if (namespace !== undefined) found["namespace"] = namespace;
  return found;
}

function ignoreJson(app: Application): JsonObject[] {
  return app.spec.ignoreDifferences.map((rule) => {
    const found: JsonObject = { kind: rule.kind };
    if (rule.group !== "") found["group"] = rule.group;
    if (rule.name !== undefined) found["name"] = rule.name;
    if (rule.namespace !== undefined) found["namespace"] = rule.namespace;
    if (rule.jsonPointers.length > 0) found["jsonPointers"] = [...rule.jsonPointers];
    if (rule.jqPathExpressions.length > 0) found["jqPathExpressions"] = [...rule.jqPathExpressions];
    if (rule.managedFieldsManagers.length > 0) found["managedFieldsManagers"] = [...rule.managedFieldsManagers];
    return found;
  });
}

function resourcesOf(facts: StatusFacts): ResourceStatus[] {
  const hasHealth = facts.hasResourceHealth && facts.resources.length <= LIMITS.resourceHealthMax;
  return facts.resources
    .filter((resource) => resource.desired !== undefined || resource.live !== undefined)
    .filter(({ isHook, live }) => !isHook || live !== undefined)
    .slice(0, LIMITS.statusResourcesMax)
    .map((resource) => resourceStatus(resource, hasHealth));
}

function resourceStatus(resource: ResourceComparison, hasHealth: boolean): ResourceStatus {
  const { ref, version, status, health, live, desired } = resource;
  const entry: ResourceStatus = { kind: ref.kind, name: ref.name, version };
  if (ref.group !== "") entry.group = ref.group;
  if (ref.namespace !== undefined) entry.namespace = ref.namespace;
  if (status !== undefined) entry.status = status;
  if (resource.isHook) entry.hook = true;
  if (resource.requiresPruning) entry.requiresPruning = true;
  if (desired && desired.wave !== 0) entry.syncWave = desired.wave;
  if (hasHealth && !resource.isHook) {
    const shown: Health | undefined = live ? health : { status: "Missing" };
    if (shown) entry.health = healthEntry(shown);
  }
  return entry;
}

/** What stands still is explained; messages of what moves ("2 of 3 updated") would be a write for every pod. */
function healthEntry({ status, message }: Health): HealthStatus {
  return message && status !== "Progressing" && status !== "Healthy" ? { status, message: cut(message) } : { status };
}

/** Worst first. Unknown is worst of all: what cannot be read may be on fire (facts/argocd.md §1.5). */
const SEVERITY: readonly HealthCode[] = ["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"];

/**
 * Worst of its objects. Hooks, objects without a check, single missing objects, and child Applications that are missing or unknown
 * do not count; when nothing at all is there the application is missing.
 */
function applicationHealth(resources: readonly ResourceComparison[]): Health {
  const counted = resources.filter(({ isHook, desired, requiresPruning }) => !isHook && desired && !requiresPruning);
  // A hook that is there keeps an application from being missing, as in Argo CD.
  if (counted.length > 0 && resources.every(({ live }) => live === undefined)) return { status: "Missing" };
  let worst: Health = { status: "Healthy" };
  for (const { health, live, ref } of counted) {
    if (!live || !health) continue;
    const isChild = ref.group === ARGO_GROUP && ref.kind === "Application";
    if (isChild && (health.status === "Missing" || health.status === "Unknown")) continue;
    if (SEVERITY.indexOf(health.status) > SEVERITY.indexOf(worst.status)) worst = { status: health.status };
  }
  return worst;
}

function healthOf(facts: StatusFacts): HealthStatus {
  const before = facts.app.status.health;
  if (!facts.isComparable && !facts.isHealthKnown) return transition(before, { status: "Unknown" }, facts.now);
  if (!facts.isComparable) return before ?? { status: "Unknown", lastTransitionTime: timeText(facts.now) };
  return transition(before, applicationHealth(facts.resources), facts.now);
}

function transition(before: HealthStatus | undefined, next: Health, now: number): HealthStatus {
  if (before?.status === next.status && before.lastTransitionTime !== undefined) {
    return { status: next.status, lastTransitionTime: before.lastTransitionTime };
  }
  return { status: next.status, lastTransitionTime: timeText(now) };
}

function conditionsOf(facts: StatusFacts): Condition[] {
  const before = facts.app.status.conditions ?? [];
  return [...facts.conditions, ...cutCondition(facts)].map(({ type, message }) => {
    const text = cut(message);
    const same = before.find((condition) => condition.type === type && condition.message === text);
    return { lastTransitionTime: same?.lastTransitionTime ?? timeText(facts.now), message: text, type };
  });
}

function cutCondition({ resources }: StatusFacts): ConditionFact[] {
  const more = resources.length - LIMITS.statusResourcesMax;
  if (more <= 0) return [];
  const message = `${more} of ${resources.length} objects are not listed in status, which would outgrow what the API stores; they are synced all the same`;
  return [{ type: "ExcludedResourceWarning", message }];
}

function cut(text: string): string {
  return text.length > LIMITS.messageChars ? `${text.slice(0, LIMITS.messageChars)}…` : text;
}

function summaryOf(resources: readonly ResourceComparison[]): NonNullable<ApplicationStatus["summary"]> {
  const images = new Set<string>();
  const urls = new Set<string>();
  let isAppOfApps = false;
  for (const { desired, live, ref } of resources) {
    const object = live && !live.isStub ? live.object : desired?.object;
    if (object) for (const image of imagesOf(object)) images.add(image);
    if (live && !live.isStub) for (const url of urlsOf(live.object)) urls.add(url);
    if (desired && ref.group === ARGO_GROUP && (ref.kind === "Application" || ref.kind === "ApplicationSet"))
      isAppOfApps = true;
  }
  const found: NonNullable<ApplicationStatus["summary"]> = {};
  if (images.size > 0) found.images = [...images].sort().slice(0, LIMITS.summaryImagesMax);
  if (urls.size > 0) found.externalURLs = [...urls].sort().slice(0, LIMITS.summaryImagesMax);
  if (isAppOfApps) found.isAppOfApps = true;
  return found;
}

/** Images of the pod template or pod in an object. */
export function imagesOf(object: KubeObject): string[] {
  const spec = field(object["spec"], "jobTemplate", "spec") ?? object["spec"];
  const pod = object.kind === "Pod" ? object["spec"] : field(spec, "template", "spec");
  if (!isJsonObject(pod)) return [];
  return [pod["initContainers"], pod["containers"]]
    .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
    .flatMap((container) => {
      const image = field(container, "image");
      return typeof image === "string" && image !== "" ? [image] : [];
    });
}

/** Addresses of Ingresses: host and path of each rule, https where a TLS entry names the host. */
function urlsOf(object: KubeObject): string[] {
  const link = object.metadata.annotations?.["link.argocd.argoproj.io/external-link"];
  const own = link ? [link.split("|").at(-1) ?? link] : [];
  if (object.kind !== "Ingress") return own;
  const tls = asList(field(object["spec"], "tls")).flatMap((entry) => asList(field(entry, "hosts")));
  const rules = asList(field(object["spec"], "rules")).flatMap((rule) => {
    const host = field(rule, "host");
    if (typeof host !== "string" || host === "") return [];
    const scheme = tls.includes(host) ? "https" : "http";
    const paths = asList(field(rule, "http", "paths")).flatMap((path) => field(path, "path") ?? "");
    return (paths.length > 0 ? paths : [""]).map((path) => `${scheme}://${host}${path === "/" ? "" : String(path)}`);
  });
  return [...own, ...rules];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const step of path) {
    if (!isJsonObject(current)) return undefined;
    current = current[step];
  }
  return current;
}
