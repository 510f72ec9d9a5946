import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import { send, type Exchange } from "../http/exchange.ts";
import { isTrue, type Query } from "../http/request-info.ts";
import { framedResponse } from "../http/websocket.ts";
import {
  badRequest,
  internalError,
  invalid,
  methodNotAllowedOnPath,
  notFound,
  type FieldFault,
} from "../http/status.ts";
import type { Registry } from "./registry.ts";
import type { Resource } from "./types.ts";

/** core/v1 PodLogOptions, as far as a source of logs needs them. */
export interface PodLogOptions {
  readonly container?: string;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tailLines?: number;
  /** Only lines from then on. */
  readonly sinceMs?: number;
  readonly limitBytes?: number;
}

/** Where logs come from: this server runs no pods. */
export interface PodLogSource {
  /** The log until now, or why there is none. */
  read(pod: KubeObject, options: PodLogOptions, nowMs: number): string | { readonly refusal: string };
  /** When a followed log has more; undefined once it has ended. */
  nextAt(pod: KubeObject, options: PodLogOptions, nowMs: number): number | undefined;
}

/** Holds the source that is in use; none until somebody simulates pods. */
export class PodLogs {
  #source: PodLogSource | undefined;

  /** Returns the function that takes it away again. */
  use(source: PodLogSource): () => void {
    this.#source = source;
    return () => {
      if (this.#source === source) this.#source = undefined;
    };
  }

  get source(): PodLogSource | undefined {
    return this.#source;
  }
}

const LOG_TYPE = "text/plain";

/** GET pods/NAME/log. */
export async function handlePodLog(
  registry: Registry,
  logs: PodLogs,
  exchange: Exchange,
  pods: Resource,
): Promise<void> {
  const { info } = exchange;
  if (info.verb !== "get") throw methodNotAllowedOnPath();
  const options = optionsOf(info.name, info.query, registry.clock.now());
  const pod = registry.find(pods, info.namespace, info.name);
  if (pod === undefined) throw notFound(pods, info.name);
  checkContainer(pod, options.container);
  // There is nothing to ask yet, and nobody: kube-apiserver answers with an empty log.
  if (textAt(pod, "spec", "nodeName") === "") {
    send(exchange, 204, LOG_TYPE, "");
    return;
  }
  const { source } = logs;
  if (source === undefined) throw internalError(`no kubelet answers for node ${textAt(pod, "spec", "nodeName")}`);
  const text = source.read(pod, options, registry.clock.now());
  if (typeof text !== "string") throw badRequest(text.refusal);
  const response = await framedResponse(exchange, "log");
  if (response === undefined) return;
  const framed = { ...exchange, response };
  if (isTrue(info.query.get("follow"))) await follow(registry, source, framed, pods, options, text);
  else send(framed, 200, LOG_TYPE, text);
}

/** Goes on with new lines until the container ends or the client goes away. */
async function follow(
  registry: Registry,
  source: PodLogSource,
  exchange: Exchange,
  pods: Resource,
  options: PodLogOptions,
  first: string,
): Promise<void> {
  const { info, response } = exchange;
  response.writeHead(200, { "Content-Type": LOG_TYPE, "Cache-Control": "no-cache, private" });
  if (first === "") response.flushHeaders();
  else response.write(Buffer.from(first));
  const { tailLines: _tail, limitBytes: _limit, ...more } = options;
  for (let toldMs = registry.clock.now(); !response.destroyed;) {
    const pod = registry.find(pods, info.namespace, info.name);
    const at = pod === undefined ? undefined : source.nextAt(pod, more, registry.clock.now());
    if (pod === undefined || at === undefined) break;
    await waitUntil(registry, exchange, at);
    const nowMs = registry.clock.now();
    const text = source.read(pod, { ...more, sinceMs: toldMs + 1 }, nowMs);
    toldMs = nowMs;
    if (typeof text === "string" && text !== "" && !response.destroyed) response.write(Buffer.from(text));
  }
  if (!response.destroyed) response.end();
}

function waitUntil(registry: Registry, { response }: Exchange, at: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = registry.clock.after(Math.max(1, at - registry.clock.now()), () => done());
    const done = (): void => {
      cancel();
      response.removeListener("close", done);
      resolve();
    };
    response.once("close", done);
  });
}

/** @throws StatusError 400 for a container the pod does not have, or none where it has several */
export function checkContainer(pod: KubeObject, name: string | undefined): void {
  const own = namesIn(pod, "containers");
  const podName = pod.metadata.name ?? "";
  if (name === undefined) {
    const fallback = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
    if (own.length === 1 || fallback !== undefined) return;
    throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${own.join(" ")}]`);
  }
  const all = [...own, ...namesIn(pod, "initContainers"), ...namesIn(pod, "ephemeralContainers")];
  if (!all.includes(name)) throw badRequest(`container ${name} is not valid for pod ${podName}`);
}

function optionsOf(podName: string, query: Query, nowMs: number): PodLogOptions {
  const faults: FieldFault[] = [];
  const count = (name: string, least: number): number | undefined => {
    const text = query.get(name) ?? "";
    if (text === "") return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    const words = least === 0 ? "must be greater than or equal to 0" : "must be greater than 0";
    faults.push({ type: "FieldValueInvalid", field: name, message: `Invalid value: ${text}: ${words}` });
    return undefined;
  };
  const tailLines = count("tailLines", 0);
  const limitBytes = count("limitBytes", 1);
  const sinceSeconds = count("sinceSeconds", 1);
  const sinceTime = Date.parse(query.get("sinceTime") ?? "");
  if (sinceSeconds !== undefined && !Number.isNaN(sinceTime)) {
    faults.push({
      type: "FieldValueForbidden",
      field: "[]",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    });
  }
  if (faults.length > 0) throw invalid("", "PodLogOptions", podName, faults);
  const sinceMs = sinceSeconds === undefined ? sinceTime : nowMs - sinceSeconds * 1000;
  const container = query.get("container") ?? "";
  return {
    ...(container === "" ? {} : { container }),
    previous: isTrue(query.get("previous")),
    timestamps: isTrue(query.get("timestamps")),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(Number.isNaN(sinceMs) ? {} : { sinceMs }),
  };
}

function namesIn(pod: KubeObject, field: string): string[] {
  const spec: JsonObject = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const list = spec[field];
  return Array.isArray(list) ? list.filter(isJsonObject).map((container) => String(container["name"])) : [];
}

function textAt(pod: KubeObject, part: string, field: string): string {
  const value = isJsonObject(pod[part]) ? pod[part][field] : undefined;
  return typeof value === "string" ? value : "";
}
