import { isJsonObject } from "@fairlead/base";
import type { Exchange } from "../http/exchange.ts";
import { badRequest, internalError, methodNotAllowedOnPath, notFound } from "../http/status.ts";
import { checkContainer } from "./pod-logs.ts";
import type { Registry } from "./registry.ts";
import type { Resource } from "./types.ts";

export type PodStream = "exec" | "attach" | "portforward";

/**
 * exec, attach and port-forward of a pod need its kubelet, and here is none: everything that kube-apiserver refuses before it
 * dials one is refused in its words, the rest as it is when nobody answers.
 */
export function handlePodStream(
  stream: PodStream,
  registry: Registry,
  exchange: Exchange,
  pods: Resource,
): Promise<void> {
  const { info } = exchange;
  if (info.verb !== "get" && info.verb !== "create") throw methodNotAllowedOnPath();
  const pod = registry.find(pods, info.namespace, info.name);
  if (pod === undefined) throw notFound(pods, info.name);
  const container = info.query.get("container") ?? "";
  if (stream === "exec" && (info.query.get("command") ?? "") === "")
    throw badRequest("you must specify at least 1 command for the container");
  if (stream === "exec" || stream === "attach") checkContainer(pod, container === "" ? undefined : container);
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const node = typeof spec["nodeName"] === "string" ? spec["nodeName"] : "";
  if (node === "") throw badRequest(`pod ${info.name} does not have a host assigned`);
  throw internalError(`error dialing backend: no kubelet answers for node ${node}`);
}
