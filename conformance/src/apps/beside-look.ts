import { jsonEqual, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { BesideCase } from "./beside-cases.ts";

/** Who looks after an application. */
export type Side = "argo" | "ours";

/**
 * Argo CD may heal once more by what it saw before its own sync had ended: a partial sync, which names no hooks and only what it
 * took for drift. Where one side's last operation was such a heal and the other's was not, what they say of it is no comparison.
 */
export function withoutHeal(both: Record<Side, JsonObject>): Record<Side, JsonObject> {
  const isSame = both.argo["heals"] === both.ours["heals"];
  const plainer = ({ heals: _heals, ...status }: JsonObject): JsonObject =>
    isSame ? status : { ...status, results: [], message: "" };
  return { argo: plainer(both.argo), ours: plainer(both.ours) };
}

/** Argo CD could not read the cluster: on a busy machine its first look may fail, and says nothing about the application. */
export function isWithoutCluster(argo: JsonObject): boolean {
  return Array.isArray(argo["conditions"]) && argo["conditions"].includes("UnknownError");
}

/** Where it syncs by itself, an Argo CD that is out of sync and has nothing to say is about to begin. */
export function isAtRest(argo: JsonObject, entry: BesideCase): boolean {
  const hasConditions = Array.isArray(argo["conditions"]) && argo["conditions"].length > 0;
  const isAutomated = entry.policy === undefined || entry.policy["automated"] !== undefined;
  return argo["isGone"] === true || argo["sync"] === "Synced" || hasConditions || !isAutomated;
}

const TERMINAL = ["Succeeded", "Failed", "Error"];

interface AppStatus {
  readonly sync?: { readonly status?: string };
  readonly health?: { readonly status?: string };
  readonly conditions?: readonly { readonly type: string }[];
  readonly operationState?: {
    readonly phase?: string;
    readonly operation?: {
      readonly initiatedBy?: { readonly automated?: boolean };
      readonly sync?: { readonly resources?: readonly unknown[] };
    };
    readonly message?: string;
    readonly retryCount?: number;
    readonly syncResult?: { readonly resources?: readonly Readonly<Record<string, string>>[] };
  };
  readonly resources?: readonly Readonly<Record<string, unknown>>[];
  readonly history?: readonly unknown[];
}

/**
 * What of status is the same whoever writes it: no texts, no times. Argo CD calls running hooks in need of pruning, since they are
 * no part of what it compares; that is left out.
 */
export function statusOf(app: KubeObject | undefined, hasTexts: boolean): JsonObject {
  if (!app) return { settled: true, isGone: true };
  const {
    sync,
    health,
    operationState,
    resources = [],
    history = [],
    conditions = [],
  } = (app["status"] ?? {}) as AppStatus;
  const results = operationState?.syncResult?.resources ?? [];
  const { initiatedBy, sync: asked } = operationState?.operation ?? {};
  const lines = (list: readonly string[]): string[] => [...list].sort();
  return {
    settled:
      sync?.status !== undefined && (operationState === undefined || TERMINAL.includes(operationState.phase ?? "")),
    sync: sync?.status ?? "",
    health: health?.status ?? "",
    phase: operationState?.phase ?? "",
    heals: initiatedBy?.automated === true && (asked?.resources?.length ?? 0) > 0,
    ...(hasTexts ? { message: messageOf(operationState?.message), retries: operationState?.retryCount ?? 0 } : {}),
    conditions: lines([...new Set(conditions.map(({ type }) => type))].filter((type) => type !== "DriftDetected")),
    results: lines(
      results.map(({ kind, name, status, hookType, hookPhase }) =>
        // A generated name ends with the second in which its own side's operation began.
        [kind, name?.replace(/(sync|syncfail)-\d{10}$/, "$1-TIME"), status, hookType, hookPhase]
          .filter(Boolean)
          .join(" "),
      ),
    ),
    resources: lines(
      resources.map(({ kind, name, status, hook, requiresPruning }) =>
        JSON.stringify([kind, name, status, hook, hook === true ? undefined : requiresPruning]),
      ),
    ),
    history: history.length,
  };
}

/** Times and revisions are never the same; for reasons ours names object and file, and the server says other things to an apply. */
function messageOf(text = ""): string {
  return text
    .replace(/, reason: [^]*?(?=\. Retrying|$)/, "")
    .replaceAll(/ due to application controller sync timeout|\(retried \d+ times\)\.?/g, "")
    .replaceAll(/[0-9a-f]{40}|[0-9a-f]{7,12}(?=[ :,]|$)/g, "REVISION")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, "TIME");
}

const OWN_MARKS = /tracking-id$|^fairlead\.dev\/|last-applied-configuration$|^deployment\.kubernetes\.io\//;

export function plain(object: KubeObject): JsonObject {
  const { apiVersion: _a, status: _s, metadata, ...rest } = object as KubeObject & { status?: unknown };
  const { name, labels = {} } = metadata;
  // The server makes up selectors and labels for each Job.
  if (object.kind === "Job") return { kind: object.kind, name: name ?? "" };
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !OWN_MARKS.test(key));
  const plainer = { ...rest, name, labels, annotations: Object.fromEntries(annotations) };
  return JSON.parse(JSON.stringify(plainer)) as JsonObject;
}

export function firstDifference({ argo, ours }: Record<Side, JsonObject>, entry: BesideCase): string {
  const fields = [...new Set([...Object.keys(argo), ...Object.keys(ours)])].filter(
    (key) => !jsonEqual(argo[key], ours[key]),
  );
  const shown = fields.map(
    (key) => `${key}: Argo CD ${JSON.stringify(argo[key])}, Fairlead ${JSON.stringify(ours[key])}`,
  );
  return shown.length > 0 ? shown.join("\n").slice(0, 1_500) : `${entry.name} was never settled`;
}
