import {
  formatLabelSelector,
  labelSelectorFromMap,
  labelSelectorFromObject,
  type KubeObject,
} from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { badRequest, invalid } from "../http/status.ts";
import { compileJsonPath } from "../table/json-path.ts";
import type { Resource } from "./types.ts";

/** autoscaling/v1 Scale of an object: how many there should be, are, and which pods they are. */
export function scaleOf(resource: Resource, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject["metadata"];
  const paths = resource.custom?.scale;
  const read = (path: string): Json | undefined => compileJsonPath(path)?.(object)[0];
  const replicas = numberOf(read(paths?.specReplicasPath ?? ".spec.replicas"));
  const selector = paths === undefined ? builtinSelector(resource, object) : read(paths.labelSelectorPath ?? "");
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata,
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: numberOf(read(paths?.statusReplicasPath ?? ".status.replicas")),
      ...(typeof selector === "string" && selector !== "" ? { selector } : {}),
    },
  };
}

/** Sets the replicas of an object to what a Scale says. @throws StatusError 400, 422 */
export function applyScale(resource: Resource, object: KubeObject, scale: KubeObject): void {
  const spec = isJsonObject(scale["spec"]) ? scale["spec"] : {};
  const replicas = numberOf(spec["replicas"]);
  if (replicas < 0) {
    throw invalid("autoscaling", "Scale", object.metadata.name ?? "", [
      {
        type: "FieldValueInvalid",
        field: "spec.replicas",
        message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
      },
    ]);
  }
  const path = resource.custom?.scale?.specReplicasPath ?? ".spec.replicas";
  const parts = path.split(".").filter((part) => part !== "");
  const last = parts.pop();
  if (last === undefined) throw badRequest(`the scale subresource of ${resource.kind} has no path to its replicas`);
  let target: JsonObject = object;
  for (const part of parts) {
    const child = target[part];
    const next: JsonObject = isJsonObject(child) ? child : {};
    setOwn(target, part, next);
    target = next;
  }
  setOwn(target, last, replicas);
}

function builtinSelector(resource: Resource, object: KubeObject): string {
  const selector = isJsonObject(object["spec"]) ? object["spec"]["selector"] : undefined;
  if (selector === undefined) return "";
  const isPlain = resource.kind === "ReplicationController";
  return formatLabelSelector(
    isPlain ? labelSelectorFromMap(selector as Record<string, string>) : labelSelectorFromObject(selector),
  );
}

function numberOf(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}
