import type { KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";

/** The parts of built-in kinds that the controllers read and write. Everything else of an object passes through untouched. */

export interface Condition extends JsonObject {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

export interface PodTemplate extends JsonObject {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[] };
  spec: PodSpec;
}

export interface Container extends JsonObject {
  name: string;
  image?: string;
  ports?: Array<{ name?: string; containerPort: number; protocol?: string }>;
  resources?: { requests?: Record<string, string | number>; limits?: Record<string, string | number> };
  restartPolicy?: string;
}

export interface Toleration extends JsonObject {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface NodeSelectorTerm extends JsonObject {
  matchExpressions?: NodeSelectorRequirement[];
  matchFields?: NodeSelectorRequirement[];
}

export interface NodeSelectorRequirement extends JsonObject {
  key: string;
  operator: string;
  values?: string[];
}

export interface Volume extends JsonObject {
  name: string;
  persistentVolumeClaim?: { claimName: string };
  ephemeral?: JsonObject;
}

export interface PodSpec extends JsonObject {
  nodeName?: string;
  schedulerName?: string;
  restartPolicy?: string;
  hostname?: string;
  subdomain?: string;
  hostNetwork?: boolean;
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  affinity?: {
    nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: NodeSelectorTerm[] } };
  };
  schedulingGates?: Array<{ name: string }>;
  readinessGates?: Array<{ conditionType: string }>;
}

export interface ContainerStatus extends JsonObject {
  name: string;
  image: string;
  imageID: string;
  ready: boolean;
  restartCount: number;
  state: JsonObject;
  lastState?: JsonObject;
  started?: boolean;
  containerID?: string;
}

export interface PodStatus extends JsonObject {
  phase?: string;
  conditions?: Condition[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
  podIP?: string;
  hostIP?: string;
  startTime?: string;
  reason?: string;
  message?: string;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: PodStatus;
}

export interface ReplicaSet extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; selector?: JsonObject; template: PodTemplate };
  status?: ReplicaSetStatus;
}

export interface ReplicaSetStatus extends JsonObject {
  replicas?: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  observedGeneration?: number;
  conditions?: Condition[];
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    paused?: boolean;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    selector?: JsonObject;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
    template: PodTemplate;
  };
  status?: DeploymentStatus;
}

export interface DeploymentStatus extends JsonObject {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  collisionCount?: number;
  conditions?: Condition[];
}

export interface ServicePort extends JsonObject {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  appProtocol?: string;
}

export interface Service extends KubeObject {
  spec?: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    selector?: Record<string, string>;
    ports?: ServicePort[];
    publishNotReadyAddresses?: boolean;
    loadBalancerIP?: string;
    loadBalancerClass?: string;
  };
  status?: JsonObject;
}

export interface EndpointPort extends JsonObject {
  name?: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

export interface SliceEndpoint extends JsonObject {
  addresses: string[];
  conditions: { ready: boolean; serving: boolean; terminating: boolean };
  nodeName?: string;
  hostname?: string;
  targetRef: { kind: string; namespace: string; name: string; uid: string };
}

export interface EndpointSlice extends KubeObject {
  addressType: string;
  endpoints?: SliceEndpoint[];
  ports?: EndpointPort[];
}

export interface ControllerRevision extends KubeObject {
  revision: number;
  data?: JsonObject;
}

export interface Claim extends KubeObject {
  spec?: JsonObject & {
    volumeName?: string;
    storageClassName?: string;
    accessModes?: string[];
    volumeMode?: string;
    resources?: { requests?: Record<string, string> };
  };
  status?: JsonObject & { phase?: string };
}

export interface StatefulSet extends KubeObject {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    serviceName?: string;
    podManagementPolicy?: string;
    revisionHistoryLimit?: number;
    ordinals?: { start?: number };
    selector?: JsonObject;
    template: PodTemplate;
    volumeClaimTemplates?: Claim[];
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number; maxUnavailable?: number | string } };
  };
  status?: StatefulSetStatus;
}

export interface StatefulSetStatus extends JsonObject {
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  currentReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  collisionCount?: number;
}

export interface DaemonSet extends KubeObject {
  spec: {
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    selector?: JsonObject;
    template: PodTemplate;
    updateStrategy?: {
      type?: string;
      rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string };
    };
  };
  status?: JsonObject;
}

export interface PodFailureRule extends JsonObject {
  action: "Count" | "Ignore" | "FailIndex" | "FailJob";
  onExitCodes?: { containerName?: string; operator: string; values: number[] };
  onPodConditions?: Array<{ type: string; status?: string }>;
}

export interface Job extends KubeObject {
  spec: {
    parallelism?: number;
    completions?: number;
    completionMode?: string;
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    suspend?: boolean;
    managedBy?: string;
    podReplacementPolicy?: string;
    podFailurePolicy?: { rules?: PodFailureRule[] };
    successPolicy?: { rules?: Array<{ succeededIndexes?: string; succeededCount?: number }> };
    backoffLimitPerIndex?: number;
    maxFailedIndexes?: number;
    template: PodTemplate;
  };
  status?: JobStatus;
}

export interface JobStatus extends JsonObject {
  active?: number;
  ready?: number;
  succeeded?: number;
  failed?: number;
  terminating?: number;
  startTime?: string;
  completionTime?: string;
  completedIndexes?: string;
  failedIndexes?: string;
  conditions?: Condition[];
}

export interface CronJob extends KubeObject {
  spec: {
    schedule?: string;
    timeZone?: string;
    suspend?: boolean;
    concurrencyPolicy?: string;
    startingDeadlineSeconds?: number;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      spec: JsonObject;
    };
  };
  status?: CronJobStatus;
}

export interface CronJobStatus extends JsonObject {
  active?: JsonObject[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}
