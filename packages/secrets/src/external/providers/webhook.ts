import { problemError, RecentMap } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import type { Fields } from "../model/fields.ts";
import type { Find, RemoteRef } from "../model/types.ts";
import { fillText } from "../template/fill.ts";
import { parseJsonText, type JsonNode } from "../values/json-text.ts";
import type { Entries } from "../values/keys.ts";
import { failureOf, isSuccess, jsonOf, ProviderHttp, type HttpAnswer } from "./http.ts";
import { followJsonPath, parseJsonPath } from "./json-path.ts";
import { genericMap, genericText } from "./json-values.ts";
import { caOf, parseCa, type CaSource } from "./refs.ts";
import type { Provider, ProviderClient, ProviderDeps, PushTarget, PushValue, RemoteWrites } from "./types.ts";

export interface WebhookSpec {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly jsonPath: string;
  readonly timeoutMs: number;
  readonly secrets: readonly { readonly name: string; readonly ref: { name: string; namespace: string | undefined } }[];
  readonly ca: CaSource;
}

type TemplateData = Record<string, Record<string, string>>;

/** Of answers that are kept for 304. */
const KEPT_BYTES = 16 * 1024 * 1024;
const TYPE_LABEL = "external-secrets.io/type";

export function parseWebhook(fields: Fields): WebhookSpec {
  if (fields.has("auth")) fields.fault("auth", "NTLM is not supported");
  const jsonPath = fields.child("result").text("jsonPath");
  if (jsonPath !== "" && parseJsonPath(jsonPath) === undefined)
    fields.fault("result.jsonPath", "must be a path of names, indexes and *; filters are not supported");
  return {
    method: fields.text("method"),
    url: fields.required("url"),
    headers: fields.textMap("headers"),
    body: fields.text("body"),
    jsonPath,
    timeoutMs: fields.duration("timeout", 0),
    secrets: fields.list("secrets").map((item) => ({
      name: item.required("name"),
      ref: {
        name: item.child("secretRef").required("name"),
        namespace: item.child("secretRef").text("namespace") || undefined,
      },
    })),
    ca: parseCa(fields),
  };
}

/** Any HTTP service: address, headers and body are templates, the answer is a text or found by a path in JSON. */
export const webhookProvider: Provider = {
  name: "webhook",
  parse(fields) {
    const spec = parseWebhook(fields);
    return (deps) => new WebhookClient(spec, deps);
  },
};

export class WebhookClient implements ProviderClient {
  readonly capabilities = "ReadWrite";
  readonly writes: RemoteWrites;
  /** Answers by what was asked, for a service that later says 304. */
  readonly #last = new RecentMap<string, Uint8Array>(KEPT_BYTES);
  readonly #spec: WebhookSpec;
  readonly #deps: ProviderDeps;
  /** Generators may use Secrets of their own namespace without the label. */
  readonly #needsLabel: boolean;
  #http: Promise<ProviderHttp> | undefined;

  constructor(spec: WebhookSpec, deps: ProviderDeps, needsLabel = true) {
    this.#spec = spec;
    this.#deps = deps;
    this.#needsLabel = needsLabel;
    this.writes = {
      exists: async ({ key }, signal) => {
        const answer = await this.#ask({ key, version: "", property: "" }, spec.method || "GET", signal);
        return answer !== undefined;
      },
      push: (value, target, signal) => this.#push(value, target, signal),
      remove: async ({ key }, signal) => void (await this.#ask({ remoteKey: key }, "DELETE", signal, "")),
    };
  }

  close(): void {
    void this.#http?.then((http) => http.close()).catch(() => undefined);
  }

  /** The property goes into the request, so it is part of what is read. */
  identityOf(ref: RemoteRef): string {
    return `${ref.key}\n${ref.version}\n${ref.property}`;
  }

  async read(ref: RemoteRef, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { key, version, property } = ref;
    return this.#ask({ key, version, property, namespace: this.#deps.namespace }, this.#spec.method || "GET", signal);
  }

  /** The value is in the templates under its remote key, and is the body where none is given. */
  async #push({ bytes, secretKey }: PushValue, { key }: PushTarget, signal: AbortSignal): Promise<void> {
    if (key === "") throw problemError("InvalidExternalSecret", "remote key must be defined");
    const value = fromBytes(bytes);
    const about = { remoteKey: key, ...(secretKey !== "" && { secretKey }) };
    const body = this.#spec.body === "" ? value : undefined;
    const answer = await this.#ask(about, this.#spec.method || "POST", signal, body, { [key]: value });
    if (answer === undefined) throw problemError("ProviderRefused", "endpoint gave error 404");
  }

  valueOf(payload: Uint8Array): Uint8Array | undefined {
    if (this.#spec.jsonPath === "") return payload;
    const node = this.#found(payload);
    return toBytes(
      node.kind === "array" && node.items.length === 1 && node.items[0]
        ? genericText(node.items[0])
        : genericText(node),
    );
  }

  mapOf(payload: Uint8Array, ref: RemoteRef): Entries | undefined {
    const node = this.#found(payload);
    return genericMap(node.kind === "string" ? parseJsonText(node.text) : node, ref.key);
  }

  #found(payload: Uint8Array): JsonNode {
    const node = parseJsonText(fromBytes(payload));
    if (node === undefined) {
      // Says HTML where it is HTML.
      return jsonOf({ status: 200, headers: {}, body: Buffer.from(payload) }, "the webhook");
    }
    const steps = this.#spec.jsonPath === "" ? [] : parseJsonPath(this.#spec.jsonPath);
    const found = followJsonPath(node, steps ?? []);
    if (found === undefined)
      throw problemError(
        "InvalidRemoteValue",
        `failed to get response path ${this.#spec.jsonPath}: it is not in the answer`,
      );
    return found;
  }

  find(_find: Find): Promise<Entries> {
    return Promise.reject(problemError("InvalidExternalSecret", "the webhook provider cannot find secrets"));
  }

  async validate(signal: AbortSignal): Promise<void> {
    const url = this.#spec.url.split("{{")[0] ?? "";
    if (!/^https?:\/\/[^/]/.test(url)) return;
    // Any answer will do: only whether anyone is there can be known without a key.
    const http = await this.#connected();
    await http.call({ method: "HEAD", url: new URL(url).origin, signal, timeoutMs: 15_000 });
  }

  #connected(): Promise<ProviderHttp> {
    this.#http ??= caOf(this.#spec.ca, this.#deps.credentials)
      .then((ca) => new ProviderHttp({ ca }))
      .catch((error: unknown) => {
        this.#http = undefined;
        throw error;
      });
    return this.#http;
  }

  async #ask(
    about: Record<string, string>,
    method: string,
    signal: AbortSignal,
    given?: string,
    more: Record<string, string> = {},
  ): Promise<Uint8Array | undefined> {
    const secrets = await this.#secrets();
    const remoteRef = { ...about, ...more };
    const plain: TemplateData = { ...secrets, remoteRef };
    const escaped: TemplateData = { ...secrets, remoteRef: queryEscaped(remoteRef) };
    const headers = Object.fromEntries(
      Object.entries(this.#spec.headers).map(([name, text]) => [name, fillText(`header ${name}`, text, plain)]),
    );
    const body = given ?? fillText("body", this.#spec.body, plain);
    const { timeoutMs, url } = this.#spec;
    const http = await this.#connected();
    const call = {
      method,
      url: fillText("url", url, escaped),
      headers,
      signal,
      ...(body !== "" && { body }),
      ...(timeoutMs > 0 && { timeoutMs }),
    };
    try {
      const answer = payloadOf(await http.call(call), this.#last.get(JSON.stringify(about)));
      this.#deps.observe("Webhook", "HTTPRequest", true);
      if (answer !== undefined) this.#last.set(JSON.stringify(about), answer, answer.length + 1);
      return answer;
    } catch (error) {
      this.#deps.observe("Webhook", "HTTPRequest", false);
      throw error;
    }
  }

  async #secrets(): Promise<TemplateData> {
    const all: TemplateData = {};
    for (const { name, ref } of this.#spec.secrets) {
      const { data, labels } = await this.#deps.credentials.secretData(ref);
      if (this.#needsLabel && labels[TYPE_LABEL] !== "webhook")
        throw problemError(
          "InvalidStore",
          `secret ${ref.name} needs the label ${TYPE_LABEL}: webhook to be used by a webhook`,
        );
      all[name] = Object.fromEntries([...data].map(([key, value]) => [key, fromBytes(value)]));
    }
    return all;
  }
}

/** 304 stands for what was answered before. */
function payloadOf(answer: HttpAnswer, before: Uint8Array | undefined): Uint8Array | undefined {
  if (answer.status === 404) return undefined;
  if (answer.status === 304 && before !== undefined) return before;
  if (isSuccess(answer)) return answer.body;
  throw failureOf(answer, "the endpoint");
}

/** url.QueryEscape of all but the namespace, which cannot hold anything to escape. */
function queryEscaped(about: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(about).map(([key, value]) => [
      key,
      new URLSearchParams({ x: value }).toString().slice(2).replaceAll("*", "%2A").replaceAll("%7E", "~"),
    ]),
  );
}
