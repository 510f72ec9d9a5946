import type { ManagedFieldsEntry } from "../object/types.ts";
import { problemError } from "@fairlead/base";
import { FieldSet } from "../smd/field-set.ts";

/** What one manager owns. `time` is kept as it is written; absent where the server never set it. */
export interface Owned {
  readonly manager: string | undefined;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly set: FieldSet;
  readonly time: string | undefined;
}

/** By identifier; see managerIdentifier. */
export type Managers = Map<string, Owned>;

/**
 * The text that tells managers apart: manager, operation and subresource, for updates the version too. It is the JSON that
 * kube-apiserver uses, since it sorts by it.
 */
export function managerIdentifier(entry: Omit<Owned, "set" | "time">): string {
  return JSON.stringify({
    ...(entry.manager ? { manager: entry.manager } : {}),
    operation: entry.operation,
    ...(entry.operation === "Update" ? { apiVersion: entry.apiVersion } : {}),
    ...(entry.subresource ? { subresource: entry.subresource } : {}),
  });
}

/**
 * Reads managedFields.
 * @throws ProblemError InvalidFieldsV1 when an entry is none
 */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const [index, entry] of (entries ?? []).entries()) {
    const owned = decodeEntry(entry, index);
    managers.set(managerIdentifier(owned), owned);
  }
  return managers;
}

function decodeEntry(entry: ManagedFieldsEntry, index: number): Owned {
  const { operation, apiVersion, fieldsType } = entry;
  const refuse = (message: string): never => {
    throw problemError("InvalidFieldsV1", message);
  };
  if (operation !== "Apply" && operation !== "Update") return refuse("operation must be `Apply` or `Update`");
  if (!apiVersion) return refuse("apiVersion must not be empty");
  if (fieldsType === undefined) return refuse(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== "FieldsV1") {
    return refuse(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  }
  return {
    manager: entry.manager,
    operation,
    apiVersion,
    subresource: entry.subresource,
    set: FieldSet.fromFieldsV1(entry.fieldsV1 ?? {}),
    time: entry.time,
  };
}

/** As metadata.managedFields lists them: applies before updates, then by time, manager, version and subresource. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(compareOwned).map((owned) => ({
    ...(owned.manager ? { manager: owned.manager } : {}),
    operation: owned.operation,
    apiVersion: owned.apiVersion,
    ...(owned.time === undefined ? {} : { time: owned.time }),
    fieldsType: "FieldsV1" as const,
    fieldsV1: owned.set.toFieldsV1(),
    ...(owned.subresource ? { subresource: owned.subresource } : {}),
  }));
}

function compareOwned(a: Owned, b: Owned): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a.time) - secondsOf(b.time) ||
    compareText(a.manager ?? "", b.manager ?? "") ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource ?? "", b.subresource ?? "")
  );
}

export function secondsOf(time: string | undefined): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `2024-05-06T07:08:09Z`: times of managedFields have whole seconds. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
