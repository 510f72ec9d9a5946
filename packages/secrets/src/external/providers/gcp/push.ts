import { isDeepStrictEqual } from "node:util";
import { problemError, type JsonObject } from "@fairlead/base";
import type { Fields } from "../../model/fields.ts";
import { itemsOf, textOf, type JsonNode } from "../../values/json-text.ts";
import { MANAGED_BY, MANAGED_BY_VALUE, readPushMetadata, refuseForeign } from "../push-metadata.ts";
import type { PushTarget, PushValue, RemoteWrites } from "../types.ts";
import { pushedValue } from "../values.ts";
import type { GcpApi } from "./api.ts";
import { accessVersion, latestEnabled, secretName, textMap } from "./versions.ts";

interface Metadata {
  readonly annotations: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly topics: readonly string[];
  readonly merges: boolean;
  readonly kmsKey: string;
  readonly locations: readonly string[];
}

export interface WriteParts {
  readonly api: GcpApi;
  /** `projects/P` or `projects/P/locations/L`. */
  readonly parent: string;
  readonly location: string;
}

/** Pushing to GCP Secret Manager: a new version each time the value changes. */
export class SecretManagerWrites implements RemoteWrites {
  readonly #api: GcpApi;
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#api = parts.api;
    this.#parts = parts;
  }

  async exists({ key }: PushTarget, signal: AbortSignal): Promise<boolean> {
    return (await latestEnabled(this.#api, secretName(this.#parts.parent, key), signal)) !== undefined;
  }

  async push(value: PushValue, target: PushTarget, signal: AbortSignal): Promise<void> {
    const hasMetadata = target.metadata !== undefined && target.metadata !== null;
    if (target.property !== "" && hasMetadata)
      throw problemError("InvalidExternalSecret", "cannot specify metadata and property at the same time");
    const metadata = readPushMetadata(target.metadata, parseMetadata);
    const name = secretName(this.#parts.parent, target.key);
    const found = await this.#api.call({ name: "GetSecret", method: "GET", path: name }, signal);
    const secret = found ?? (await this.#create(target.key, metadata, signal));
    refuseForeign(textMap(secret, "labels").get(MANAGED_BY) === MANAGED_BY_VALUE);
    if (target.property === "") await this.#keepMetadata(name, secret, metadata, signal);
    const current = await accessVersion(this.#api, `${name}/versions/latest`, signal);
    const wanted = pushedValue(current, value, target);
    if (current !== undefined && Buffer.compare(current, wanted) === 0) return;
    const body = { payload: { data: Buffer.from(wanted).toString("base64") } };
    await this.#api.call({ name: "AddSecretVersion", method: "POST", path: `${name}:addVersion`, body }, signal);
  }

  async remove({ key }: PushTarget, signal: AbortSignal): Promise<void> {
    const name = secretName(this.#parts.parent, key);
    const secret = await this.#api.call({ name: "GetSecret", method: "GET", path: name }, signal);
    if (textMap(secret, "labels").get(MANAGED_BY) !== MANAGED_BY_VALUE) return;
    const etag = textOf(secret, "etag");
    await this.#api.call(
      { name: "DeleteSecret", method: "DELETE", path: name, ...(etag && { query: { etag } }) },
      signal,
    );
  }

  async #create(key: string, metadata: Metadata, signal: AbortSignal): Promise<JsonNode> {
    const { parent, location } = this.#parts;
    const body = {
      labels: { [MANAGED_BY]: MANAGED_BY_VALUE },
      // A regional secret is where its address says and is not replicated.
      ...(location === "" && { replication: replicationOf(metadata) }),
      ...(metadata.topics.length > 0 && { topics: metadata.topics.map((topic) => ({ name: topic })) }),
    };
    const path = `${parent}/secrets`;
    const call = { name: "CreateSecret", method: "POST", path, query: { secretId: key }, body } as const;
    const made = await this.#api.call(call, signal);
    if (made === undefined) throw problemError("ProviderRefused", `Google has no ${parent}`);
    return made;
  }

  async #keepMetadata(name: string, secret: JsonNode, metadata: Metadata, signal: AbortSignal): Promise<void> {
    const before = Object.fromEntries(textMap(secret, "labels"));
    const labels = {
      ...metadata.labels,
      ...(metadata.merges && before),
      [MANAGED_BY]: MANAGED_BY_VALUE,
    };
    const topics = itemsOf(secret, "topics").map((topic) => textOf(topic, "name") ?? "");
    const isSame =
      isDeepStrictEqual(before, labels) &&
      isDeepStrictEqual(Object.fromEntries(textMap(secret, "annotations")), metadata.annotations) &&
      isDeepStrictEqual(topics, metadata.topics);
    if (isSame) return;
    const etag = textOf(secret, "etag");
    const body = {
      labels,
      annotations: metadata.annotations,
      topics: metadata.topics.map((topic) => ({ name: topic })),
      ...(etag && { etag }),
    };
    const query = { updateMask: "labels,annotations,topics" };
    await this.#api.call({ name: "UpdateSecret", method: "PATCH", path: name, query, body }, signal);
  }
}

function parseMetadata(spec: Fields): Metadata {
  const locations = spec.texts("replicationLocations");
  const single = spec.text("replicationLocation");
  return {
    annotations: spec.textMap("annotations"),
    labels: spec.textMap("labels"),
    topics: spec.texts("topics"),
    merges: spec.choice("mergePolicy", ["Replace", "Merge"], "Replace") === "Merge",
    kmsKey: spec.text("cmekKeyName"),
    locations: locations.length > 0 || single === "" ? locations : [single],
  };
}

function replicationOf({ kmsKey, locations }: Metadata): JsonObject {
  const encryption = kmsKey === "" ? {} : { customerManagedEncryption: { kmsKeyName: kmsKey } };
  if (locations.length === 0) return { automatic: encryption };
  return { userManaged: { replicas: locations.map((location) => ({ location, ...encryption })) } };
}
