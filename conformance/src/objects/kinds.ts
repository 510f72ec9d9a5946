import type { KubeObject } from "@fairlead/apimachinery";
import type { Random } from "./random.ts";

type Body = Record<string, unknown>;

/** One kind the interleavings play with. */
export interface PlayKind {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Path of the collection. */
  readonly path: string;
  /** Of custom kinds. */
  readonly definition?: KubeObject;
  /** `apiVersion`s that writers choose from, where there are several. */
  readonly versions?: readonly string[];
  readonly hasStatus?: boolean;
  /** A random valid body, without apiVersion, kind and metadata.name. Small alphabets, so that writers meet in the same fields. */
  body(random: Random): Body;
}

const NAMESPACE = "/namespaces/default";

export function strings(random: Random, alphabet: readonly string[]): Record<string, string> {
  return Object.fromEntries(random.some(alphabet).map((key) => [key, random.pick(["1", "2", "3"])]));
}

export function metadata(random: Random): Body {
  const out: Body = {};
  if (random.chance(0.6)) out["labels"] = strings(random, ["a", "b", "team.io/c"]);
  if (random.chance(0.4)) out["annotations"] = strings(random, ["x", "y"]);
  if (random.chance(0.15)) out["finalizers"] = random.some(["example.com/one", "example.com/two"]);
  return out;
}

function container(random: Random, name: string): Body {
  const out: Body = { name, image: random.pick(["web:1", "web:2"]) };
  if (random.chance(0.5)) {
    out["ports"] = random.some([80, 81, 82]).map((containerPort) => ({
      containerPort,
      ...(random.chance(0.5) ? { protocol: "TCP" } : {}),
      ...(random.chance(0.3) ? { name: `p${containerPort}` } : {}),
    }));
  }
  if (random.chance(0.5))
    out["env"] = random.some(["A", "B", "C"]).map((env) => ({ name: env, value: random.pick(["1", "2"]) }));
  if (random.chance(0.4)) out["args"] = random.some(["--a", "--b"]);
  if (random.chance(0.4)) out["resources"] = { requests: strings(random, ["cpu", "memory"]) };
  if (random.chance(0.3)) out["livenessProbe"] = { httpGet: { port: random.pick([80, "http"]) }, periodSeconds: 5 };
  if (random.chance(0.3)) out["volumeMounts"] = [{ name: "v", mountPath: random.pick(["/a", "/b"]) }];
  return out;
}

function podTemplate(random: Random): Body {
  const spec: Body = { containers: random.some(["one", "two"], 0.7).map((name) => container(random, name)) };
  if ((spec["containers"] as unknown[]).length === 0) spec["containers"] = [container(random, "one")];
  spec["volumes"] = [{ name: "v", emptyDir: {} }];
  if (random.chance(0.3)) spec["nodeSelector"] = strings(random, ["disk", "zone"]);
  if (random.chance(0.3)) spec["tolerations"] = [{ key: "k", operator: "Exists" }];
  return { metadata: { labels: { app: "x", ...strings(random, ["a"]) } }, spec };
}

export const BUILTIN_KINDS: readonly PlayKind[] = [
  {
    name: "configmap",
    apiVersion: "v1",
    kind: "ConfigMap",
    path: `/api/v1${NAMESPACE}/configmaps`,
    body: (random) => ({ metadata: metadata(random), data: strings(random, ["k1", "k2", "k3"]) }),
  },
  {
    name: "role",
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    path: `/apis/rbac.authorization.k8s.io/v1${NAMESPACE}/roles`,
    body: (random) => ({
      metadata: metadata(random),
      rules: random
        .some(["pods", "secrets"])
        .map((resource) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] })),
    }),
  },
  {
    name: "deployment",
    apiVersion: "apps/v1",
    kind: "Deployment",
    path: `/apis/apps/v1${NAMESPACE}/deployments`,
    hasStatus: true,
    body: (random) => ({
      metadata: metadata(random),
      spec: {
        selector: { matchLabels: { app: "x" } },
        template: podTemplate(random),
        ...(random.chance(0.5) ? { replicas: random.below(3) } : {}),
        ...(random.chance(0.3)
          ? { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: random.pick([1, "50%"]) } } }
          : {}),
        ...(random.chance(0.2) ? { paused: random.chance(0.5) } : {}),
      },
    }),
  },
  {
    name: "serviceaccount",
    apiVersion: "v1",
    kind: "ServiceAccount",
    path: `/api/v1${NAMESPACE}/serviceaccounts`,
    body: (random) => ({
      metadata: metadata(random),
      imagePullSecrets: random.some(["s1", "s2"]).map((name) => ({ name })),
      ...(random.chance(0.5) ? { automountServiceAccountToken: random.chance(0.5) } : {}),
    }),
  },
  {
    name: "networkpolicy",
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    path: `/apis/networking.k8s.io/v1${NAMESPACE}/networkpolicies`,
    body: (random) => ({
      metadata: metadata(random),
      spec: {
        podSelector: { matchLabels: strings(random, ["app"]) },
        policyTypes: ["Ingress"],
        ingress: random.some([80, 443]).map((port) => ({ ports: [{ port, protocol: "TCP" }] })),
      },
    }),
  },
];

const text = { type: "string" };
const textMap = { type: "object", additionalProperties: text };

/** Every kind of list and map a structural schema can have. */
const TOY_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "toys.play.fairlead.dev" },
  spec: {
    group: "play.fairlead.dev",
    scope: "Namespaced",
    names: { plural: "toys", singular: "toy", kind: "Toy", listKind: "ToyList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  text,
                  number: { type: "number" },
                  set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
                  numbers: { type: "array", items: { type: "integer" }, "x-kubernetes-list-type": "set" },
                  items: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: { name: text, size: { type: "integer" }, tags: textMap },
                    },
                  },
                  pairs: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["port", "protocol"],
                    items: {
                      type: "object",
                      required: ["port"],
                      properties: {
                        port: { type: "integer" },
                        protocol: { type: "string", default: "TCP" },
                        note: text,
                      },
                    },
                  },
                  atomicList: { type: "array", items: text, "x-kubernetes-list-type": "atomic" },
                  atomicMap: { ...textMap, "x-kubernetes-map-type": "atomic" },
                  labels: textMap,
                  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                  nested: {
                    type: "object",
                    properties: { inner: { type: "object", properties: { leaf: text } } },
                  },
                  either: { "x-kubernetes-int-or-string": true },
                },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
} as unknown as KubeObject;

export const TOYS: PlayKind = {
  name: "custom",
  apiVersion: "play.fairlead.dev/v1",
  kind: "Toy",
  path: `/apis/play.fairlead.dev/v1${NAMESPACE}/toys`,
  definition: TOY_CRD,
  hasStatus: true,
  body: (random) => ({
    metadata: metadata(random),
    spec: {
      ...(random.chance(0.5) ? { text: random.pick(["a", "b"]) } : {}),
      ...(random.chance(0.5) ? { number: random.pick([1, 2, 1.5]) } : {}),
      ...(random.chance(0.5) ? { set: random.some(["a", "b", "c", "d"]) } : {}),
      ...(random.chance(0.5) ? { numbers: random.some([1, 2, 3]) } : {}),
      ...(random.chance(0.6)
        ? {
            items: random.some(["a", "b", "c"]).map((name) => ({
              name,
              ...(random.chance(0.5) ? { size: random.below(3) } : {}),
              ...(random.chance(0.3) ? { tags: strings(random, ["t", "u"]) } : {}),
            })),
          }
        : {}),
      ...(random.chance(0.5)
        ? {
            pairs: random.some([1, 2]).map((port) => ({
              port,
              ...(random.chance(0.5) ? { protocol: random.pick(["TCP", "UDP"]) } : {}),
              ...(random.chance(0.5) ? { note: random.pick(["m", "n"]) } : {}),
            })),
          }
        : {}),
      ...(random.chance(0.4) ? { atomicList: random.some(["x", "y"]) } : {}),
      ...(random.chance(0.4) ? { atomicMap: strings(random, ["p", "q"]) } : {}),
      ...(random.chance(0.4) ? { labels: strings(random, ["p", "q"]) } : {}),
      ...(random.chance(0.4)
        ? { free: random.pick<unknown>([{ a: { b: 1 } }, { a: { c: [1, 2] }, d: "x" }, {}]) }
        : {}),
      ...(random.chance(0.4) ? { nested: { inner: random.chance(0.5) ? { leaf: random.pick(["1", "2"]) } : {} } } : {}),
      ...(random.chance(0.3) ? { either: random.pick<unknown>([1, "50%"]) } : {}),
    },
  }),
};
