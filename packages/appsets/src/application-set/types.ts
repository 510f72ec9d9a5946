import type { JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";

export const APPLICATION_SET_KIND = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet" } as const;
export const APPLICATION_KIND = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;

/** The finalizer that makes an Application's deletion take its objects along; see facts/argocd.md §1.3. */
export const RESOURCES_FINALIZER = "resources-finalizer.argocd.argoproj.io";
/** Releases what the deletion guard holds, once: its value is the count it was given for. */
export const APPROVE_DELETION_ANNOTATION = "fairlead.dev/approve-deletion";

export interface ApplicationSetSpec {
  readonly generators: readonly Generator[];
  readonly template: JsonObject;
  readonly preserveResourcesOnDeletion: boolean;
}

/** One entry of spec.generators; `path` is where it stands, for messages. */
export type Generator = { readonly type: "list"; readonly path: string; readonly elements: readonly JsonObject[] };

/** One row of parameters, flat: dotted keys to strings, as the fasttemplate dialect has them. */
export type Parameters = Readonly<Record<string, string>>;

/** An Application as its set wants it. */
export type GeneratedApplication = KubeObject;

export interface Condition extends JsonObject {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
  lastTransitionTime?: string;
}
