import { cloneJson, isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { forbidden } from "../http/status.ts";
import type { Store } from "../storage/store.ts";
import { newPod } from "./pod-defaults.ts";
import type { Admitter } from "./types.ts";

/** Pods of a runtime class carry what it costs, and go where it is (plugin/pkg/admission/runtimeclass). @throws StatusError 403 */
export function runtimeClass(store: Store): Admitter {
  return (request) => {
    const pod = newPod(request);
    if (pod === undefined || !isJsonObject(pod["spec"])) return;
    const { spec } = pod;
    const fault = classFault(spec, store);
    if (fault !== undefined) throw forbidden(request.resource, pod.metadata.name ?? "", `pod rejected: ${fault}`);
  };
}

/** Nobody but a class says what a pod costs beside its containers. @throws StatusError 403 */
export const overheadOfClass: Admitter = (request) => {
  const pod = newPod(request);
  if (pod === undefined || !isJsonObject(pod["spec"])) return;
  const { overhead, runtimeClassName = "" } = pod["spec"];
  if (runtimeClassName !== "" || !isJsonObject(overhead) || Object.keys(overhead).length === 0) return;
  const why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
  throw forbidden(request.resource, pod.metadata.name ?? "", why);
};

/** Fills in what the class says; why the pod cannot be of it. */
function classFault(spec: JsonObject, store: Store): string | undefined {
  const name = spec["runtimeClassName"];
  const own = isJsonObject(spec["overhead"]) ? spec["overhead"] : {};
  if (typeof name !== "string" || name === "") return undefined;
  const found = store.collection("node.k8s.io/runtimeclasses").get("", name)?.parse();
  if (found === undefined) return `RuntimeClass ${JSON.stringify(name)} not found`;
  const overhead = isJsonObject(found["overhead"]) ? found["overhead"]["podFixed"] : undefined;
  if (isJsonObject(overhead)) {
    if (Object.keys(own).length > 0 && !jsonEqual(own, overhead)) {
      return "Pod's Overhead doesn't match RuntimeClass's defined Overhead";
    }
    spec["overhead"] = cloneJson(overhead);
  }
  const { nodeSelector, tolerations } = isJsonObject(found["scheduling"]) ? found["scheduling"] : {};
  addTolerations(spec, Array.isArray(tolerations) ? tolerations : []);
  return selectorFault(spec, isJsonObject(nodeSelector) ? nodeSelector : {});
}

function selectorFault(spec: JsonObject, wanted: JsonObject): string | undefined {
  if (Object.keys(wanted).length === 0) return undefined;
  const own = isJsonObject(spec["nodeSelector"]) ? spec["nodeSelector"] : {};
  const torn = Object.keys(wanted).find((key) => own[key] !== undefined && own[key] !== wanted[key]);
  if (torn !== undefined) {
    const [theirs, ours] = [String(wanted[torn]), String(own[torn])];
    return `conflict: runtimeClass.scheduling.nodeSelector[${torn}] = ${theirs}; pod.spec.nodeSelector[${torn}] = ${ours}`;
  }
  spec["nodeSelector"] = { ...own, ...wanted };
  return undefined;
}

function addTolerations(spec: JsonObject, wanted: readonly Json[]): void {
  if (wanted.length === 0) return;
  const own = Array.isArray(spec["tolerations"]) ? spec["tolerations"] : [];
  spec["tolerations"] = [...own, ...wanted.filter((one) => !own.some((other) => jsonEqual(one, other)))];
}
