const deployment = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: main, image: "${image}", ports: [{containerPort: 80}], resources: {requests: {cpu: "0.1", memory: 64Mi}}}
`;

const job = (name: string, hook: string): string => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  annotations: {argocd.argoproj.io/hook: ${hook}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1"}]
`;

const configMap = (name: string, value: string, wave = "0"): string => `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, annotations: {argocd.argoproj.io/sync-wave: "${wave}"}}
data: {value: "${value}"}
`;

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

const DATABASE = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main, image: "postgres:17"}]}
`;

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: beacons.argo.example.com}
spec:
  group: argo.example.com
  scope: Namespaced
  names: {plural: beacons, singular: beacon, kind: Beacon, listKind: BeaconList}
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
                size: {type: integer, default: 3}
                colour: {type: string}
`;

const BEACON = `apiVersion: argo.example.com/v1
kind: Beacon
metadata: {name: north}
spec: {colour: red}
`;

/** Two folders: plain files with hooks, waves and a definition; a kustomization. */
export const CLUSTER_FILES: Readonly<Record<string, string>> = {
  "plain/web.yaml": deployment("nginx:1.27"),
  "plain/service.yaml": SERVICE,
  "plain/before.yaml": job("before", "PreSync"),
  "plain/after.yaml": job("after", "PostSync"),
  "plain/early.yaml": configMap("early", "1", "-1"),
  "plain/late.yaml": configMap("late", "1", "5"),
  "plain/definition.yaml": DEFINITION,
  "plain/beacon.yaml": BEACON,
  "base/kustomization.yaml": "resources: [web.yaml, service.yaml, db.yaml]\n",
  "base/web.yaml": deployment("nginx:1.27"),
  "base/service.yaml": SERVICE,
  "base/db.yaml": DATABASE,
  "overlay/kustomization.yaml":
    "resources: [../base]\nimages: [{name: nginx, newTag: 1.27-alpine}]\nconfigMapGenerator: [{name: settings, literals: [mode=first]}]\n",
};

/** A new image, a changed value, one object fewer and one more. */
export const SECOND_COMMIT: Readonly<Record<string, string | null>> = {
  "plain/web.yaml": deployment("nginx:1.28"),
  "plain/late.yaml": null,
  "plain/early.yaml": configMap("early", "2", "-1"),
  "plain/new.yaml": configMap("new", "1"),
  "overlay/kustomization.yaml":
    "resources: [../base]\nimages: [{name: nginx, newTag: 1.28-alpine}]\nconfigMapGenerator: [{name: settings, literals: [mode=second]}]\n",
};
