import { isJsonObject, problemsOf, ProblemError, type Json } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { splitManifests } from "./split.ts";

/** One document of a chart's output. */
export interface Manifest {
  /** Template path, `chart/templates/x.yaml`. */
  readonly path: string;
  readonly text: string;
  readonly kind: string;
  readonly name: string;
  /** The document as JSON; null for one that holds nothing but comments. */
  readonly value: Json;
}

export interface Hook extends Manifest {
  readonly events: readonly string[];
  readonly weight: number;
  readonly deletePolicies: readonly string[];
}

const HOOK_EVENTS: ReadonlySet<string> = new Set([
  "pre-install",
  "post-install",
  "pre-delete",
  "post-delete",
  "pre-upgrade",
  "post-upgrade",
  "pre-rollback",
  "post-rollback",
  "test",
  "test-success",
]);

/** The order in which Helm installs kinds; those it does not know come last, by name. */
const INSTALL_ORDER_V3 = [
  "PriorityClass",
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
];
const INSTALL_ORDER = {
  v3: INSTALL_ORDER_V3,
  v4: [...INSTALL_ORDER_V3, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
} as const;

/**
 * Takes rendered files apart into manifests and hooks, each in install order. Documents of a hook Helm does not know are dropped.
 * @throws ProblemError ChartManifestInvalid for every file whose output is not YAML
 */
export function sortOutput(
  files: ReadonlyMap<string, string>,
  compat: "v3" | "v4",
): { manifests: Manifest[]; hooks: Hook[] } {
  const manifests: Manifest[] = [];
  const hooks: Hook[] = [];
  for (const path of [...files.keys()].sort()) {
    const text = files.get(path) ?? "";
    if (path.slice(path.lastIndexOf("/") + 1).startsWith("_") || text.trim() === "") continue;
    for (const document of splitManifests(text, compat)) {
      const manifest = readManifest(path, document);
      const asked = annotationsOf(manifest.value)?.["helm.sh/hook"];
      if (asked === undefined) manifests.push(manifest);
      else hooks.push(...readHook(manifest, asked));
    }
  }
  return { manifests: byKind(manifests, compat), hooks: byKind(hooks, compat) };
}

function readManifest(path: string, text: string): Manifest {
  let value: Json;
  try {
    value = decodeYaml(text);
  } catch (error) {
    const problems = problemsOf(error, { file: path });
    throw new ProblemError(
      problems.map((problem) => ({
        ...problem,
        code: "ChartManifestInvalid",
        message: `YAML parse error on ${path}: ${problem.message}`,
      })),
      { cause: error },
    );
  }
  const object = isJsonObject(value) ? value : {};
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const textAt = (item: unknown): string => (typeof item === "string" ? item : "");
  return { path, text, kind: textAt(object["kind"]), name: textAt(metadata["name"]), value };
}

function annotationsOf(value: Json): Record<string, string> | undefined {
  const metadata = isJsonObject(value) ? value["metadata"] : undefined;
  const annotations = isJsonObject(metadata) ? metadata["annotations"] : undefined;
  if (!isJsonObject(annotations) || Object.keys(annotations).length === 0) return undefined;
  return annotations as Record<string, string>;
}

function readHook(manifest: Manifest, asked: string): Hook[] {
  const events = asked.split(",").map((event) => event.trim().toLowerCase());
  if (!events.every((event) => HOOK_EVENTS.has(event))) return [];
  const annotations = annotationsOf(manifest.value) ?? {};
  const weight = Number(annotations["helm.sh/hook-weight"] ?? 0);
  const policies = annotations["helm.sh/hook-delete-policy"]?.split(",").map((policy) => policy.trim().toLowerCase());
  return [
    {
      ...manifest,
      events: events.map((event) => (event === "test-success" ? "test" : event)),
      weight: Number.isInteger(weight) ? weight : 0,
      deletePolicies: policies ?? [],
    },
  ];
}

/** Stable: documents of one kind stay in the order of their files. */
function byKind<T extends Manifest>(items: readonly T[], compat: "v3" | "v4"): T[] {
  const order: readonly string[] = INSTALL_ORDER[compat];
  const rank = (kind: string): number => {
    const found = order.indexOf(kind);
    return found < 0 ? order.length : found;
  };
  return [...items].sort((a, b) => {
    const difference = rank(a.kind) - rank(b.kind);
    if (difference !== 0 || a.kind === b.kind || rank(a.kind) < order.length) return difference;
    return a.kind < b.kind ? -1 : 1;
  });
}
