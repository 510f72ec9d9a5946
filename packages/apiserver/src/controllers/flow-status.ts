import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { decodeEntry } from "../registry/codec.ts";
import { applied } from "../registry/machinery.ts";
import { timestamp } from "../registry/metadata.ts";
import type { Resource, WriteOptions } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import type { Internal } from "./internal.ts";

const GROUP = "flowcontrol.apiserver.k8s.io";
const LEVELS = `${GROUP}/prioritylevelconfigurations`;
/** Nobody waits for what is said of the schemas of a fresh cluster; those who start do. */
const FIRST_AFTER_MS = 1_000;
const MANAGER: WriteOptions & { readonly force: boolean } = {
  dryRun: false,
  fieldManager: "api-priority-and-fairness-config-consumer-v1",
  fieldValidation: "Ignore",
  force: true,
};

/** Says in each FlowSchema whether the priority level it names is there. */
export class FlowStatus {
  readonly #internal: Internal;
  readonly #resource: Resource;

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#resource = internal.resource(GROUP, "v1", "flowschemas");
  }

  start(): () => void {
    const { clock, store } = this.#internal.registry;
    const stopFirst = clock.after(FIRST_AFTER_MS, () => this.#checkAll());
    const stopEvents = store.onCommit((events) => {
      if (events.some(({ entry }) => entry.resource === LEVELS)) this.#checkAll();
      for (const { type, entry } of events)
        if (type !== "DELETED" && entry.resource === this.#resource.storage) this.#check(entry);
    });
    return () => {
      stopFirst();
      stopEvents();
    };
  }

  #checkAll(): void {
    for (const entry of this.#internal.registry.store.collection(this.#resource.storage).list()) this.#check(entry);
  }

  #check(entry: Entry): void {
    const wanted = this.#conditionOf(decodeEntry(this.#resource, entry));
    if (wanted === undefined) return;
    const { registry, context } = this.#internal;
    const target = { resource: this.#resource, namespace: "", name: entry.name, subresource: "status" };
    const next = (before: KubeObject | undefined): KubeObject => {
      const { apiVersion, kind } = before as KubeObject;
      const own = { apiVersion, kind, metadata: { name: entry.name }, status: { conditions: [wanted] } };
      return applied(registry.resources, this.#resource, before, own, MANAGER, "status", registry.clock.now());
    };
    const write = registry.modify(target, { next, mayCreate: false }, MANAGER, context);
    this.#internal.run("a flow schema's level could not be told", write);
  }

  /** The condition as it has to be; undefined when it is so. */
  #conditionOf(schema: KubeObject): JsonObject | undefined {
    const level = textOf(objectOf(objectOf(schema["spec"])["priorityLevelConfiguration"])["name"]);
    const { registry } = this.#internal;
    const isThere = registry.store.collection(LEVELS).get("", level) !== undefined;
    const conditions = objectOf(schema["status"])["conditions"];
    const before = (Array.isArray(conditions) ? conditions : [])
      .filter(isJsonObject)
      .find((one) => one["type"] === "Dangling");
    const status = isThere ? "False" : "True";
    if (before?.["status"] === status) return undefined;
    const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    return {
      type: "Dangling",
      status,
      lastTransitionTime: timestamp(registry.clock.now()),
      reason: isThere ? "Found" : "NotFound",
      message: isThere ? `${about} and it exists` : `${about} but there is no such object`,
    };
  }
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
