import { randomUUID } from "node:crypto";
import type { KubeObject } from "@fairlead/apimachinery";
import { canonicalJson, cloneJson, isJsonObject, type JsonObject } from "@fairlead/base";
import { callWebhook, checkKind, type WebhookRoutes } from "../admission/webhook-call.ts";
import { plainError } from "../http/status.ts";
import { ConversionNeeded, type Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";

const TIMEOUT_MS = 30_000;
/** Deletions whose objects are still known in the other versions, for watchers that are told of them. */
const LEAVING_MAX = 1_000;

const MADE_MAX = 200;

/** One object in several versions, by version. */
type Forms = Map<string, KubeObject>;

/**
 * Converts custom resources between versions by a webhook. What is written is converted to every served version before it is stored,
 * so that readers and watchers find each form there; what was stored earlier is converted when it is first asked for.
 */
export class Converter {
  readonly #group: string;
  readonly #kind: string;
  readonly #versions: readonly string[];
  readonly #storageVersion: string;
  readonly #client: JsonObject;
  readonly #routes: WebhookRoutes;
  readonly #known = new WeakMap<Entry, Forms>();
  readonly #made = new Map<string, KubeObject>();
  /** By uid. */
  readonly #leaving = new Map<string, Forms>();

  constructor(options: {
    group: string;
    kind: string;
    /** Those that are served. */
    versions: readonly string[];
    storageVersion: string;
    client: JsonObject;
    routes: WebhookRoutes;
  }) {
    this.#group = options.group;
    this.#kind = options.kind;
    this.#versions = options.versions;
    this.#storageVersion = options.storageVersion;
    this.#client = options.client;
    this.#routes = options.routes;
  }

  /**
   * An object in the version it is stored in and in all that are served.
   * @throws StatusError 500 when the stored form cannot be made; another that cannot is left out
   */
  async formsOf(object: KubeObject, version: string): Promise<Forms> {
    const forms: Forms = new Map([[version, object]]);
    const others = [...new Set([this.#storageVersion, ...this.#versions])].filter((other) => other !== version);
    await Promise.all(
      others.map(async (other) => {
        const [converted] = await this.#convert([object], version, other).catch((error: unknown) => {
          if (other === this.#storageVersion) throw error;
          return [undefined];
        });
        if (converted !== undefined) forms.set(other, converted);
      }),
    );
    return forms;
  }

  /** The entry that was made of one of these forms has the others, too. */
  attach(entry: Entry, forms: Forms): void {
    this.#known.set(entry, forms);
  }

  /** The event of a deletion has an entry of its own, with the object as it was last. */
  leave(entry: Entry): void {
    const forms = this.#known.get(entry);
    if (forms === undefined) return;
    if (this.#leaving.size >= LEAVING_MAX) {
      const [oldest] = this.#leaving.keys();
      if (oldest !== undefined) this.#leaving.delete(oldest);
    }
    this.#leaving.set(entry.uid, forms);
  }

  /** Makes sure that these entries are known in a resource's version. @throws StatusError 500 when the webhook cannot make one */
  async prepare({ version }: Resource, entries: readonly Entry[]): Promise<void> {
    const missing = entries.filter((entry) => entry.version !== version && !this.#known.get(entry)?.has(version));
    for (const [from, group] of Map.groupBy(missing, (entry) => entry.version)) {
      const objects = group.map((entry) => this.#stored(entry));
      const converted = await this.#convert(objects, from, version);
      for (const [index, entry] of group.entries()) {
        const forms = this.#known.get(entry) ?? new Map<string, KubeObject>();
        forms.set(version, converted[index] as KubeObject);
        this.#known.set(entry, forms);
      }
    }
  }

  /** The object of an entry in a resource's version; a copy. @throws StatusError 500 when that form was never made */
  decode({ version }: Resource, entry: Entry): KubeObject {
    const stored = this.#stored(entry);
    if (entry.version === version) return stored;
    const form = (this.#known.get(entry) ?? this.#leaving.get(entry.uid))?.get(version);
    if (form === undefined) throw plainError(`${this.#about(entry.version)}: the object was not converted`);
    return { ...cloneJson(form), metadata: kept(stored, form) };
  }

  /**
   * An object that is none of an entry, as field tracking has them between its steps.
   * @throws ConversionNeeded where it was not converted yet: whoever waits for that asks again
   */
  made(object: Partial<KubeObject>, own: string, version: string): KubeObject {
    // What is pruned to one manager's fields may have lost these.
    const { apiVersion = `${this.#group}/${own}`, metadata: given = {} } = object;
    const from = apiVersion.slice(apiVersion.indexOf("/") + 1);
    const { managedFields: _managed, ...metadata } = given;
    const bare = { ...object, apiVersion, kind: this.#kind, metadata } as KubeObject;
    if (from === version) return bare;
    const key = `${version} ${canonicalJson(bare)}`;
    const known = this.#made.get(key);
    if (known !== undefined) return cloneJson(known);
    throw new ConversionNeeded(async () => {
      const [converted] = await this.#convert([bare], from, version);
      if (this.#made.size >= MADE_MAX) this.#made.clear();
      if (converted !== undefined) this.#made.set(key, converted);
    });
  }

  #stored(entry: Entry): KubeObject {
    return { apiVersion: `${this.#group}/${entry.version}`, kind: this.#kind, ...entry.parse() };
  }

  #about(version: string): string {
    return `conversion webhook for ${this.#group}/${version}, Kind=${this.#kind} failed`;
  }

  async #convert(objects: readonly KubeObject[], from: string, to: string): Promise<KubeObject[]> {
    const failed = (why: string): Error => plainError(`${this.#about(from)}: ${why}`);
    const uid = randomUUID();
    const desiredAPIVersion = `${this.#group}/${to}`;
    const review = {
      kind: "ConversionReview",
      apiVersion: "apiextensions.k8s.io/v1",
      request: { uid, desiredAPIVersion, objects: [...objects] },
    };
    let answer: JsonObject;
    try {
      answer = await callWebhook(this.#client, review, TIMEOUT_MS, this.#routes);
      checkKind(answer, "apiextensions.k8s.io", "ConversionReview");
    } catch (error) {
      throw failed(error instanceof Error ? error.message : String(error));
    }
    const converted = convertedIn(answer, uid, failed);
    if (converted.length !== objects.length) {
      const about = `conversion webhook for ${this.#group}/${from}, Kind=${this.#kind}`;
      throw plainError(`${about} returned ${converted.length} objects, expected ${objects.length}`);
    }
    return converted.map((object, index) => {
      const fault = changeFault(object, objects[index] as KubeObject, desiredAPIVersion);
      if (fault !== undefined) {
        const about = `conversion webhook for ${this.#group}/${from}, Kind=${this.#kind}`;
        throw plainError(`${about} returned invalid object${fault.replace("INDEX", `at index ${index}`)}`);
      }
      return { ...object, metadata: kept(objects[index] as KubeObject, object as KubeObject) } as KubeObject;
    });
  }
}

/** Only labels and annotations of metadata may be converted. */
function kept(stored: KubeObject, form: KubeObject): KubeObject["metadata"] {
  const { labels: _labels, annotations: _annotations, ...metadata } = stored.metadata;
  const { labels, annotations } = form.metadata;
  return {
    ...metadata,
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
  };
}

/** apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go. */
function convertedIn(answer: JsonObject, uid: string, invalid: (why: string) => Error): JsonObject[] {
  const { response } = answer;
  if (!isJsonObject(response)) throw invalid("no response provided");
  const given = typeof response["uid"] === "string" ? response["uid"] : "";
  if (given !== uid) throw invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`);
  const result = isJsonObject(response["result"]) ? response["result"] : {};
  const status = typeof result["status"] === "string" ? result["status"] : "";
  if (status !== "Success") {
    const { message } = result;
    const isTold = status === "Failure" && typeof message === "string" && message !== "";
    throw invalid(isTold ? message : `response.result.status was '${status}', not 'Success'`);
  }
  const objects = response["convertedObjects"];
  return Array.isArray(objects) ? objects.map((object) => (isJsonObject(object) ? object : {})) : [];
}

const IMMUTABLE = ["name", "namespace", "uid"] as const;

/** What a webhook must not change, in words that follow `invalid object`. */
function changeFault(object: JsonObject, before: KubeObject, apiVersion: string): string | undefined {
  const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
  if (object["apiVersion"] !== apiVersion) {
    return ` INDEX: invalid groupVersion (expected ${apiVersion}, received ${textOf(object["apiVersion"])})`;
  }
  if (object["kind"] !== before.kind) {
    return ` INDEX: invalid kind (expected ${before.kind}, received ${textOf(object["kind"])})`;
  }
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  for (const name of IMMUTABLE) {
    const [was, is] = [textOf(before.metadata[name]), textOf(metadata[name])];
    if (was !== is) return `: must have the same ${name === "uid" ? "UID" : name}: ${was} != ${is}`;
  }
  return undefined;
}
