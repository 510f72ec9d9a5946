import { problemError } from "@fairlead/base";
import type { FieldSpec } from "../fields/field-spec.ts";
import { visitField, type Visit } from "../fields/visit.ts";
import { isNull, textOf } from "../node/ops.ts";
import { type KNode, type MappingNode, STR } from "../node/types.ts";
import { formatId, idEquals, idKey } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { wrongKind } from "../merge/element.ts";
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
  const where = both.map(({ provenance: { file, line } }) => `${file}${line ? `:${line}` : ""}`).join(" and ");
  return problemError("KustomizeDuplicate", `namespace transformation produces ID conflict: ${formatId(id)}`, {
    ...addressOf(resource),
    hint: `${where} become the same object in that namespace`,
  });
}

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
