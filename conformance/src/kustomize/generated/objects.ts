import type { JsonObject } from "@fairlead/base";
import type { Random } from "../../objects/random.ts";

/** Few names, so that objects refer to one another. */
export const NAMES = ["web", "db", "queue"] as const;
export const IMAGES = ["nginx", "nginx:1.25", "registry.example:5000/team/app:v1", "busybox@sha256:0123", "app"] as const;
const NAMESPACES = [undefined, undefined, undefined, "shop", "default"] as const;

/** Three to nine objects of different kinds; names begin with the prefix. */
export function randomObjects(dice: Random, prefix: string): JsonObject[] {
  const objects = new Map<string, JsonObject>();
  const count = 3 + dice.below(7);
  for (let index = 0; index < count; index++) {
    const object = dice.pick(MAKERS)(dice, prefix);
    const { name, namespace = "default" } = object["metadata"] as JsonObject;
    // One of a kind and name in all but a few cases: two namespaces become one easily.
    const place = dice.chance(0.05) ? String(namespace) : "";
    objects.set(`${String(object["kind"])} ${place}/${String(name)}`, object);
  }
  return [...objects.values()];
}

type Maker = (dice: Random, prefix: string) => JsonObject;

function named(dice: Random, prefix: string): string {
  return prefix + dice.pick(NAMES);
}

function object(dice: Random, prefix: string, apiVersion: string, kind: string, rest: JsonObject, isCluster = false): JsonObject {
  const namespace = isCluster ? undefined : dice.pick(NAMESPACES);
  const metadata: JsonObject = { name: named(dice, prefix), ...(namespace === undefined ? {} : { namespace }) };
  if (dice.chance(0.4)) metadata["labels"] = { app: dice.pick(NAMES), ...(dice.chance(0.3) ? { tier: "back" } : {}) };
  if (dice.chance(0.2)) metadata["annotations"] = { note: dice.pick(["yes", "1", "a: b", "long text that says little"]) };
  return { apiVersion, kind, metadata, ...rest };
}

function podTemplate(dice: Random, prefix: string): JsonObject {
  const container = (name: string): JsonObject => ({
    name,
    image: dice.pick(IMAGES),
    ...(dice.chance(0.4) ? { args: ["--host=$(HOST)", "--port", "80"] } : {}),
    ...(dice.chance(0.5)
      ? {
          env: [
            { name: "HOST", value: "localhost" },
            ...(dice.chance(0.5)
              ? [{ name: "KEY", valueFrom: { configMapKeyRef: { name: named(dice, prefix), key: "one" } } }]
              : []),
            ...(dice.chance(0.5)
              ? [{ name: "PASS", valueFrom: { secretKeyRef: { name: named(dice, prefix), key: "two" } } }]
              : []),
          ],
        }
      : {}),
    ...(dice.chance(0.3) ? { envFrom: [{ configMapRef: { name: named(dice, prefix) } }] } : {}),
    ...(dice.chance(0.4) ? { ports: [{ containerPort: 80, name: "http" }, { containerPort: 80, protocol: "UDP" }] } : {}),
    ...(dice.chance(0.3) ? { volumeMounts: [{ name: "data", mountPath: "/data" }] } : {}),
    ...(dice.chance(0.3) ? { resources: { limits: { cpu: 1, memory: "1Gi" } } } : {}),
  });
  return {
    metadata: { labels: { app: dice.pick(NAMES) }, ...(dice.chance(0.2) ? { annotations: { at: "1" } } : {}) },
    spec: {
      ...(dice.chance(0.3) ? { serviceAccountName: named(dice, prefix) } : {}),
      ...(dice.chance(0.2) ? { imagePullSecrets: [{ name: named(dice, prefix) }] } : {}),
      ...(dice.chance(0.2) ? { initContainers: [container("init")] } : {}),
      ...(dice.chance(0.15)
        ? {
            topologySpreadConstraints: [
              { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "web" } } },
            ],
          }
        : {}),
      ...(dice.chance(0.15)
        ? {
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { topologyKey: "host", labelSelector: { matchLabels: { app: "web" } } },
                ],
              },
            },
          }
        : {}),
      containers: dice.chance(0.3) ? [container("main"), container("side")] : [container("main")],
      ...(dice.chance(0.4)
        ? {
            volumes: [
              { name: "data", configMap: { name: named(dice, prefix) } },
              ...(dice.chance(0.5) ? [{ name: "keys", secret: { secretName: named(dice, prefix) } }] : []),
              ...(dice.chance(0.3) ? [{ name: "disk", persistentVolumeClaim: { claimName: named(dice, prefix) } }] : []),
              ...(dice.chance(0.3)
                ? [{ name: "both", projected: { sources: [{ configMap: { name: named(dice, prefix) } }, { secret: { name: named(dice, prefix) } }] } }]
                : []),
            ],
          }
        : {}),
    },
  };
}

function selector(dice: Random): JsonObject {
  return { matchLabels: { app: dice.pick(NAMES) } };
}

const MAKERS: readonly [Maker, ...Maker[]] = [
  (dice, prefix) =>
    object(dice, prefix, "apps/v1", "Deployment", {
      spec: {
        ...(dice.chance(0.5) ? { replicas: 1 } : {}),
        selector: selector(dice),
        template: podTemplate(dice, prefix),
      },
    }),
  (dice, prefix) =>
    object(dice, prefix, "apps/v1", "StatefulSet", {
      spec: {
        serviceName: named(dice, prefix),
        selector: selector(dice),
        template: podTemplate(dice, prefix),
        ...(dice.chance(0.5)
          ? { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { storageClassName: named(dice, prefix) } }] }
          : {}),
      },
    }),
  (dice, prefix) =>
    object(dice, prefix, "apps/v1", "DaemonSet", { spec: { selector: selector(dice), template: podTemplate(dice, prefix) } }),
  (dice, prefix) =>
    object(dice, prefix, "batch/v1", "CronJob", {
      spec: { schedule: "0 * * * *", jobTemplate: { spec: { template: podTemplate(dice, prefix) } } },
    }),
  (dice, prefix) => object(dice, prefix, "batch/v1", "Job", { spec: { template: podTemplate(dice, prefix) } }),
  (dice, prefix) =>
    object(dice, prefix, "v1", "Service", {
      spec: {
        ...(dice.chance(0.7) ? { selector: { app: dice.pick(NAMES) } } : {}),
        ports: [{ port: 80, targetPort: "http" }, { port: 443, protocol: "TCP", name: "tls" }],
      },
    }),
  (dice, prefix) => object(dice, prefix, "v1", "ConfigMap", { data: { one: "1", "file.txt": "a\nb\n", json: '{"a": {"b": 1}}' } }),
  (dice, prefix) => object(dice, prefix, "v1", "Secret", { type: "Opaque", data: { two: "Mg==" } }),
  (dice, prefix) => object(dice, prefix, "v1", "ServiceAccount", dice.chance(0.3) ? { secrets: [{ name: named(dice, prefix) }] } : {}),
  (dice, prefix) =>
    object(dice, prefix, "rbac.authorization.k8s.io/v1", "Role", {
      rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: [named(dice, prefix)], verbs: ["get"] }],
    }),
  (dice, prefix) =>
    object(dice, prefix, "rbac.authorization.k8s.io/v1", "RoleBinding", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: dice.pick(["Role", "ClusterRole"]), name: named(dice, prefix) },
      subjects: [
        { kind: "ServiceAccount", name: dice.pick([named(dice, prefix), "default"]), ...(dice.chance(0.5) ? { namespace: "shop" } : {}) },
      ],
    }),
  (dice, prefix) =>
    object(dice, prefix, "rbac.authorization.k8s.io/v1", "ClusterRole", { rules: [] }, true),
  (dice, prefix) =>
    object(
      dice,
      prefix,
      "rbac.authorization.k8s.io/v1",
      "ClusterRoleBinding",
      {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: named(dice, prefix) },
        subjects: [{ kind: "ServiceAccount", name: named(dice, prefix), namespace: dice.pick(["shop", "default"]) }],
      },
      true,
    ),
  (dice, prefix) =>
    object(dice, prefix, "networking.k8s.io/v1", "Ingress", {
      spec: {
        ...(dice.chance(0.3) ? { ingressClassName: named(dice, prefix) } : {}),
        tls: [{ hosts: ["a.example"], secretName: named(dice, prefix) }],
        rules: [
          {
            host: "a.example",
            http: {
              paths: [
                { path: "/", pathType: "Prefix", backend: { service: { name: named(dice, prefix), port: { number: 80 } } } },
              ],
            },
          },
        ],
      },
    }),
  (dice, prefix) =>
    object(dice, prefix, "autoscaling/v2", "HorizontalPodAutoscaler", {
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: "apps/v1", kind: dice.pick(["Deployment", "StatefulSet"]), name: named(dice, prefix) },
      },
    }),
  (dice, prefix) => object(dice, prefix, "policy/v1", "PodDisruptionBudget", { spec: { minAvailable: 1, selector: selector(dice) } }),
  (dice, prefix) =>
    object(dice, prefix, "networking.k8s.io/v1", "NetworkPolicy", {
      spec: { podSelector: selector(dice), ingress: [{ from: [{ podSelector: selector(dice) }] }] },
    }),
  (dice, prefix) => object(dice, prefix, "v1", "PersistentVolumeClaim", { spec: { volumeName: named(dice, prefix) } }),
  (dice, prefix) => object(dice, prefix, "v1", "Namespace", {}, true),
  (dice, prefix) =>
    object(dice, prefix, "example.com/v1", "Thing", {
      spec: { image: "nginx", containers: [{ name: "x", image: "nginx:1" }], list: [1, 2.5, "3", true, null], ref: { name: named(dice, prefix) } },
    }),
  (dice, prefix) =>
    object(
      dice,
      prefix,
      "admissionregistration.k8s.io/v1",
      "ValidatingWebhookConfiguration",
      { webhooks: [{ name: "a.example.com", clientConfig: { service: { name: named(dice, prefix), namespace: "shop" } } }] },
      true,
    ),
];
