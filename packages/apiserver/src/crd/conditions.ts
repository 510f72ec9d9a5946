import type { KubeObject } from "@fairlead/apimachinery";
import { cloneJson, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { timestamp } from "../registry/metadata.ts";
import { definitionOf, type Names } from "./names.ts";

export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

/** Objects may be stored in every version that ever was the stored one. */
export function keepStoredVersions(crd: KubeObject): void {
  const status: JsonObject = isJsonObject(crd["status"]) ? crd["status"] : {};
  crd["status"] = status;
  const stored = Array.isArray(status["storedVersions"]) ? status["storedVersions"] : [];
  const { storageVersion } = definitionOf(crd);
  if (storageVersion !== "" && !stored.includes(storageVersion)) status["storedVersions"] = [...stored, storageVersion];
}

/** A definition that is to go first takes its objects along. */
export function prepareDefinitionDelete(crd: KubeObject, nowMs: number): void {
  const finalizers = crd.metadata.finalizers ?? [];
  if (!finalizers.includes(CLEANUP_FINALIZER)) crd.metadata.finalizers = [...finalizers, CLEANUP_FINALIZER];
  const status: JsonObject = isJsonObject(crd["status"]) ? crd["status"] : {};
  crd["status"] = status;
  setCondition(
    status,
    {
      type: "Terminating",
      status: "True",
      reason: "InstanceDeletionPending",
      message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    },
    timestamp(nowMs),
  );
}

/** The definition with accepted names, conditions, stored versions and finalizer, as apiextensions' controllers leave it. */
export function withStatus(crd: KubeObject, taken: ReadonlySet<string>, nowMs: number): KubeObject {
  const next = cloneJson(crd);
  const status: JsonObject = isJsonObject(next["status"]) ? next["status"] : {};
  next["status"] = status;
  const definition = definitionOf(crd);
  const wanted = { ...(isJsonObject(crd["spec"]) && isJsonObject(crd["spec"]["names"]) ? crd["spec"]["names"] : {}) };
  const conflict = conflictIn(definition.names, taken);
  if (conflict === undefined) status["acceptedNames"] = wanted as JsonObject;
  else if (!isJsonObject(status["acceptedNames"])) status["acceptedNames"] = { plural: "", kind: "" };
  const at = timestamp(nowMs);
  setCondition(
    status,
    conflict === undefined
      ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
      : { type: "NamesAccepted", status: "False", ...conflict },
    at,
  );
  const isEstablished = conditionOf(next, "Established")?.["status"] === "True";
  if (conflict === undefined) {
    setCondition(
      status,
      {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      },
      at,
    );
  } else if (!isEstablished) {
    setCondition(
      status,
      { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
      at,
    );
  }
  if (crd.metadata.deletionTimestamp !== undefined) {
    setCondition(
      status,
      {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionInProgress",
        message: "CustomResource deletion is in progress",
      },
      at,
    );
  }
  return next;
}

function conflictIn(names: Names, taken: ReadonlySet<string>): { reason: string; message: string } | undefined {
  const used = (name: string): string => `${JSON.stringify(name)} is already in use`;
  if (taken.has(names.plural)) return { reason: "PluralConflict", message: used(names.plural) };
  if (taken.has(names.singular)) return { reason: "SingularConflict", message: used(names.singular) };
  const short = names.shortNames.filter((name) => taken.has(name));
  if (short.length > 0) return { reason: "ShortNamesConflict", message: short.map(used).join(", ") };
  if (taken.has(names.kind)) return { reason: "KindConflict", message: used(names.kind) };
  return taken.has(names.listKind) ? { reason: "ListKindConflict", message: used(names.listKind) } : undefined;
}

export function conditionOf(crd: KubeObject, type: string): JsonObject | undefined {
  const status = isJsonObject(crd["status"]) ? crd["status"] : {};
  const conditions: Json[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return conditions.filter(isJsonObject).find((condition) => condition["type"] === type);
}

/** The transition time moves only with the status. */
function setCondition(status: JsonObject, condition: Record<string, string>, at: string): void {
  const conditions: Json[] = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const index = conditions.findIndex((known) => isJsonObject(known) && known["type"] === condition["type"]);
  const known = conditions[index];
  if (isJsonObject(known)) {
    const isSame = known["status"] === condition["status"];
    conditions[index] = {
      ...known,
      ...condition,
      lastTransitionTime: isSame ? (known["lastTransitionTime"] ?? at) : at,
    };
  } else conditions.push({ lastTransitionTime: at, ...condition });
  status["conditions"] = conditions;
}
