import type { KindRef } from "@fairlead/kube";

/** The kinds the controllers watch, in the versions they read. */
export const KINDS = {
  pod: { apiVersion: "v1", kind: "Pod" },
  node: { apiVersion: "v1", kind: "Node" },
  namespace: { apiVersion: "v1", kind: "Namespace" },
  service: { apiVersion: "v1", kind: "Service" },
  endpoints: { apiVersion: "v1", kind: "Endpoints" },
  endpointSlice: { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
  deployment: { apiVersion: "apps/v1", kind: "Deployment" },
  replicaSet: { apiVersion: "apps/v1", kind: "ReplicaSet" },
  statefulSet: { apiVersion: "apps/v1", kind: "StatefulSet" },
  daemonSet: { apiVersion: "apps/v1", kind: "DaemonSet" },
  controllerRevision: { apiVersion: "apps/v1", kind: "ControllerRevision" },
  job: { apiVersion: "batch/v1", kind: "Job" },
  cronJob: { apiVersion: "batch/v1", kind: "CronJob" },
  ingress: { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  claim: { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  volume: { apiVersion: "v1", kind: "PersistentVolume" },
  storageClass: { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" },
  serviceAccount: { apiVersion: "v1", kind: "ServiceAccount" },
  autoscaler: { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  budget: { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
} as const satisfies Record<string, KindRef>;

/** Field managers and event sources of the components whose work this is. */
export const MANAGERS = {
  controllers: "kube-controller-manager",
  scheduler: "kube-scheduler",
  kubelet: "kubelet",
} as const;
