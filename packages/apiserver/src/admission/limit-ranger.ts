import {
  compareQuantity,
  formatQuantity,
  quantityToNumber,
  type KubeObject,
  type Quantity,
} from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import { forbidden } from "../http/status.ts";
import type { Store } from "../storage/store.ts";
import { containerAmounts, containersIn, podAmounts, readAmounts, type Amounts } from "./amounts.ts";
import { objectsIn } from "./matching.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const LIMIT_RANGES = "/limitranges";

/** Fills in what containers ask for by default, and refuses what is too much or too little (plugin/pkg/admission/limitranger). */
export class LimitRanger {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get mutate(): Admitter {
    return (request) => {
      const pod = newPod(request);
      if (pod === undefined) return;
      for (const limit of this.#limits(request.namespace, "Container")) fillIn(pod, limit);
    };
  }

  get validate(): Admitter {
    return (request) => {
      const faults = [...this.#podFaults(request), ...this.#claimFaults(request)];
      if (faults.length === 0) return;
      const text = faults.length === 1 ? (faults[0] ?? "") : `[${faults.join(", ")}]`;
      throw forbidden(request.resource, request.object?.metadata.name ?? request.name, text);
    };
  }

  *#podFaults(request: AdmissionRequest): Generator<string> {
    const pod = newPod(request);
    if (pod === undefined) return;
    const spec = specOf(pod);
    const containers = [...containersIn(spec, "containers"), ...containersIn(spec, "initContainers")];
    for (const limit of this.#limits(request.namespace, "Container")) {
      for (const container of containers) {
        yield* faultsOf(
          "Container",
          limit,
          containerAmounts(container, "requests"),
          containerAmounts(container, "limits"),
        );
      }
    }
    for (const limit of this.#limits(request.namespace, "Pod")) {
      yield* faultsOf("Pod", limit, podAmounts(spec, "requests"), podAmounts(spec, "limits"));
    }
  }

  *#claimFaults({ resource, operation, object, namespace }: AdmissionRequest): Generator<string> {
    if (
      resource.group !== "" ||
      resource.kind !== "PersistentVolumeClaim" ||
      operation !== "CREATE" ||
      object === undefined
    )
      return;
    const requests = containerAmounts(specOf(object), "requests");
    for (const limit of this.#limits(namespace, "PersistentVolumeClaim")) {
      yield* faultsOf("PersistentVolumeClaim", limit, requests, requests);
    }
  }

  #limits(namespace: string, type: string): JsonObject[] {
    const ranges = this.#store.collection(LIMIT_RANGES);
    if (ranges.size === 0) return [];
    return ranges
      .list(namespace)
      .flatMap((entry) => objectsIn(specOf(entry.parse())["limits"]))
      .filter((limit) => limit["type"] === type);
  }
}

function newPod({ resource, operation, subresource, object }: AdmissionRequest): KubeObject | undefined {
  const isNew = resource.group === "" && resource.kind === "Pod" && operation === "CREATE" && subresource === "";
  return isNew ? object : undefined;
}

function fillIn(pod: KubeObject, limit: JsonObject): void {
  const spec = specOf(pod);
  for (const container of [...containersIn(spec, "containers"), ...containersIn(spec, "initContainers")]) {
    const resources: JsonObject = isJsonObject(container["resources"]) ? container["resources"] : {};
    const limits = { ...asObject(limit["default"]), ...asObject(resources["limits"]) };
    const requests = { ...asObject(limit["defaultRequest"]), ...asObject(resources["requests"]) };
    if (Object.keys(limits).length > 0) resources["limits"] = limits;
    if (Object.keys(requests).length > 0) resources["requests"] = requests;
    container["resources"] = resources;
  }
}

function* faultsOf(type: string, limit: JsonObject, requests: Amounts, limits: Amounts): Generator<string> {
  for (const [name, least] of readAmounts(limit["min"])) {
    const asked = requests.get(name);
    if (asked === undefined)
      yield `minimum ${name} usage per ${type} is ${formatQuantity(least)}.  No request is specified`;
    else if (compareQuantity(asked, least) < 0) {
      yield `minimum ${name} usage per ${type} is ${formatQuantity(least)}, but request is ${formatQuantity(asked)}`;
    }
  }
  for (const [name, most] of readAmounts(limit["max"])) {
    const asked = limits.get(name);
    if (asked === undefined)
      yield `maximum ${name} usage per ${type} is ${formatQuantity(most)}.  No limit is specified`;
    else if (compareQuantity(asked, most) > 0) {
      const part = type === "PersistentVolumeClaim" ? "request" : "limit";
      yield `maximum ${name} usage per ${type} is ${formatQuantity(most)}, but ${part} is ${formatQuantity(asked)}`;
    }
  }
  for (const [name, most] of readAmounts(limit["maxLimitRequestRatio"]))
    yield* ratioFaults(type, name, most, requests, limits);
}

function* ratioFaults(
  type: string,
  name: string,
  most: Quantity,
  requests: Amounts,
  limits: Amounts,
): Generator<string> {
  const prefix = `${name} max limit to request ratio per ${type} is ${formatQuantity(most)}`;
  const limit = limits.get(name);
  const request = requests.get(name);
  if (limit === undefined || request === undefined || quantityToNumber(request) === 0) {
    yield `${prefix}, but no request is specified or request is 0`;
    return;
  }
  const ratio = quantityToNumber(limit) / quantityToNumber(request);
  if (ratio > quantityToNumber(most)) yield `${prefix}, but provided ratio is ${ratio.toFixed(6)}`;
}

function specOf(object: JsonObject): JsonObject {
  return asObject(object["spec"]);
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
