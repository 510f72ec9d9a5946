import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Logger } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import { ANNOTATION_DATA_HASH } from "../model/names.ts";

/** On a workload: "true" restarts it when any Secret its pods use is rotated, a list of names when one of these is. */
const RESTART_ANNOTATION = "fairlead.dev/restart-on-secret";
const KINDS = ["Deployment", "StatefulSet", "DaemonSet"] as const;

/** Rolls the workloads that asked for it, by an annotation of their pods that holds the Secret's hash: the same again does nothing. */
export async function restartUsers(hub: KubeClient, secret: KubeObject, logger: Logger): Promise<void> {
  const { name = "", namespace, annotations } = secret.metadata;
  const hash = annotations?.[ANNOTATION_DATA_HASH] ?? "";
  for (const kind of KINDS) {
    const ref = { apiVersion: "apps/v1", kind };
    const { items } = await hub.list(ref, { namespace });
    for (const workload of items) {
      if (!wantsRestart(workload, name)) continue;
      const body = {
        spec: { template: { metadata: { annotations: { [`secret.fairlead.dev/${name}`.slice(0, 80)]: hash } } } },
      };
      await hub.patch(
        { ...ref, name: workload.metadata.name ?? "", namespace },
        { type: "strategic", body },
        { fieldManager: "fairlead-secrets" },
      );
      logger.info("workload restarted for a rotated secret", {
        kind,
        namespace,
        name: workload.metadata.name,
        secret: name,
      });
    }
  }
}

function wantsRestart(workload: KubeObject, secretName: string): boolean {
  const asked = workload.metadata.annotations?.[RESTART_ANNOTATION];
  if (asked === undefined || asked === "false") return false;
  if (asked !== "true") return asked.split(",").some((name) => name.trim() === secretName);
  const spec = workload["spec"];
  const template = isJsonObject(spec) && isJsonObject(spec["template"]) ? spec["template"]["spec"] : undefined;
  return mentions(template, secretName);
}

/** Volumes, projected sources, environment and pull secrets all name a Secret in one of these fields. */
function mentions(value: unknown, secretName: string): boolean {
  if (Array.isArray(value)) return value.some((item) => mentions(item, secretName));
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, item]) => {
    if (key === "secretName" && item === secretName) return true;
    const isRef =
      ["secretKeyRef", "secretRef", "secret"].includes(key) && isJsonObject(item) && item["name"] === secretName;
    const isPull =
      key === "imagePullSecrets" &&
      Array.isArray(item) &&
      item.some((one) => isJsonObject(one) && one["name"] === secretName);
    return isRef || isPull || mentions(item, secretName);
  });
}
