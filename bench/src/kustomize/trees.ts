import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One application's manifests: 75 lines, the kinds most repositories are made of. */
function application(index: number): string {
  const name = `app-${index}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: ${name}
  annotations:
    description: Serves requests of ${name} and nothing else
spec:
  replicas: 2
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      serviceAccountName: ${name}
      containers:
        - name: main
          image: registry.example/team/${name}:1.${index}.0
          args: ["--port=8080", "--verbose"]
          env:
            - name: LEVEL
              value: info
            - name: TOKEN
              valueFrom:
                secretKeyRef:
                  name: ${name}
                  key: token
          envFrom:
            - configMapRef:
                name: ${name}
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
          volumeMounts:
            - name: config
              mountPath: /etc/${name}
      volumes:
        - name: config
          configMap:
            name: ${name}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  region: eu-1
  settings.yaml: |
    listen: 0.0.0.0:8080
    upstream: https://${name}.example/v1
`;
}

/** A CustomResourceDefinition of some 1,500 lines, as operators bring them: most lines of large trees are in such. */
function definition(index: number): string {
  const field = (name: string, indent: string): string =>
    `${indent}${name}:\n${indent}  type: string\n${indent}  description: What ${name} is for, in a sentence that tells it\n`;
  let properties = "";
  for (let group = 0; group < GROUPS; group++) {
    properties += `                group${group}:\n                  type: object\n                  properties:\n`;
    for (let one = 0; one < FIELDS; one++) properties += field(`field${one}`, "                    ");
  }
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things${index}.example.com
spec:
  group: example.com
  names:
    kind: Thing${index}
    plural: things${index}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
${properties}`;
}

const GROUPS = 25;
const FIELDS = 19;
const LINES_PER_DEFINITION = definition(0).split("\n").length - 1;

const LINES_PER_APPLICATION = application(0).split("\n").length - 1;

function patch(index: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
spec:
  template:
    spec:
      containers:
        - name: main
          resources:
            limits:
              memory: 512Mi
`;
}

/** A base of about so many lines under some overlays, each with names, labels, images, patches and a generated ConfigMap. */
export function writeTree(folder: string, lines: number, overlays: number): void {
  // Nine in ten lines of a large tree are definitions, as in the trees of operators; a small one has none.
  const definitions = lines > LINES_PER_DEFINITION * 10 ? Math.round((lines * 0.9) / LINES_PER_DEFINITION) : 0;
  const count = Math.round((lines - definitions * LINES_PER_DEFINITION) / LINES_PER_APPLICATION);
  const files: Record<string, string> = {};
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    names.push(`app-${index}.yaml`);
    files[`base/app-${index}.yaml`] = application(index);
  }
  for (let index = 0; index < definitions; index++) {
    names.push(`definition-${index}.yaml`);
    files[`base/definition-${index}.yaml`] = definition(index);
  }
  files["base/kustomization.yaml"] = `resources:\n${names.map((name) => `  - ${name}\n`).join("")}`;
  for (let overlay = 0; overlay < overlays; overlay++) {
    const patched = [0, 1, 2, 3, 4].map((index) => (index * 7 + overlay) % count);
    const at = `overlays/o${overlay}`;
    for (const index of patched) files[`${at}/patch-${index}.yaml`] = patch(index);
    files[`${at}/kustomization.yaml`] = `resources: [../../base]
namespace: space-${overlay}
namePrefix: o${overlay}-
labels:
  - pairs: {team: shop, stage: o${overlay}}
    includeTemplates: true
images:
  - {name: registry.example/team/app-1, newTag: "2.0"}
  - {name: registry.example/team/app-2, newName: mirror.example/app-2}
replicas:
  - {name: app-3, count: 4}
configMapGenerator:
  - name: generated
    literals: [stage=o${overlay}]
patches:
${patched.map((index) => `  - path: patch-${index}.yaml\n`).join("")}`;
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
