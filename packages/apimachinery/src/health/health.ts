import { parseApiVersion } from "../object/identity.ts";
import type { KubeObject } from "../object/types.ts";
import { applicationHealth, canaryHealth, promoterHealth, rolloutHealth } from "./kinds/argo.ts";
import {
  apiServiceHealth,
  autoscalerHealth,
  claimHealth,
  definitionHealth,
  disruptionBudgetHealth,
  ingressHealth,
  namespaceHealth,
  serviceHealth,
} from "./kinds/cluster.ts";
import { FLUX_KINDS, fluxHealth } from "./kinds/flux.ts";
import { backendPolicyHealth, gatewayHealth, routeHealth } from "./kinds/gateway.ts";
import {
  collectorHealth,
  elasticsearchHealth,
  grafanaPartHealth,
  machineHealthCheckHealth,
  managedCertificateHealth,
  postgresClusterHealth,
  virtualMachineHealth,
} from "./kinds/operators.ts";
import {
  deploymentConfigHealth,
  inferenceServiceHealth,
  kruiseDaemonSetHealth,
  kruiseReplicasHealth,
  openShiftRouteHealth,
  sparkHealth,
  spinAppHealth,
  subscriptionHealth,
} from "./kinds/rollouts.ts";
import {
  awsControlPlaneHealth,
  cassandraHealth,
  configurationPolicyHealth,
  iamRoleHealth,
  kafkaClusterHealth,
  karmadaBindingHealth,
  legacyExternalSecretHealth,
  machinePoolHealth,
  mariaHealth,
  numaplaneHealth,
  policyHealth,
  soloHealth,
  solrHealth,
} from "./kinds/vendors.ts";
import { cronJobHealth, jobHealth, podHealth } from "./kinds/pods.ts";
import {
  awsCrossplaneHealth,
  crossplaneHealth,
  crossplanePackageHealth,
  knativeOperatorHealth,
  knativeServiceHealth,
} from "./kinds/providers.ts";
import { daemonSetHealth, deploymentHealth, replicaSetHealth, statefulSetHealth } from "./kinds/workloads.ts";
import { assess, covers, type HealthRule } from "./rule.ts";
import { ARGO_RULES } from "./rules/argo.ts";
import { DATA_RULES } from "./rules/data.ts";
import { PLATFORM_RULES } from "./rules/platform.ts";
import { SECRET_RULES } from "./rules/secrets.ts";
import { VENDOR_RULES } from "./rules/vendors.ts";
import { WORKLOAD_RULES } from "./rules/workloads.ts";
import { health, type Health } from "./types.ts";
import { at, listAt } from "./view.ts";

/** A check of one kind: what it finds, or undefined to leave the answer to the next one. */
export type HealthCheck = (object: KubeObject) => Health | undefined;

export interface HealthOptions {
  /** Asked first: users' checks from `resource.customizations`, see healthOverrides. */
  readonly override?: HealthCheck | undefined;
}

/** While a hook's own finalizer is on it, an object that is being deleted still counts by what it does. */
const HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer";

const CHECKS: Readonly<Record<string, HealthCheck>> = {
  "apps/Deployment": deploymentHealth,
  "apps/StatefulSet": statefulSetHealth,
  "apps/ReplicaSet": replicaSetHealth,
  "apps/DaemonSet": daemonSetHealth,
  "/Pod": podHealth,
  "/Service": serviceHealth,
  "/PersistentVolumeClaim": claimHealth,
  "/Namespace": namespaceHealth,
  "batch/Job": jobHealth,
  "batch/CronJob": cronJobHealth,
  "autoscaling/HorizontalPodAutoscaler": autoscalerHealth,
  "extensions/Ingress": ingressHealth,
  "networking.k8s.io/Ingress": ingressHealth,
  "apiregistration.k8s.io/APIService": apiServiceHealth,
  "apiextensions.k8s.io/CustomResourceDefinition": definitionHealth,
  "policy/PodDisruptionBudget": disruptionBudgetHealth,
  "argoproj.io/Application": applicationHealth,
  "argoproj.io/Rollout": rolloutHealth,
  "flagger.app/Canary": canaryHealth,
  "gateway.networking.k8s.io/Gateway": gatewayHealth,
  "gateway.networking.k8s.io/HTTPRoute": routeHealth,
  "gateway.networking.k8s.io/GRPCRoute": routeHealth,
  "gateway.networking.k8s.io/TLSRoute": routeHealth,
  "gateway.networking.k8s.io/TCPRoute": routeHealth,
  "gateway.networking.k8s.io/UDPRoute": routeHealth,
  "gateway.networking.k8s.io/BackendTLSPolicy": backendPolicyHealth,
  "pkg.crossplane.io/Provider": crossplanePackageHealth,
  "pkg.crossplane.io/Configuration": crossplanePackageHealth,
  "pkg.crossplane.io/Function": crossplanePackageHealth,
  "serving.knative.dev/Service": knativeServiceHealth,
  "operator.knative.dev/KnativeServing": knativeOperatorHealth,
  "operator.knative.dev/KnativeEventing": knativeOperatorHealth,
  "postgresql.cnpg.io/Cluster": postgresClusterHealth,
  "elasticsearch.k8s.elastic.co/Elasticsearch": elasticsearchHealth,
  "opentelemetry.io/OpenTelemetryCollector": collectorHealth,
  "networking.gke.io/ManagedCertificate": managedCertificateHealth,
  "kubevirt.io/VirtualMachine": virtualMachineHealth,
  "cluster.x-k8s.io/MachineHealthCheck": machineHealthCheckHealth,
  "apps.kruise.io/CloneSet": kruiseReplicasHealth,
  "apps.kruise.io/StatefulSet": kruiseReplicasHealth,
  "apps.kruise.io/DaemonSet": kruiseDaemonSetHealth,
  "work.karmada.io/ResourceBinding": karmadaBindingHealth,
  "work.karmada.io/ClusterResourceBinding": karmadaBindingHealth,
  "route.openshift.io/Route": openShiftRouteHealth,
  "apps.openshift.io/DeploymentConfig": deploymentConfigHealth,
  "operators.coreos.com/Subscription": subscriptionHealth,
  "policy.open-cluster-management.io/Policy": policyHealth,
  "policy.open-cluster-management.io/ConfigurationPolicy": configurationPolicyHealth,
  "serving.kserve.io/InferenceService": inferenceServiceHealth,
  "sparkoperator.k8s.io/SparkApplication": sparkHealth,
  "core.spinkube.dev/SpinApp": spinAppHealth,
  "solr.apache.org/SolrCloud": solrHealth,
  "cassandra.rook.io/Cluster": cassandraHealth,
  "cluster.x-k8s.io/MachinePool": machinePoolHealth,
  "k8s.mariadb.com/MariaDB": mariaHealth,
  "k8s.mariadb.com/Backup": mariaHealth,
  "mariadb.mmontes.io/MariaDB": mariaHealth,
  "kafka.banzaicloud.io/KafkaCluster": kafkaClusterHealth,
  "controlplane.cluster.x-k8s.io/AWSManagedControlPlane": awsControlPlaneHealth,
  "iammanager.keikoproj.io/Iamrole": iamRoleHealth,
  "kubernetes-client.io/ExternalSecret": legacyExternalSecretHealth,
  "numaplane.numaproj.io/PipelineRollout": numaplaneHealth,
  "numaplane.numaproj.io/MonoVertexRollout": numaplaneHealth,
  "numaplane.numaproj.io/ISBServiceRollout": numaplaneHealth,
  "numaplane.numaproj.io/NumaflowControllerRollout": numaplaneHealth,
  "cloudfront.aws.crossplane.io/Distribution": awsCrossplaneHealth,
  "iam.aws.crossplane.io/Policy": awsCrossplaneHealth,
  "iam.aws.crossplane.io/Role": awsCrossplaneHealth,
  "iam.aws.crossplane.io/RolePolicyAttachment": awsCrossplaneHealth,
  "rds.aws.crossplane.io/DBCluster": awsCrossplaneHealth,
  "rds.aws.crossplane.io/DBInstance": awsCrossplaneHealth,
  "route53.aws.crossplane.io/ResourceRecordSet": awsCrossplaneHealth,
  "s3.aws.crossplane.io/Bucket": awsCrossplaneHealth,
  "grafana.integreatly.org/GrafanaDashboard": grafanaPartHealth,
  "grafana.integreatly.org/GrafanaFolder": grafanaPartHealth,
};

/** Checks by the end of the group, for families of kinds nobody can list. */
const FAMILIES: ReadonlyArray<readonly [suffix: string, check: HealthCheck]> = [
  [".crossplane.io", crossplaneHealth],
  [".upbound.io", crossplaneHealth],
  ["promoter.argoproj.io", promoterHealth],
  ["gateway.solo.io", soloHealth],
  ["gloo.solo.io", soloHealth],
];

const FLUX_GROUP = ".toolkit.fluxcd.io";
const RULES: readonly HealthRule[] = [
  ...ARGO_RULES,
  ...SECRET_RULES,
  ...DATA_RULES,
  ...PLATFORM_RULES,
  ...WORKLOAD_RULES,
  ...VENDOR_RULES,
];
const ruleByKind = new Map<string, HealthRule | undefined>();

/**
 * How a resource is doing, in Argo CD's words (facts/argocd.md §1.5): deletion first, then the users' own check, then the kind's.
 * Undefined for a kind without a check, which does not count towards an application's health.
 */
export function healthOf(object: KubeObject, options: HealthOptions = {}): Health | undefined {
  const isDeleted = at(object, "metadata.deletionTimestamp") !== undefined;
  if (isDeleted && !listAt(object, "metadata.finalizers").includes(HOOK_FINALIZER))
    return health("Progressing", "Pending deletion");
  return options.override?.(object) ?? builtinHealth(object);
}

function builtinHealth(object: KubeObject): Health | undefined {
  const { group } = parseApiVersion(object.apiVersion);
  const key = `${group}/${object.kind}`;
  if (Object.hasOwn(CHECKS, key)) return CHECKS[key]?.(object);
  if (group.endsWith(FLUX_GROUP)) return FLUX_KINDS.includes(object.kind) ? fluxHealth(object) : undefined;
  const rule = ruleFor(group, object.kind, key);
  if (rule) return assess(rule, object);
  return FAMILIES.find(([suffix]) => group.endsWith(suffix))?.[1](object);
}

/** Kinds met are few; kinds in hostile input are not, so the memory of them is bounded. */
const KINDS_REMEMBERED_MAX = 2_000;

function ruleFor(group: string, kind: string, key: string): HealthRule | undefined {
  const known = ruleByKind.get(key);
  if (known !== undefined || ruleByKind.has(key)) return known;
  const rule = RULES.find((candidate) => covers(candidate, group, kind));
  if (ruleByKind.size >= KINDS_REMEMBERED_MAX) ruleByKind.clear();
  ruleByKind.set(key, rule);
  return rule;
}
