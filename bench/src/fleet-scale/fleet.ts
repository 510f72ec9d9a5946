import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "@fairlead/apimachinery";
import { execGit } from "../support/git.ts";

export const OBJECTS_PER_APPLICATION = 10;

function nameOf(index: number): string {
  return `app-${String(index).padStart(5, "0")}`;
}

/**
 * A configuration repository: six applications in ten are directories of manifests, three are overlays of one base, one is a chart.
 * Each gives ten objects.
 */
export async function makeFleetRepository(repository: string, applications: number): Promise<void> {
  write(repository, "base/kustomization.yaml", "resources: [objects.yaml]\n");
  write(repository, "base/objects.yaml", manifests("base"));
  for (let index = 0; index < applications; index++) {
    const name = nameOf(index);
    const folder = `apps/${name}`;
    if (index % 10 < 6) write(repository, `${folder}/objects.yaml`, manifests(name));
    else if (index % 10 < 9) {
      const text = `resources: [../../base]\nnamePrefix: ${name}-\nimages: [{ name: registry.example.com/shop, newTag: v${index} }]\n`;
      write(repository, `${folder}/kustomization.yaml`, text);
    } else {
      write(repository, `${folder}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
      write(repository, `${folder}/values.yaml`, "colour: blue\n");
      write(repository, `${folder}/templates/objects.yaml`, manifests("{{ .Release.Name }}", "{{ .Values.colour }}"));
    }
  }
  await execGit(repository, "init", "--quiet", "--initial-branch=main");
  await execGit(repository, "add", "--all");
  await execGit(repository, "commit", "--quiet", "--message", "first");
}

export function fleetApplication(repository: string, index: number, cluster: string): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: nameOf(index), namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: `file://${repository}`, targetRevision: "main", path: `apps/${nameOf(index)}` },
      destination: { name: cluster, namespace: "fleet" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  };
}

function write(repository: string, path: string, text: string): void {
  const file = join(repository, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}

/** A Deployment and what usually stands around one. */
function manifests(name: string, colour = "blue"): string {
  const metadata = (suffix: string): object => ({
    name: suffix === "" ? name : `${name}-${suffix}`,
    labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop", tier: "backend" },
  });
  const objects = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata("") },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: metadata(""),
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: metadata(""),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: "fleet" }],
    },
    { apiVersion: "v1", kind: "Secret", metadata: metadata(""), stringData: { token: `token-of-${name}` } },
    ...[1, 2, 3, 4].map((part) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata(String(part)),
      data: { colour, "settings.properties": `part=${part}\n${"key=a value that says something\n".repeat(12)}` },
    })),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(""),
      spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    },
    deployment(name, metadata("")),
  ];
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}

function deployment(name: string, metadata: object): object {
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  const env = ["REGION", "LOG_LEVEL", "DATABASE_URL", "CACHE_URL", "QUEUE"].map((key) => ({
    name: key,
    value: `${key} of it`,
  }));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name: "app",
              image: "registry.example.com/shop:v1",
              ports: [{ name: "http", containerPort: 8080 }],
              env,
              resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
              livenessProbe: probe,
              readinessProbe: probe,
              volumeMounts: [{ name: "settings", mountPath: "/etc/settings" }],
            },
          ],
          volumes: [{ name: "settings", configMap: { name: `${name}-1` } }],
        },
      },
    },
  };
}
