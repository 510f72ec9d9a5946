/** A Deployment of about 3 KB as a cluster serves it: the text before its name, and all that follows. */
export function deploymentText(index: number, extra = ""): string {
  const name = `checkout-${index}`;
  const hex = index.toString(16).padStart(12, "0");
  return (
    `{"metadata":{"name":"${name}","namespace":"team-${index % 200}","uid":"0c5d2f6e-1b8a-4f3e-9c55-${hex}",` +
    `"resourceVersion":"${1_000_000 + index}","generation":${1 + (index % 9)},"creationTimestamp":"2026-03-04T05:06:07Z",` +
    `"labels":{"app.kubernetes.io/name":"${name}","app.kubernetes.io/part-of":"shop","team":"team-${index % 200}"},` +
    `"annotations":{"argocd.argoproj.io/tracking-id":"${name}:apps/Deployment:team-${index % 200}/${name}",` +
    `"deployment.kubernetes.io/revision":"${1 + (index % 30)}"${extra}},"managedFields":${MANAGED_FIELDS}},${SPEC(name, index)},${STATUS}}`
  );
}

const FIELDS_OF_SPEC = {
  "f:replicas": {},
  "f:selector": {},
  "f:strategy": { "f:type": {} },
  "f:template": {
    "f:metadata": { "f:labels": { "f:app.kubernetes.io/name": {} } },
    "f:spec": {
      "f:containers": {
        'k:{"name":"app"}': {
          ".": {},
          "f:env": { 'k:{"name":"LOG_LEVEL"}': { ".": {}, "f:name": {}, "f:value": {} } },
          "f:image": {},
          "f:name": {},
          "f:ports": { 'k:{"containerPort":8080,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:name": {} } },
          "f:resources": { "f:limits": { "f:memory": {} }, "f:requests": { "f:cpu": {}, "f:memory": {} } },
        },
      },
    },
  },
};

const MANAGED_FIELDS = JSON.stringify([
  {
    manager: "fairlead",
    operation: "Apply",
    apiVersion: "apps/v1",
    time: "2026-03-04T05:06:07Z",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": FIELDS_OF_SPEC },
  },
]);

const SPEC = (name: string, index: number): string =>
  `"spec":${JSON.stringify({
    replicas: 1 + (index % 7),
    selector: { matchLabels: { "app.kubernetes.io/name": name } },
    template: {
      metadata: { creationTimestamp: null, labels: { "app.kubernetes.io/name": name, version: `v${index % 50}` } },
      spec: {
        containers: [
          {
            name: "app",
            image: `registry.example.com/shop/checkout:1.${index % 100}.0`,
            ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
            env: [
              { name: "LOG_LEVEL", value: "info" },
              { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
            ],
            resources: { limits: { memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
            readinessProbe: {
              httpGet: { path: "/ready", port: "http", scheme: "HTTP" },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            terminationMessagePath: "/dev/termination-log",
            terminationMessagePolicy: "File",
            imagePullPolicy: "IfNotPresent",
          },
        ],
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        dnsPolicy: "ClusterFirst",
        securityContext: {},
        schedulerName: "default-scheduler",
      },
    },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  })}`;

const STATUS = `"status":${JSON.stringify({
  observedGeneration: 3,
  replicas: 3,
  updatedReplicas: 3,
  readyReplicas: 3,
  availableReplicas: 3,
  conditions: [
    {
      type: "Available",
      status: "True",
      lastUpdateTime: "2026-03-04T05:06:20Z",
      lastTransitionTime: "2026-03-04T05:06:20Z",
      reason: "MinimumReplicasAvailable",
      message: "Deployment has minimum availability.",
    },
    {
      type: "Progressing",
      status: "True",
      lastUpdateTime: "2026-03-04T05:06:21Z",
      lastTransitionTime: "2026-03-04T05:06:07Z",
      reason: "NewReplicaSetAvailable",
      message: "ReplicaSet has successfully progressed.",
    },
  ],
})}`;
