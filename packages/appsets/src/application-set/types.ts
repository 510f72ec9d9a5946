import type { JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";

export const APPLICATION_SET_KIND = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet" } as const;
export const APPLICATION_KIND = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;

/** The finalizer that makes an Application's deletion take its objects along; see facts/argocd.md §1.3. */
export const RESOURCES_FINALIZER = "resources-finalizer.argocd.argoproj.io";
/** Releases what the deletion guard holds, once: its value is the count it was given for. */
export const APPROVE_DELETION_ANNOTATION = "fairlead.dev/approve-deletion";
/** Share of a set's Applications that may go at once, in percent; 100 takes the guard away. */
export const DELETION_SHARE_ANNOTATION = "fairlead.dev/max-deletion-percent";
/** Lets a set that follows pull requests template its project. */
export const ALLOW_TEMPLATED_PROJECT_ANNOTATION = "fairlead.dev/allow-templated-project";
/** Asks for a generation that trusts no cached answer; removed when done (facts/argocd.md §1.2). */
export const REFRESH_ANNOTATION = "argocd.argoproj.io/application-set-refresh";
/** The cluster the control plane runs in, which needs no Secret. */
export const IN_CLUSTER = { name: "in-cluster", server: "https://kubernetes.default.svc" } as const;

/**
 * One row of parameters. In the Go dialect a tree, as text/template walks it; in the fasttemplate dialect flat, dotted keys to
 * strings (and what else elementsYaml holds, which no placeholder can print).
 */
export type Row = JsonObject;

/** An Application as its set wants it. */
export type GeneratedApplication = KubeObject;

export type ApplicationsSync = "sync" | "create-only" | "create-update" | "create-delete";

export interface MatchExpression {
  readonly key: string;
  readonly operator: "In" | "NotIn";
  readonly values: readonly string[];
}

export interface RollingStep {
  readonly matchExpressions: readonly MatchExpression[];
  /** A count, or `25%`; undefined: all of the step at once. */
  readonly maxUpdate: number | string | undefined;
}

export interface IgnoreRule {
  /** Of the Application; every one when absent. */
  readonly name: string | undefined;
  readonly jsonPointers: readonly string[];
  readonly jqPathExpressions: readonly string[];
}

export interface ApplicationSetSpec {
  readonly generators: readonly GeneratorEntry[];
  readonly template: JsonObject;
  readonly templatePatch: string | undefined;
  readonly isGoTemplate: boolean;
  /** As written, `missingkey=error` and the like. */
  readonly goTemplateOptions: readonly string[];
  readonly applicationsSync: ApplicationsSync | undefined;
  readonly preserveResourcesOnDeletion: boolean;
  /** Steps of a RollingSync; undefined when the strategy is another. */
  readonly rollingSteps: readonly RollingStep[] | undefined;
  readonly isDeletionOrderReversed: boolean;
  readonly preservedAnnotations: readonly string[];
  readonly preservedLabels: readonly string[];
  readonly ignoreApplicationDifferences: readonly IgnoreRule[];
}

export const GENERATOR_KINDS = [
  "list",
  "clusters",
  "git",
  "scmProvider",
  "clusterDecisionResource",
  "pullRequest",
  "plugin",
  "matrix",
  "merge",
] as const;
export type GeneratorKind = (typeof GENERATOR_KINDS)[number];

/** One entry of a list of generators; it may name several, which then all give rows. */
export interface GeneratorEntry {
  /** Where it stands, for messages: `spec.generators[0]`. */
  readonly path: string;
  readonly generators: readonly Generator[];
}

export interface Generator {
  readonly kind: GeneratorKind;
  /** `spec.generators[0].git` */
  readonly path: string;
  /** As written: it is read after the rows of an outer matrix are filled in, since any field may be templated. */
  readonly spec: JsonObject;
  readonly selector: JsonObject | undefined;
  /** Fields that go before those of spec.template. Only of a generator that is not inside another, as in Argo CD. */
  readonly template: JsonObject | undefined;
  readonly children: readonly GeneratorEntry[];
}

export interface Condition extends JsonObject {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
  lastTransitionTime?: string;
}
