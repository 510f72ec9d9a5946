import type { KubeObject } from "@fairlead/apimachinery";
import { applicationCrds } from "@fairlead/apps";
import { externalSecretsCrds, sealedSecretCrd } from "@fairlead/secrets";
import { SEALED_SECRETS_PORT, sealedSecretsService } from "../up/sealed-secrets.ts";

export interface InstallOptions {
  readonly namespace: string;
  /** Of the container; its entry point is the fairlead command. */
  readonly image: string;
  readonly replicas: number;
  /** Addresses that may call the webhook and read the metrics; empty: the whole cluster. */
  readonly allowFrom: readonly string[];
}

const NAME = "fairlead-controller";
const PORT = 8080;
const USER_ID = 65_532;

/** What the controller needs on a cluster, in the order in which it is applied. */
export function installManifests(options: InstallOptions): KubeObject[] {
  const { namespace } = options;
  return [
    ...applicationCrds(),
    sealedSecretCrd(),
    ...externalSecretsCrds(),
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: named(namespace) },
    clusterRole(),
    binding(namespace),
    defaultProject(namespace),
    deployment(options),
    service(namespace),
    sealedSecretsService(),
    networkPolicy(options),
    disruptionBudget(namespace),
  ];
}

/** Argo CD's own default: everything is allowed, until a platform team narrows it. */
export function defaultProject(namespace: string): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace },
    spec: {
      sourceRepos: ["*"],
      sourceNamespaces: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  };
}

function labels(): Record<string, string> {
  return { "app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "fairlead" };
}

function selector(): Record<string, string> {
  return { "app.kubernetes.io/name": NAME };
}

function named(namespace?: string): { name: string; namespace?: string; labels: Record<string, string> } {
  return { name: NAME, ...(namespace === undefined ? {} : { namespace }), labels: labels() };
}

/** Applications may hold objects of any kind, so whoever applies them must be allowed all, as Argo CD's controller is. */
function clusterRole(): KubeObject {
  const all = ["*"];
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: named(),
    rules: [
      { apiGroups: all, resources: all, verbs: all },
      { nonResourceURLs: all, verbs: all },
    ],
  };
}

function binding(namespace: string): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: named(),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME },
    subjects: [{ kind: "ServiceAccount", name: NAME, namespace }],
  };
}

function deployment({ namespace, image, replicas }: InstallOptions): KubeObject {
  const probe = { httpGet: { path: "/healthz", port: "http" } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: named(namespace),
    spec: {
      replicas,
      selector: { matchLabels: selector() },
      template: {
        metadata: { labels: labels() },
        spec: {
          serviceAccountName: NAME,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER_ID,
            fsGroup: USER_ID,
            seccompProfile: { type: "RuntimeDefault" },
          },
          // Longer than an operation needs to be broken off in an orderly way.
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: "controller",
              image,
              args: controllerArguments(namespace),
              env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
              ports: [
                { name: "http", containerPort: PORT },
                { name: "sealed-secrets", containerPort: SEALED_SECRETS_PORT },
              ],
              // It listens once it has seen the cluster, which takes as long as the cluster is large.
              startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 150 },
              readinessProbe: { ...probe, periodSeconds: 10 },
              livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
              resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "2Gi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
              volumeMounts: [
                { name: "data", mountPath: "/data" },
                { name: "tmp", mountPath: "/tmp" },
              ],
            },
          ],
          volumes: [
            { name: "data", emptyDir: {} },
            { name: "tmp", emptyDir: {} },
          ],
        },
      },
    },
  };
}

function controllerArguments(namespace: string): string[] {
  const places = ["--namespace", namespace, "--data", "/data"];
  const ports = ["--listen", `0.0.0.0:${PORT}`, "--sealed-secrets-listen", `0.0.0.0:${SEALED_SECRETS_PORT}`];
  return ["controller", ...places, ...ports];
}

function service(namespace: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: named(namespace),
    spec: { selector: selector(), ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }] },
  };
}

/** In: webhooks and metrics on one port, kubeseal's questions by way of the API server on the other. Out: everything, since sources and clusters are anywhere. */
function networkPolicy({ namespace, allowFrom }: InstallOptions): KubeObject {
  const from = allowFrom.length === 0 ? [{ namespaceSelector: {} }] : allowFrom.map((cidr) => ({ ipBlock: { cidr } }));
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: named(namespace),
    spec: {
      podSelector: { matchLabels: selector() },
      policyTypes: ["Ingress"],
      // From where the API server calls is its cluster's own affair; whoever asks there is looked at by the controller.
      ingress: [
        { from, ports: [{ port: "http", protocol: "TCP" }] },
        { ports: [{ port: "sealed-secrets", protocol: "TCP" }] },
      ],
    },
  };
}

function disruptionBudget(namespace: string): KubeObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: named(namespace),
    spec: { maxUnavailable: 1, selector: { matchLabels: selector() } },
  };
}
