import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { objectsIn, textOf, valueAt } from "../table/columns.ts";
import { fractionWarnings, oldNodeLabel, podWarnings } from "./pod-warnings.ts";

/**
 * What is accepted and yet deserves a `Warning` header: pkg/registry/<group>/<kind>/strategy.go WarningsOnCreate and WarningsOnUpdate
 * of Kubernetes 1.35. `before` is the object as it was; absent for a creation.
 */
export function warningsFor(group: string, object: KubeObject, before: KubeObject | undefined): string[] {
  return RULES[`${group}/${object.kind}`]?.(object, before) ?? [];
}

type Rule = (object: KubeObject, before: KubeObject | undefined) => string[];

const RULES: Readonly<Record<string, Rule>> = {
  "/Pod": (pod, before) =>
    isSame(pod, before) ? [] : [...(before ? [] : nameWarnings(pod, "the Pod's hostname")), ...podWarnings(pod, "")],
  "/PodTemplate": (object, before) =>
    isSame(object, before) ? [] : podWarnings(objectAt(object, "template"), "template."),
  "/ReplicationController": withTemplate("spec.template", true),
  "apps/Deployment": withTemplate("spec.template", true),
  "apps/ReplicaSet": withTemplate("spec.template", true),
  "apps/DaemonSet": withTemplate("spec.template", false),
  "apps/StatefulSet": (set, before) => [...withTemplate("spec.template", false)(set, before), ...historyWarnings(set)],
  "batch/Job": withTemplate("spec.template", true),
  "batch/CronJob": (job, before) => [
    ...withTemplate("spec.jobTemplate.spec.template", true)(job, before),
    ...(before !== undefined && textOf(valueAt(job, "spec.schedule")).includes("TZ")
      ? [
          "CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
        ]
      : []),
  ],
  "/Service": serviceWarnings,
  "/PersistentVolume": volumeWarnings,
  "/PersistentVolumeClaim": claimWarnings,
  "/ServiceAccount": accountWarnings,
  "networking.k8s.io/Ingress": ingressWarnings,
  "storage.k8s.io/StorageClass": classWarnings,
};

function isSame(object: KubeObject, before: KubeObject | undefined): boolean {
  return before !== undefined && object.metadata.generation === before.metadata.generation;
}

function withTemplate(path: string, isNamed: boolean): Rule {
  return (object, before) => {
    if (isSame(object, before)) return [];
    const named = isNamed && before === undefined ? nameWarnings(object) : [];
    return [...named, ...podWarnings(objectAt(object, path), `${path}.`)];
  };
}

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_LENGTH_MAX = 63;

function nameWarnings(object: KubeObject, use = "Pod names and hostnames"): string[] {
  const name = object.metadata.name ?? "";
  const faults = [
    ...(name.length > LABEL_LENGTH_MAX ? [`must be no more than ${LABEL_LENGTH_MAX} characters`] : []),
    ...(LABEL.test(name) ? [] : [SUBDOMAIN.test(name) ? "must not contain dots" : LABEL_RULE]),
  ];
  if (faults.length === 0) return [];
  return [
    `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${faults.join(" ")}]`,
  ];
}

function historyWarnings(set: KubeObject): string[] {
  const limit = valueAt(set, "spec.revisionHistoryLimit");
  return typeof limit === "number" && limit < 0
    ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
    : [];
}

function serviceWarnings(service: KubeObject): string[] {
  const spec = objectAt(service, "spec");
  const type = textOf(spec["type"]);
  const hasExternalIps = Array.isArray(spec["externalIPs"]) && spec["externalIPs"].length > 0;
  const found: string[] = [];
  if (service.metadata.annotations?.["service.kubernetes.io/topology-aware-hints"] !== undefined)
    found.push(
      "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
    );
  if (type === "ClusterIP" && spec["clusterIP"] === "None") {
    if (textOf(spec["loadBalancerIP"]) !== "") found.push("spec.loadBalancerIP is ignored for headless services");
    if (hasExternalIps) found.push("spec.externalIPs is ignored for headless services");
    if (textOf(spec["sessionAffinity"], "None") !== "None")
      found.push("spec.SessionAffinity is ignored for headless services");
  }
  if (type === "ExternalName" && hasExternalIps)
    found.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (type !== "ExternalName" && textOf(spec["externalName"]) !== "")
    found.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec["trafficDistribution"] === "PreferClose")
    found.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return found;
}

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const OLD_CLASS = `metadata.annotations[${CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`;

function volumeWarnings(volume: KubeObject): string[] {
  const annotations = volume.metadata.annotations ?? {};
  const found: string[] = [];
  if (annotations[CLASS_ANNOTATION] !== undefined) found.push(OLD_CLASS);
  if (annotations["volume.beta.kubernetes.io/mount-options"] !== undefined)
    found.push(
      'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
    );
  if (valueAt(volume, "spec.persistentVolumeReclaimPolicy") === "Recycle")
    found.push(
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    );
  return found;
}

function claimWarnings(claim: KubeObject): string[] {
  const resources = objectAt(claim, "spec.resources");
  return [
    ...(claim.metadata.annotations?.[CLASS_ANNOTATION] === undefined ? [] : [OLD_CLASS]),
    ...["requests", "limits"].flatMap((kind) => fractionWarnings(resources, kind, "spec.resources", ["storage"])),
  ];
}

function accountWarnings(account: KubeObject, before: KubeObject | undefined): string[] {
  const key = "kubernetes.io/enforce-mountable-secrets";
  const isNew = account.metadata.annotations?.[key] !== undefined && before?.metadata.annotations?.[key] === undefined;
  return isNew
    ? [
        `metadata.annotations[${key}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
      ]
    : [];
}

function ingressWarnings(ingress: KubeObject, before: KubeObject | undefined): string[] {
  const key = "kubernetes.io/ingress.class";
  const isOnlyHere = valueAt(ingress, "spec.ingressClassName") === undefined;
  return ingress.metadata.annotations?.[key] !== undefined && isOnlyHere && before === undefined
    ? [`annotation "${key}" is deprecated, please use 'spec.ingressClassName' instead`]
    : [];
}

function classWarnings(object: KubeObject): string[] {
  return objectsIn(object["allowedTopologies"]).flatMap((topology, index) =>
    objectsIn(topology["matchLabelExpressions"]).flatMap((expression, place) => {
      const note = oldNodeLabel(textOf(expression["key"]));
      return note === undefined ? [] : [`allowedTopologies[${index}].matchLabelExpressions[${place}].key: ${note}`];
    }),
  );
}

function objectAt(root: JsonObject, path: string): JsonObject {
  const value = valueAt(root, path);
  return isJsonObject(value) ? value : {};
}
