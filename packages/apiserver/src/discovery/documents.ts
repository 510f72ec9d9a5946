import type { ApiSubresource } from "@fairlead/apimachinery";
import { createHash } from "node:crypto";
import type { Json, JsonObject } from "@fairlead/base";
import type { RemoteService, RemoteServices } from "../aggregator/remote-services.ts";
import type { ResourceTable } from "../registry/resource-table.ts";
import type { Resource } from "../registry/types.ts";

/** Groups come in the order of kube-apiserver's priorities; those it does not know follow by name. */
const GROUP_ORDER = [
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

interface GroupView {
  readonly group: string;
  /** Versions that other servers answer. */
  readonly remote: ReadonlyMap<string, RemoteService>;
  /** Clients prefer the greater, where the built-in order says nothing. */
  readonly priority: number;
  /** Preferred first. */
  readonly versions: readonly string[];
  readonly byVersion: ReadonlyMap<string, readonly Resource[]>;
}

export interface Document {
  readonly body: Buffer;
  readonly etag: string;
}

/** The discovery documents, made again when resources change. */
export class Discovery {
  readonly #resources: ResourceTable;
  readonly #remotes: RemoteServices;
  readonly #cache = new Map<string, Document>();
  #generation = "";

  constructor(resources: ResourceTable, remotes: RemoteServices) {
    this.#resources = resources;
    this.#remotes = remotes;
  }

  /** `/api` or `/apis` in aggregated form. */
  aggregated(root: "api" | "apis", version: "v2" | "v2beta1"): Document {
    return this.#cached(`${root}:${version}`, () => ({
      kind: "APIGroupDiscoveryList",
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: this.#groups()
        .filter(({ group }) => (group === "") === (root === "api"))
        .map((view) => aggregatedGroup(view, this.#remotes)),
    }));
  }

  /** `/api` as it was before aggregation. */
  legacyVersions(address: string): Document {
    return this.#cached(`api:${address}`, () => ({
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
    }));
  }

  /** `/apis` as it was before aggregation. */
  legacyGroups(): Document {
    return this.#cached("apis", () => ({
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: this.#groups()
        .filter(({ group }) => group !== "")
        .map(groupOf),
    }));
  }

  /** `/apis/GROUP`; undefined for a group that is not served. */
  group(name: string): Document | undefined {
    const view = this.#groups().find(({ group }) => group === name && group !== "");
    if (view === undefined) return undefined;
    return this.#cached(`group:${name}`, () => ({ kind: "APIGroup", apiVersion: "v1", ...groupOf(view) }));
  }

  /** `/api/v1`, `/apis/GROUP/VERSION`; undefined for a version that is not served. */
  resourceList(group: string, version: string): Document | undefined {
    const resources = this.#groups()
      .find((view) => view.group === group)
      ?.byVersion.get(version);
    if (resources === undefined) return undefined;
    return this.#cached(`list:${group}/${version}`, () => ({
      kind: "APIResourceList",
      ...(group === "" ? {} : { apiVersion: "v1" }),
      groupVersion: group === "" ? version : `${group}/${version}`,
      resources: resources.flatMap(legacyResources),
    }));
  }

  /** Every group and version served. */
  groupVersions(): { readonly group: string; readonly version: string }[] {
    return this.#groups().flatMap(({ group, versions }) => versions.map((version) => ({ group, version })));
  }

  #cached(key: string, make: () => unknown): Document {
    const generation = `${this.#resources.generation}/${this.#remotes.generation}`;
    if (this.#generation !== generation) {
      this.#cache.clear();
      this.#generation = generation;
    }
    let document = this.#cache.get(key);
    if (document === undefined) {
      const body = Buffer.from(`${JSON.stringify(make())}\n`);
      document = { body, etag: `"${createHash("sha512").update(body).digest("hex").toUpperCase()}"` };
      this.#cache.set(key, document);
    }
    return document;
  }

  #groups(): GroupView[] {
    const own = Map.groupBy(this.#resources.all(), (resource) => resource.group);
    const remote = Map.groupBy(this.#remotes.list(), ({ group }) => group);
    const views = [...new Set([...own.keys(), ...remote.keys()])].map((group): GroupView => {
      const byVersion = Map.groupBy(own.get(group) ?? [], (resource) => resource.version);
      const others = (remote.get(group) ?? []).filter(({ version }) => !byVersion.has(version));
      const ranked = others.toSorted(
        (a, b) => b.versionPriority - a.versionPriority || compareVersions(a.version, b.version),
      );
      return {
        group,
        versions: [...[...byVersion.keys()].sort(compareVersions), ...ranked.map(({ version }) => version)],
        byVersion,
        remote: new Map(ranked.map((service) => [service.version, service])),
        priority: byVersion.size > 0 ? CUSTOM_PRIORITY : Math.max(...others.map(({ groupPriority }) => groupPriority)),
      };
    });
    return views.sort(
      (a, b) => rankOf(a.group) - rankOf(b.group) || b.priority - a.priority || (a.group < b.group ? -1 : 1),
    );
  }
}

/** What groups of custom resources have as their APIServices' priority. */
const CUSTOM_PRIORITY = 1000;

function rankOf(group: string): number {
  const rank = GROUP_ORDER.indexOf(group);
  return group === "" ? -1 : rank < 0 ? GROUP_ORDER.length : rank;
}

function groupOf(view: GroupView): Record<string, unknown> {
  const versions = view.versions.map((version) => ({ groupVersion: `${view.group}/${version}`, version }));
  return { name: view.group, versions, preferredVersion: versions[0] };
}

function aggregatedGroup(view: GroupView, remotes: RemoteServices): unknown {
  return {
    metadata: view.group === "" ? {} : { name: view.group },
    versions: view.versions.map((version) => {
      const remote = view.remote.get(version);
      return remote === undefined ? ownVersion(view, version) : remoteVersion(version, remotes.resourcesOf(remote));
    }),
  };
}

/** What another server said it serves; stale while it does not answer. */
function remoteVersion(version: string, resources: readonly JsonObject[] | undefined): unknown {
  if (resources === undefined) return { version, freshness: "Stale" };
  const isSub = ({ name }: JsonObject): boolean => String(name).includes("/");
  const kindOf = ({ group, version: own, kind }: JsonObject): JsonObject => ({
    group: group ?? "",
    version: own ?? "",
    kind: kind ?? "",
  });
  const subsOf = (name: Json | undefined): JsonObject[] =>
    resources
      .filter((one) => String(one["name"]).startsWith(`${String(name)}/`))
      .map((one) => ({
        subresource: String(one["name"]).slice(String(name).length + 1),
        responseKind: kindOf(one),
        verbs: one["verbs"] ?? [],
      }));
  return {
    version,
    resources: resources
      .filter((one) => !isSub(one))
      .map((one) => ({
        resource: one["name"],
        responseKind: kindOf(one),
        scope: one["namespaced"] === true ? "Namespaced" : "Cluster",
        singularResource: one["singularName"] ?? "",
        verbs: one["verbs"] ?? [],
        ...(one["shortNames"] === undefined ? {} : { shortNames: one["shortNames"] }),
        ...(one["categories"] === undefined ? {} : { categories: one["categories"] }),
        ...(subsOf(one["name"]).length === 0 ? {} : { subresources: subsOf(one["name"]) }),
      })),
    freshness: "Current",
  };
}

function ownVersion(view: GroupView, version: string): unknown {
  return {
    version,
    resources: (view.byVersion.get(version) ?? []).map((resource) => ({
      resource: resource.plural,
      responseKind: responseKind(resource, resource.kind),
      scope: resource.namespaced ? "Namespaced" : "Cluster",
      singularResource: resource.singular,
      verbs: [...resource.verbs],
      ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
      ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
      ...(resource.subresources.length > 0
        ? { subresources: resource.subresources.map((sub) => aggregatedSubresource(resource, sub)) }
        : {}),
    })),
    freshness: "Current",
  };
}

function aggregatedSubresource(resource: Resource, sub: ApiSubresource): unknown {
  return {
    subresource: sub.name,
    responseKind: responseKind(resource, sub.kind, sub.kindGroup),
    verbs: sub.verbs,
  };
}

/** Kinds of another group all are of its first version. */
const OTHER_GROUPS_VERSION = "v1";

/** kube-apiserver leaves group and version of built-in kinds empty where they are the resource's own; of custom kinds it doesn't. */
function responseKind(resource: Resource, kind: string, kindGroup = resource.group): Record<string, string> {
  if (kindGroup !== resource.group) return { group: kindGroup, version: OTHER_GROUPS_VERSION, kind };
  return resource.isCustom
    ? { group: resource.group, version: resource.version, kind }
    : { group: "", version: "", kind };
}

function legacyResources(resource: Resource): unknown[] {
  const { plural, namespaced } = resource;
  const own = {
    name: plural,
    singularName: resource.singular,
    namespaced,
    kind: resource.kind,
    verbs: [...resource.verbs],
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    storageVersionHash: resource.verbs.has("watch") ? storageVersionHash(resource) : undefined,
  };
  const subs = resource.subresources.map((sub) => ({
    name: `${plural}/${sub.name}`,
    singularName: "",
    namespaced,
    ...(sub.kindGroup === undefined || sub.kindGroup === resource.group
      ? {}
      : { group: sub.kindGroup, version: OTHER_GROUPS_VERSION }),
    kind: sub.kind,
    verbs: sub.verbs,
  }));
  return [own, ...subs];
}

/** A short digest of the stored group, version and kind (k8s.io/apiserver discovery.StorageVersionHash). */
function storageVersionHash(resource: Resource): string {
  const text = `${resource.group}/${resource.storageVersion}/${resource.kind}`;
  return createHash("sha256").update(text).digest().subarray(0, 8).toString("base64");
}

/** v2 before v1 before v1beta2 before v1beta1 before v1alpha1 before others (apimachinery util/version CompareKubeAwareVersionStrings). */
export function compareVersions(a: string, b: string): number {
  const left = versionRank(a);
  const right = versionRank(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    if (right !== undefined) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return right[0] - left[0] || right[1] - left[1] || right[2] - left[2];
}

function versionRank(version: string): readonly [number, number, number] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  const stage = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}
