/** The field's names for groups, kinds, labels, annotations and finalizers (facts/argocd.md §1.1–1.4), and our own beside them. */

export const ARGO_GROUP = "argoproj.io";
const ARGO_API_VERSION = "argoproj.io/v1alpha1";

export const APPLICATION_KIND = { apiVersion: ARGO_API_VERSION, kind: "Application" } as const;
export const PROJECT_KIND = { apiVersion: ARGO_API_VERSION, kind: "AppProject" } as const;
export const SECRET_KIND = { apiVersion: "v1", kind: "Secret" } as const;
export const NAMESPACE_KIND = { apiVersion: "v1", kind: "Namespace" } as const;
export const CRD_KIND = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

export const ANNOTATIONS = {
  trackingId: "argocd.argoproj.io/tracking-id",
  installationId: "argocd.argoproj.io/installation-id",
  /** Ours, under label tracking: the application's name where it is longer than a label takes. */
  instance: "fairlead.dev/instance",
  refresh: "argocd.argoproj.io/refresh",
  skipReconcile: "argocd.argoproj.io/skip-reconcile",
  syncWave: "argocd.argoproj.io/sync-wave",
  syncOptions: "argocd.argoproj.io/sync-options",
  compareOptions: "argocd.argoproj.io/compare-options",
  ignoreHealthCheck: "argocd.argoproj.io/ignore-healthcheck",
  hook: "argocd.argoproj.io/hook",
  hookDeletePolicy: "argocd.argoproj.io/hook-delete-policy",
  deletionApproved: "argocd.argoproj.io/deletion-approved",
  helmHook: "helm.sh/hook",
  helmHookWeight: "helm.sh/hook-weight",
  helmHookDeletePolicy: "helm.sh/hook-delete-policy",
  lastApplied: "kubectl.kubernetes.io/last-applied-configuration",
  /** Ours. A commit the application stays at, whatever targetRevision says, until the annotation is removed (rollback). */
  heldAt: "fairlead.dev/held-at",
  /** Ours, beside heldAt. The line of history whose sources count meanwhile, where the rollback brought other ones along. */
  heldHistory: "fairlead.dev/held-history",
  /** Ours. Servers on which an application that has moved still has objects. */
  movedFrom: "fairlead.dev/moved-from",
  /** Ours. `audit`: drift is named and reported, never corrected. Overrides selfHeal. */
  driftPolicy: "fairlead.dev/drift",
  /** Ours, on an Application or one object. `forbid`: fields that others add beside ours are drift, too, and are taken away. */
  additions: "fairlead.dev/additions",
  /** Ours. Comma list of field managers that may take fields from us without it being drift (`kube-controller-manager`, an HPA). */
  yieldTo: "fairlead.dev/yield-to",
  /** Ours. Comma list of applications (`name` or `namespace/name`) that must be Synced and Healthy before this one syncs. */
  dependsOn: "fairlead.dev/depends-on",
  /** Ours. How long a wave or a hook may take, as a Go duration; the default is LIMITS.waveTimeoutMs. */
  waveTimeout: "fairlead.dev/wave-timeout",
} as const;

export const LABELS = {
  secretType: "argocd.argoproj.io/secret-type",
  instance: "app.kubernetes.io/instance",
} as const;

export const FINALIZERS = {
  cascade: "resources-finalizer.argocd.argoproj.io",
  cascadeForeground: "resources-finalizer.argocd.argoproj.io/foreground",
  cascadeBackground: "resources-finalizer.argocd.argoproj.io/background",
  preDelete: "pre-delete-finalizer.argocd.argoproj.io",
  preDeleteCleanup: "pre-delete-finalizer.argocd.argoproj.io/cleanup",
  postDelete: "post-delete-finalizer.argocd.argoproj.io",
  postDeleteCleanup: "post-delete-finalizer.argocd.argoproj.io/cleanup",
  hook: "argocd.argoproj.io/hook-finalizer",
} as const;

/**
 * Our field manager. Not Argo CD's `argocd-controller`, so that managedFields tell the two apart while a team moves over; its
 * fields are taken over at the first apply (see drift/adopt.ts).
 */
export const FIELD_MANAGER = "fairlead";

/** The cluster the control plane itself runs in; needs no Secret. */
export const IN_CLUSTER = { server: "https://kubernetes.default.svc", name: "in-cluster" } as const;
