/** Manifests of the kinds platform teams use most, written as people write them: short forms, quantities in any spelling, defaults left out. */
export const MANIFESTS: Readonly<Record<string, string>> = {
  "workloads.yaml": `
apiVersion: v1
kind: ServiceAccount
metadata: { name: web }
---
apiVersion: v1
kind: Secret
metadata: { name: web }
stringData: { password: example }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { mode: production, colour: blue }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 1 } }
  template:
    metadata: { labels: { app: web }, creationTimestamp: null }
    spec:
      serviceAccountName: web
      securityContext: { runAsNonRoot: true }
      containers:
        - name: web
          image: nginx:1.27
          resources: { requests: { cpu: 0.5, memory: 1024Mi }, limits: { cpu: "1", memory: 2048Mi } }
          ports: [{ containerPort: 80 }, { containerPort: 53, protocol: UDP }, { containerPort: 53, protocol: TCP }]
          env:
            - { name: A, value: "1" }
            - { name: B, valueFrom: { secretKeyRef: { name: web, key: password } } }
            - { name: C, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
          readinessProbe: { httpGet: { port: 80 } }
          livenessProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: 5 }
          volumeMounts: [{ name: tmp, mountPath: /tmp }, { name: config, mountPath: /etc/web }]
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: web } } }]
      volumes: [{ name: tmp, emptyDir: {} }, { name: config, configMap: { name: web } }]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: postgres, resources: { requests: { memory: 0.5Gi } } }] }
  volumeClaimTemplates: [{ metadata: { name: data }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1024Mi } } } }]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec: { selector: { matchLabels: { app: agent } }, template: { metadata: { labels: { app: agent } }, spec: { hostNetwork: true, containers: [{ name: agent, image: agent, ports: [{ containerPort: 9100, hostPort: 9100 }] }] } } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec: { schedule: "0 1 * * *", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: run, image: busybox }] } } } } }
`,
  "network.yaml": `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }, { name: dns, port: 53, protocol: UDP }, { name: dns-tcp, port: 53 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec: { rules: [{ host: web.example.com, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] } }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 80 }] }] }
`,
  "policy.yaml": `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, maxReplicas: 4, metrics: [{ type: Resource, resource: { name: memory, target: { type: AverageValue, averageValue: 1024Mi } } }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 50%, selector: { matchLabels: { app: web } } }
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quota }
spec: { hard: { requests.cpu: "10000m", requests.memory: 10240Mi, pods: "50" } }
---
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [{ type: Container, default: { cpu: 0.5 }, defaultRequest: { cpu: 0.1 } }] }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1024Mi } } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: conformance-reader }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: conformance-reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: conformance-reader }
subjects: [{ kind: ServiceAccount, name: web, namespace: shop }]
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: conformance-high }
value: 1000
`,
  "custom.yaml": `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.conformance.example.com }
spec:
  group: conformance.example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer, default: 1 }, name: { type: string }, memory: { x-kubernetes-int-or-string: true } } } } } }
---
apiVersion: conformance.example.com/v1
kind: Widget
metadata: { name: w }
spec: { name: x, memory: 1024Mi }
`,
};
