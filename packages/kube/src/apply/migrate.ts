import { FieldSet, type KubeObject, type ManagedFieldsEntry } from "@fairlead/apimachinery";
import type { KubeClient } from "../client/types.ts";

/**
 * Makes fields that other tools set by updates (kubectl apply without --server-side, kubectl edit) ours, by renaming their
 * entries in managedFields. Without it a field taken out of the source would stay, kept by the old tool's entry for ever.
 * One patch, only when there is such an entry; refused with 409 when the object changed in between.
 */
export async function takeOverFields(
  client: KubeClient,
  live: KubeObject,
  managers: readonly string[],
  fieldManager: string,
  signal?: AbortSignal,
): Promise<KubeObject> {
  const entries = migrateEntries(live.metadata.managedFields ?? [], managers, fieldManager);
  if (entries === undefined) return live;
  const body = [
    { op: "test", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion },
    { op: "replace", path: "/metadata/managedFields", value: entries },
  ];
  const { apiVersion, kind, metadata } = live;
  const ref = { apiVersion, kind, name: metadata.name ?? "", namespace: metadata.namespace };
  return client.patch(ref, { type: "json", body }, { fieldManager, signal });
}

/** The entries after the renaming; undefined when there is nothing to rename. */
export function migrateEntries(
  entries: readonly ManagedFieldsEntry[],
  managers: readonly string[],
  fieldManager: string,
): ManagedFieldsEntry[] | undefined {
  const isTheirs = (entry: ManagedFieldsEntry): boolean =>
    entry.operation === "Update" && entry.subresource === undefined && managers.includes(entry.manager ?? "");
  const theirs = entries.filter(isTheirs);
  if (theirs.length === 0) return undefined;
  const isOurs = (entry: ManagedFieldsEntry): boolean =>
    entry.operation === "Apply" && entry.manager === fieldManager && entry.subresource === undefined;
  const ours = entries.find(isOurs);
  const first = ours ?? (theirs[0] as ManagedFieldsEntry);
  const fields = [ours, ...theirs].reduce(
    (all, entry) => (entry?.fieldsV1 ? all.union(FieldSet.fromFieldsV1(entry.fieldsV1)) : all),
    FieldSet.fromFieldsV1({}),
  );
  const merged: ManagedFieldsEntry = {
    ...first,
    manager: fieldManager,
    operation: "Apply",
    fieldsV1: fields.toFieldsV1(),
  };
  return [merged, ...entries.filter((entry) => !isTheirs(entry) && !isOurs(entry))];
}
