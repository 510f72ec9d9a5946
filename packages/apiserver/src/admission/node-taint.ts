import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { Admitter } from "./types.ts";

const NOT_READY = "node.kubernetes.io/not-ready";

/** A new node takes no pods until a node controller has seen it Ready (plugin TaintNodesByCondition). */
export const nodeTaint: Admitter = ({ resource, operation, subresource, object }) => {
  if (operation !== "CREATE" || subresource !== "" || resource.group !== "" || resource.kind !== "Node") return;
  if (object === undefined) return;
  const spec: JsonObject = isJsonObject(object["spec"]) ? object["spec"] : {};
  const taints = Array.isArray(spec["taints"]) ? spec["taints"] : [];
  if (!taints.some((taint) => isJsonObject(taint) && taint["key"] === NOT_READY && taint["effect"] === "NoSchedule"))
    spec["taints"] = [...taints, { key: NOT_READY, effect: "NoSchedule" }];
  object["spec"] = spec;
};
