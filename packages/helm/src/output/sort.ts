import { ownText, problemsOf, ProblemError, RecentMap, type Json, type Problem } from "@fairlead/base";
import { trimSpace, trimSpaceStart } from "@fairlead/gotemplate";
import { decodeYaml } from "@fairlead/yaml";
import { decodeTyped, TEXT, TEXT_MAP, type Shape } from "../chart/typed.ts";
import { HELM_LIMITS } from "../limits.ts";
import { splitManifests } from "./split.ts";

/** One document of a chart's output. */
export interface Manifest {
  /** Template path, `chart/templates/x.yaml`. */
  readonly path: string;
  readonly text: string;
  readonly kind: string;
  readonly name: string;
}

export interface Hook extends Manifest {
  readonly events: readonly string[];
  readonly weight: number;
  readonly deletePolicies: readonly string[];
}

const HOOK = "helm.sh/hook";
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
    if (path.slice(path.lastIndexOf("/") + 1).startsWith("_") || trimSpaceStart(text) === "") continue;
    for (const document of splitManifests(text, compat)) {
      const read = readManifest(path, document, compat);
      const asked = Object.hasOwn(read.annotations, HOOK) ? read.annotations[HOOK] : undefined;
      if (asked === undefined) manifests.push(read.manifest);
      else hooks.push(...readHook(read, asked));
    }
  }
  return { manifests: byKind(manifests, compat), hooks: byKind(hooks, compat) };
}

/** The part of a document that Helm looks at; `releaseutil` is the package in Helm 3, `util` in Helm 4. */
const HEAD: Readonly<Record<"v3" | "v4", Shape>> = { v3: headIn("releaseutil"), v4: headIn("util") };

interface Head {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
}

function headIn(prefix: string): Shape {
  const metadata: Shape = {
    kind: "struct",
    name: "",
    type: 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }',
    fields: { name: TEXT, annotations: TEXT_MAP },
  };
  const fields = { apiVersion: TEXT, kind: TEXT, metadata };
  return { kind: "struct", name: "SimpleHead", type: `${prefix}.SimpleHead`, fields };
}

interface ReadManifest {
  readonly manifest: Manifest;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A render repeats most of what the last one gave, CRDs above all: a document is read once. */
const heads = {
  v3: new RecentMap<string, Head>(HELM_LIMITS.headCharsKept),
  v4: new RecentMap<string, Head>(HELM_LIMITS.headCharsKept),
};

function readManifest(path: string, text: string, compat: "v3" | "v4"): ReadManifest {
  let head = heads[compat].get(text);
  if (head === undefined) {
    head = readHead(path, text, compat);
    heads[compat].set(ownText(text), head, text.length);
  }
  const { kind = "", metadata = {} } = head;
  return { manifest: { path, text, kind, name: metadata.name ?? "" }, annotations: metadata.annotations ?? {} };
}

/** @throws ProblemError ChartManifestInvalid */
function readHead(path: string, text: string, compat: "v3" | "v4"): Head {
  const fault = (problem: Problem): Problem => ({
    ...problem,
    code: "ChartManifestInvalid",
    message: `YAML parse error on ${path}: ${problem.message}`,
  });
  let value: Json;
  try {
    value = decodeYaml(text);
  } catch (error) {
    throw new ProblemError(problemsOf(error, { file: path }).map(fault), { cause: error });
  }
  const decoded = decodeTyped(value, HEAD[compat]);
  if (decoded.fault !== undefined) {
    const message = `error unmarshaling JSON: while decoding JSON: ${decoded.fault}`;
    throw new ProblemError(fault({ code: "ChartManifestInvalid", message, file: path }));
  }
  return (decoded.value ?? {}) as Head;
}

function readHook({ manifest, annotations }: ReadManifest, asked: string): Hook[] {
  const events = asked.split(",").map((event) => trimSpace(event).toLowerCase());
  if (!events.every((event) => HOOK_EVENTS.has(event))) return [];
  const weight = annotations["helm.sh/hook-weight"] ?? "";
  const policies = annotations["helm.sh/hook-delete-policy"]
    ?.split(",")
    .map((policy) => trimSpace(policy).toLowerCase());
  return [
    {
      ...manifest,
      events: events.map((event) => (event === "test-success" ? "test" : event)),
      // Go's Atoi: anything else is 0.
      weight: /^[+-]?\d+$/.test(weight) ? Number(weight) : 0,
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
