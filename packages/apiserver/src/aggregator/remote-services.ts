import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Entry } from "../storage/entry.ts";
import type { Store } from "../storage/store.ts";

export const API_SERVICES = "apiregistration.k8s.io/apiservices";

/** A group and version that another server answers, as an APIService with a service says. */
export interface RemoteService {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  readonly insecure: boolean;
  readonly ca: Buffer | undefined;
  readonly groupPriority: number;
  readonly versionPriority: number;
  readonly isAvailable: boolean;
}

const DEFAULT_PORT = 443;

/** The other API servers behind this one, by what they serve. */
export class RemoteServices {
  readonly #store: Store;
  /** What each said that it serves, by the APIService's name. */
  readonly #resources = new Map<string, readonly JsonObject[]>();
  #known: ReadonlyMap<string, RemoteService> | undefined;
  #generation = 0;

  constructor(store: Store) {
    this.#store = store;
    store.onCommit((events) => {
      if (!events.some(({ entry }) => entry.resource === API_SERVICES)) return;
      this.#known = undefined;
      this.#generation++;
    });
  }

  /** Rises with every change; caches of discovery documents compare it. */
  get generation(): number {
    return this.#generation;
  }

  find(group: string, version: string): RemoteService | undefined {
    return this.#all().get(`${group}/${version}`);
  }

  list(): readonly RemoteService[] {
    return [...this.#all().values()];
  }

  /** APIResources as the server listed them; undefined while it does not answer. */
  resourcesOf({ name, isAvailable }: RemoteService): readonly JsonObject[] | undefined {
    return isAvailable ? (this.#resources.get(name) ?? []) : undefined;
  }

  learn(name: string, resources: readonly JsonObject[]): void {
    this.#resources.set(name, resources);
    this.#generation++;
  }

  #all(): ReadonlyMap<string, RemoteService> {
    this.#known ??= new Map(
      this.#store
        .collection(API_SERVICES)
        .list()
        .flatMap((entry) => {
          const remote = remoteOf(entry);
          return remote === undefined ? [] : [[`${remote.group}/${remote.version}`, remote] as const];
        }),
    );
    return this.#known;
  }
}

function remoteOf(entry: Entry): RemoteService | undefined {
  // Nearly all are the server's own, and say nothing of a service.
  if (!entry.includes('"service":{')) return undefined;
  const { spec, status } = entry.parse();
  if (!isJsonObject(spec) || !isJsonObject(spec["service"])) return undefined;
  const { service, caBundle } = spec;
  const conditions = isJsonObject(status) && Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return {
    name: entry.name,
    group: textOf(spec["group"]),
    version: textOf(spec["version"]),
    service: {
      namespace: textOf(service["namespace"]),
      name: textOf(service["name"]),
      port: Number(service["port"] ?? DEFAULT_PORT),
    },
    insecure: spec["insecureSkipTLSVerify"] === true,
    ca: typeof caBundle === "string" && caBundle !== "" ? Buffer.from(caBundle, "base64") : undefined,
    groupPriority: Number(spec["groupPriorityMinimum"] ?? 0),
    versionPriority: Number(spec["versionPriority"] ?? 0),
    isAvailable: conditions.some((one) => isJsonObject(one) && one["type"] === "Available" && one["status"] === "True"),
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
