import type { KubeObject, ObjectRef } from "@fairlead/apimachinery";

/** External Secrets marks what it writes with it, also objects that are no Secrets (facts/secrets.md §1D). */
const LABEL_MANAGED = "reconcile.external-secrets.io/managed";

export function isSecretKind({ group, kind }: Pick<ObjectRef, "group" | "kind">): boolean {
  return kind === "Secret" && group === "";
}

/** Whether the content of an object comes out of a store of secrets. */
export function isFromStore({ metadata }: KubeObject): boolean {
  return metadata.labels?.[LABEL_MANAGED] === "true";
}
