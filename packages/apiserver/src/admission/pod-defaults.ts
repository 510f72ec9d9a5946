import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { forbidden } from "../http/status.ts";
import { randomSuffix } from "../registry/metadata.ts";
import type { Store } from "../storage/store.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_SECONDS = 3607;
const TOLERATION_SECONDS = 300;
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

export function newPod(request: AdmissionRequest): KubeObject | undefined {
  const { resource, operation, subresource, object } = request;
  const isPod = resource.group === "" && resource.kind === "Pod";
  return isPod && operation === "CREATE" && subresource === "" ? object : undefined;
}

/** The pod's service account, which must exist, its pull secrets, and the token volume (plugin/pkg/admission/serviceaccount). */
export function serviceAccountAdmission(store: Store): Admitter {
  return (request) => {
    const pod = newPod(request);
    if (pod === undefined || pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return;
    const spec = objectOf(pod, "spec");
    const name = textOf(spec["serviceAccountName"]) || "default";
    spec["serviceAccountName"] = name;
    spec["serviceAccount"] = name;
    const entry = store.getForWrite({ resource: "/serviceaccounts", namespace: request.namespace, name });
    if (entry === undefined) {
      throw forbidden(
        request.resource,
        pod.metadata.name ?? "",
        `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
      );
    }
    const account = entry.parse();
    if (listOf(spec["imagePullSecrets"]).length === 0 && listOf(account["imagePullSecrets"]).length > 0) {
      spec["imagePullSecrets"] = listOf(account["imagePullSecrets"]);
    }
    const wanted = spec["automountServiceAccountToken"] ?? account["automountServiceAccountToken"] ?? true;
    if (wanted === true) mountToken(spec);
  };
}

/** The usual projected volume, in every container that has nothing else at its path. */
function mountToken(spec: JsonObject): void {
  const containers = [...listOf(spec["initContainers"]), ...listOf(spec["containers"])].filter(isJsonObject);
  const needy = containers.filter(
    (container) =>
      !listOf(container["volumeMounts"]).some((mount) => isJsonObject(mount) && mount["mountPath"] === TOKEN_PATH),
  );
  if (needy.length === 0) return;
  const volumes = listOf(spec["volumes"]);
  const existing = volumes.filter(isJsonObject).find((volume) => textOf(volume["name"]).startsWith("kube-api-access-"));
  const name = existing === undefined ? `kube-api-access-${randomSuffix()}` : textOf(existing["name"]);
  if (existing === undefined) spec["volumes"] = [...volumes, tokenVolume(name)];
  for (const container of needy) {
    container["volumeMounts"] = [...listOf(container["volumeMounts"]), { name, readOnly: true, mountPath: TOKEN_PATH }];
  }
}

function tokenVolume(name: string): JsonObject {
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
    },
  };
}

/** Pods stay five minutes on a node that does not answer, unless they say otherwise. */
export const defaultTolerations: Admitter = ({ resource, operation, subresource, object: pod }) => {
  // Updates too: who replaces a pod by its manifest does not take them away.
  const isWritten = operation === "CREATE" || operation === "UPDATE";
  const isPod = resource.group === "" && resource.kind === "Pod" && subresource === "";
  if (!isPod || !isWritten || pod === undefined) return;
  const spec = objectOf(pod, "spec");
  const tolerations = listOf(spec["tolerations"]);
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const isTolerated = tolerations.filter(isJsonObject).some((toleration) => {
      const own = textOf(toleration["key"]);
      const effect = textOf(toleration["effect"]);
      return (own === key || own === "") && (effect === "NoExecute" || effect === "");
    });
    if (isTolerated) continue;
    tolerations.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATION_SECONDS });
  }
  spec["tolerations"] = tolerations;
};

/** The number behind the pod's priority class (plugin/pkg/admission/priority). */
export function podPriority(store: Store): Admitter {
  return (request) => {
    const pod = newPod(request);
    if (pod === undefined) return;
    const spec = objectOf(pod, "spec");
    const name = textOf(spec["priorityClassName"]);
    const classes = store.collection("scheduling.k8s.io/priorityclasses");
    const found =
      name === ""
        ? classes
            .list()
            .map((entry) => entry.parse())
            .find((candidate) => candidate["globalDefault"] === true)
        : classes.get("", name)?.parse();
    if (name !== "" && found === undefined) {
      throw forbidden(request.resource, pod.metadata.name ?? "", `no PriorityClass with name ${name} was found`);
    }
    const value = Number(found?.["value"] ?? 0);
    if (typeof spec["priority"] === "number" && spec["priority"] !== value) {
      throw forbidden(
        request.resource,
        pod.metadata.name ?? "",
        `the integer value of priority (${spec["priority"]}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    const computed = textOf(found?.["preemptionPolicy"]) || "PreemptLowerPriority";
    const given = textOf(spec["preemptionPolicy"]);
    if (given !== "" && given !== computed) {
      throw forbidden(
        request.resource,
        pod.metadata.name ?? "",
        `the string value of PreemptionPolicy (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`,
      );
    }
    if (name === "" && found !== undefined) spec["priorityClassName"] = found.metadata.name ?? "";
    spec["priority"] = value;
    spec["preemptionPolicy"] ??= computed;
  };
}

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

/** A claim that names no class gets the default one, the newest if there are several. */
export function defaultStorageClass(store: Store): Admitter {
  return ({ resource, operation, object }) => {
    if (
      resource.group !== "" ||
      resource.kind !== "PersistentVolumeClaim" ||
      operation !== "CREATE" ||
      object === undefined
    )
      return;
    const spec = objectOf(object, "spec");
    if (spec["storageClassName"] !== undefined) return;
    const defaults = store
      .collection("storage.k8s.io/storageclasses")
      .list()
      .map((entry) => entry.parse().metadata)
      .filter((metadata) => metadata.annotations?.[DEFAULT_CLASS] === "true")
      .sort((a, b) => ((a.creationTimestamp ?? "") < (b.creationTimestamp ?? "") ? 1 : -1));
    if (defaults[0]?.name !== undefined) spec["storageClassName"] = defaults[0].name;
  };
}

function objectOf(parent: JsonObject, key: string): JsonObject {
  const child = parent[key];
  if (isJsonObject(child)) return child;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
