import { isJsonObject, type JsonObject } from "@fairlead/base";
import {
  formatApiVersion,
  type GroupVersionKind,
  type KubeObject,
  type ManagedFieldsEntry,
} from "@fairlead/apimachinery";
import { FIELD_MANAGER } from "../names.ts";
import { unionFieldsV1 } from "./field-set.ts";

/**
 * Tools that applied an object before it became ours (facts/kube.md §4, 4): kubectl, Argo CD, Flux, Helm. Their fields become ours;
 * left to them, a field that Git drops would stay for ever. Everyone else (autoscalers, operators, people) keeps their fields.
 */
const ADOPTED_MANAGERS: ReadonlySet<string> = new Set([
  "kubectl-client-side-apply",
  "kubectl-create",
  "kubectl-replace",
  "before-first-apply",
  "argocd-controller",
  "argocd-application-controller",
  "kustomize-controller",
  "helm-controller",
  "helm",
  "Helm",
]);

/** `kubectl apply --server-side`; the same name with Update is a person who patched something. */
function isAdopted(entry: ManagedFieldsEntry): boolean {
  return ADOPTED_MANAGERS.has(entry.manager ?? "") || (entry.manager === "kubectl" && entry.operation === "Apply");
}

export interface AdoptedFields {
  readonly managedFields: ManagedFieldsEntry[];
  readonly from: readonly string[];
}

/** managedFields with those managers' entries joined into ours; undefined when there is nothing to take over. */
export function adoptedFields(object: KubeObject, gvk: GroupVersionKind): AdoptedFields | undefined {
  const apiVersion = formatApiVersion(gvk.group, gvk.version);
  const entries = object.metadata.managedFields ?? [];
  const taken = entries.filter(
    (entry) =>
      isAdopted(entry) && !entry.subresource && entry.apiVersion === apiVersion && isJsonObject(entry.fieldsV1),
  );
  if (taken.length === 0) return undefined;
  const isOurs = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === FIELD_MANAGER && entry.operation === "Apply" && !entry.subresource;
  const ours = entries.find(isOurs);
  const joined = [...taken, ...(ours ? [ours] : [])].reduce<JsonObject>(
    (all, entry) => unionFieldsV1(all, entry.fieldsV1 as JsonObject),
    {},
  );
  const times = taken.flatMap(({ time }) => time ?? []).sort();
  const entry: ManagedFieldsEntry = {
    manager: FIELD_MANAGER,
    operation: "Apply",
    apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1: joined,
    ...(times.length > 0 ? { time: times.at(-1) ?? "" } : {}),
  };
  const rest = entries.filter((other) => !taken.includes(other) && other !== ours);
  return { managedFields: [...rest, entry], from: [...new Set(taken.map(({ manager }) => manager ?? ""))] };
}
