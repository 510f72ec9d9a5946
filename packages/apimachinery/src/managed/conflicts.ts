import { describePath, type PathElement } from "../smd/path-element.ts";
import { compareText, managerIdentifier, type Owned } from "./entries.ts";

/** A field somebody else owns and the applied value would change. */
export interface Conflict {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  /** As the API writes it: `.spec.replicas`. */
  readonly field: string;
  /** `conflict with "kubectl" using apps/v1`: the cause's message. */
  readonly message: string;
}

/** One conflict a path, managers in the order kube-apiserver's message has them. */
export function conflictsOf(owners: readonly Owned[]): Conflict[] {
  const sorted = [...owners].sort((a, b) => compareText(managerIdentifier(a), managerIdentifier(b)));
  return sorted.flatMap((owned) => [...owned.set.paths()].map((path) => conflictAt(owned, path)));
}

function conflictAt(owned: Owned, path: readonly PathElement[]): Conflict {
  return {
    manager: owned.manager ?? "",
    operation: owned.operation,
    apiVersion: owned.apiVersion,
    subresource: owned.subresource,
    field: describePath(path),
    message: `conflict with ${describeManager(owned)}`,
  };
}

function describeManager(owned: Pick<Owned, "manager" | "subresource" | "operation" | "apiVersion">): string {
  const name = JSON.stringify(owned.manager ?? "");
  const through = owned.subresource ? ` with subresource ${JSON.stringify(owned.subresource)}` : "";
  return owned.operation === "Update" ? `${name}${through} using ${owned.apiVersion}` : `${name}${through}`;
}

/** The message of the 409 that refuses the apply. */
export function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first) return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  const byManager = Map.groupBy(conflicts, (conflict) => conflict.message.replace(/^conflict /, "conflicts "));
  const lines = [...byManager].flatMap(([heading, group]) => [
    `${heading}:`,
    ...group.map((conflict) => `- ${conflict.field}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}
