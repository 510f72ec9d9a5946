import { isJsonObject, problemError } from "@fairlead/base";
import type { FieldSpec } from "../fields/field-spec.ts";
import { visitField, type Visit } from "../fields/visit.ts";
import { isNull, textOf } from "../node/ops.ts";
import { type KNode, type MappingNode, STR } from "../node/types.ts";
import { idEquals, idKey } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { toJson } from "../node/value.ts";
import { materializeInternal } from "../resource/annotations.ts";
import { wrongKind } from "../merge/element.ts";
import { goJson } from "./go-json.ts";
import { setText } from "./set-scalar.ts";

/** Which subjects of role bindings get the namespace. Others follow when the ServiceAccount they name moved. */
export type SubjectMode = "defaultOnly" | "allServiceAccounts" | "none";

export interface NamespaceTransform {
  readonly namespace: string;
  readonly fieldSpecs: readonly FieldSpec[];
  /** Leave namespaces that are written. */
  readonly unsetOnly?: boolean | undefined;
  readonly subjects?: SubjectMode | undefined;
}

const METADATA_NAMESPACE: FieldSpec = { group: "", version: "", kind: "", path: "metadata/namespace", create: true };

/** @throws ProblemError KustomizeDuplicate when the new namespace makes two resources one */
export function transformNamespace(map: ResourceMap, transform: NamespaceTransform): void {
  if (transform.namespace === "") return;
  const taken = new Map<string, number>();
  const count = (resource: Resource, by: number): number => {
    const key = idKey(resource.currentId);
    const now = (taken.get(key) ?? 0) + by;
    taken.set(key, now);
    return now;
  };
  for (const resource of map.resources) count(resource, 1);
  for (const resource of map.resources) {
    // Helm was told the namespace and knows which of its objects belong there.
    if (resource.isGone || resource.isHelmGenerated) continue;
    count(resource, -1);
    resource.rememberId();
    setNamespace(resource, transform);
    if (count(resource, 1) > 1) throw conflict(map, resource);
  }
  map.changed();
}

function conflict(map: ResourceMap, resource: Resource): Error {
  const id = resource.currentId;
  const both = map.resources.filter((other) => idEquals(other.currentId, id));
  const shown = both.map((other) => withNotes(other)).join(" ");
  const where = both.map(({ provenance: { file, line } }) => `${file}${line ? `:${line}` : ""}`).join(" and ");
  return problemError("KustomizeDuplicate", `namespace transformation produces ID conflict: [${shown}]`, {
    ...addressOf(resource),
    hint: `${where} become the same object in that namespace`,
  });
}

/** A resource as the real tool prints it, with its notes; what a Secret holds is nothing to show. */
function withNotes(resource: Resource): string {
  const copy = resource.copy();
  materializeInternal(copy);
  const value = copy.root ? toJson(copy.root) : {};
  if (!isJsonObject(value)) return goJson(value);
  const hidden = resource.kind === "Secret" ? SECRET_FIELDS.filter((field) => field in value) : [];
  return goJson({ ...value, ...Object.fromEntries(hidden.map((field) => [field, {}])) });
}

const SECRET_FIELDS = ["data", "stringData"];

function setNamespace(resource: Resource, transform: NamespaceTransform): void {
  const set = transform.unsetOnly ? onlyIfEmpty(transform.namespace) : setText(transform.namespace, STR);
  const { gvk } = resource;
  if (!resource.isClusterScoped) visitField(resource, METADATA_NAMESPACE, "scalar", set, gvk);
  const isBinding = gvk.kind === "RoleBinding" || gvk.kind === "ClusterRoleBinding";
  if (isBinding) setSubjects(resource, transform.subjects ?? "defaultOnly", set);
  for (const spec of transform.fieldSpecs) {
    if (spec.path === "metadata/namespace") continue;
    if (spec.path === "metadata/name" && resource.apiVersion !== "v1") continue;
    if (isBinding && spec.path === "subjects/namespace" && spec.kind.endsWith("RoleBinding")) continue;
    visitField(resource, spec, "scalar", set, gvk);
  }
}

function onlyIfEmpty(namespace: string): Visit {
  const set = setText(namespace, STR);
  return (node) => (textOf(node) === "" ? set(node) : undefined);
}

function setSubjects(resource: Resource, mode: SubjectMode, set: Visit): void {
  const subjects = resource.root?.fields.get("subjects");
  if (mode === "none" || subjects === undefined || isNull(subjects)) return;
  if (subjects.kind !== "sequence") throw wrongKind("SequenceNode", subjects);
  for (const subject of subjects.items) {
    if (subject.kind === "mapping" && isMeant(subject, mode)) setInSubject(subject, set);
  }
}

function isMeant(subject: MappingNode, mode: SubjectMode): boolean {
  if (mode === "allServiceAccounts") return textOf(subject.fields.get("kind")) === "ServiceAccount";
  return textOf(subject.fields.get("name")) === "default";
}

function setInSubject(subject: MappingNode, set: Visit): void {
  const present: KNode = subject.fields.get("namespace") ?? { kind: "scalar", text: "", tag: "", quoted: false };
  subject.fields.set("namespace", set(present) ?? present);
}
