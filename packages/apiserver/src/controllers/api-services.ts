import type { KubeObject, ManagedFieldsEntry } from "@fairlead/apimachinery";
import { putMissing } from "../bootstrap/bootstrap.ts";
import { timestamp } from "../registry/metadata.ts";
import type { Resource } from "../registry/types.ts";
import type { Internal } from "./internal.ts";

const MANAGED = "kube-aggregator.kubernetes.io/automanaged";
const DEFAULT_VERSION_PRIORITY = 15;
const CUSTOM_GROUP_PRIORITY = 1000;
const CUSTOM_VERSION_PRIORITY = 100;

/** Priorities of the built-in groups, as kube-apiserver 1.35 registers them: clients prefer the greater. */
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  "": 18_000,
  "admissionregistration.k8s.io": 16_700,
  "apiextensions.k8s.io": 16_700,
  apps: 17_800,
  "authentication.k8s.io": 17_700,
  "authorization.k8s.io": 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  "certificates.k8s.io": 17_300,
  "coordination.k8s.io": 16_500,
  "discovery.k8s.io": 16_200,
  "events.k8s.io": 17_750,
  "flowcontrol.apiserver.k8s.io": 16_100,
  "networking.k8s.io": 17_200,
  "node.k8s.io": 16_300,
  policy: 17_100,
  "rbac.authorization.k8s.io": 17_000,
  "resource.k8s.io": 16_200,
  "scheduling.k8s.io": 16_600,
  "storage.k8s.io": 16_800,
};
const VERSION_PRIORITIES: Readonly<Record<string, number>> = {
  "/v1": 1,
  "autoscaling/v2": 30,
  "flowcontrol.apiserver.k8s.io/v1": 21,
  "resource.k8s.io/v1": 21,
};
/** The aggregator's own group registers nothing for itself. */
const OWN_GROUP = "apiregistration.k8s.io";

/** An APIService for every group and version that this server answers, those of custom resources while they are served. */
export class ApiServices {
  readonly #internal: Internal;
  readonly #resource: Resource;

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#resource = internal.resource(OWN_GROUP, "v1", "apiservices");
  }

  async start(): Promise<() => void> {
    await this.#sync();
    return this.#internal.registry.resources.onChange(() =>
      this.#internal.run("APIServices could not be kept in step", this.#sync()),
    );
  }

  async #sync(): Promise<void> {
    const { store } = this.#internal.registry;
    const wanted = this.#wanted();
    const writes = [...wanted.values()].map((object) => putMissing(this.#internal, object));
    const gone = store
      .collection(this.#resource.storage)
      .list()
      .filter(({ name, labels }) => labels[MANAGED] === "true" && !wanted.has(name));
    await Promise.all([...writes, ...gone.map(({ name }) => this.#internal.delete(this.#resource, "", name))]);
  }

  #wanted(): Map<string, KubeObject> {
    const found = new Map<string, KubeObject>();
    const now = timestamp(this.#internal.registry.clock.now());
    for (const { group, version, isCustom } of this.#internal.registry.resources.all()) {
      const name = `${version}.${group}`;
      if (group !== OWN_GROUP && !found.has(name)) found.set(name, localService(group, version, isCustom, now));
    }
    return found;
  }
}

function localService(group: string, version: string, isCustom: boolean, now: string): KubeObject {
  return {
    apiVersion: `${OWN_GROUP}/v1`,
    kind: "APIService",
    metadata: {
      name: `${version}.${group}`,
      labels: { [MANAGED]: isCustom ? "true" : "onstart" },
      managedFields: [ownedFields(group, now)],
    },
    spec: {
      ...(group === "" ? {} : { group }),
      version,
      groupPriorityMinimum: isCustom ? CUSTOM_GROUP_PRIORITY : (GROUP_PRIORITIES[group] ?? CUSTOM_GROUP_PRIORITY),
      versionPriority: isCustom
        ? CUSTOM_VERSION_PRIORITY
        : (VERSION_PRIORITIES[`${group}/${version}`] ?? DEFAULT_VERSION_PRIORITY),
    },
    status: {
      conditions: [
        {
          type: "Available",
          status: "True",
          lastTransitionTime: now,
          reason: "Local",
          message: "Local APIServices are always available",
        },
      ],
    },
  };
}

function ownedFields(group: string, time: string): ManagedFieldsEntry {
  const spec = { "f:groupPriorityMinimum": {}, "f:version": {}, "f:versionPriority": {} };
  return {
    manager: "kube-apiserver",
    operation: "Update",
    apiVersion: `${OWN_GROUP}/v1`,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": { "f:labels": { ".": {}, [`f:${MANAGED}`]: {} } },
      "f:spec": group === "" ? spec : { "f:group": {}, ...spec },
    },
  };
}
