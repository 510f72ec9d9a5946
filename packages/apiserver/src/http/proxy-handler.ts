import { podTarget, serviceTarget } from "../registry/proxy-target.ts";
import type { Registry } from "../registry/registry.ts";
import type { ProxyHandler, ServiceProxies } from "../registry/service-proxy.ts";
import { readBody } from "./body.ts";
import { send, type Exchange } from "./exchange.ts";
import { forward, type PodRoute } from "./proxy-forward.ts";
import { forwardedHeaders, isForwarded } from "./proxy-headers.ts";

export interface ProxyParts {
  readonly registry: Registry;
  readonly proxies: ServiceProxies;
  readonly route: PodRoute;
}

/** Everything below `services/NAME:PORT/proxy`: by a handler in this process where there is one, else by a pod of the Service. */
export async function handleServiceProxy({ registry, proxies, route }: ProxyParts, exchange: Exchange): Promise<void> {
  const { info } = exchange;
  const handler = proxies.find(info.namespace, info.name);
  const way = wayOf(exchange);
  if (handler !== undefined) return answerHere(handler, exchange, way.path);
  const target = serviceTarget(registry, info.namespace, info.name);
  if (redirected(exchange, way)) return;
  await forward(exchange, target, route, way);
}

/** Everything below `pods/NAME:PORT/proxy`. */
export async function handlePodProxy({ registry, route }: ProxyParts, exchange: Exchange): Promise<void> {
  const target = podTarget(registry, exchange.info.namespace, exchange.info.name);
  const way = wayOf(exchange);
  if (redirected(exchange, way)) return;
  await forward(exchange, target, route, way);
}

interface Way {
  /** The client's path up to `/proxy`. */
  readonly prefix: string;
  /** Path and query behind it, with the client's own escapes, always with a leading slash. */
  readonly path: string;
  /** Whether the client's path ends with `/proxy`. */
  readonly isBare: boolean;
  readonly search: string;
}

function wayOf({ request, info }: Exchange): Way {
  const url = request.url ?? "";
  const question = url.indexOf("?");
  const search = question < 0 ? "" : url.slice(question);
  const whole = question < 0 ? url : url.slice(0, question);
  const [, prefix = whole, written = info.rest] = /^(.*?\/(?:services|pods)\/[^/]+\/proxy)(\/.*)?$/.exec(whole) ?? [];
  return { prefix, path: `${written === "" ? "/" : written}${search}`, isBare: written === "", search };
}

/** Pages behind the proxy have relative links: readers are sent to the path with a slash first. */
function redirected({ request, response }: Exchange, { isBare, prefix, search }: Way): boolean {
  if (!isBare || (request.method !== "GET" && request.method !== "HEAD")) return false;
  response.writeHead(301, { Location: `${prefix}/${search}`, "Content-Length": "0" });
  response.end();
  return true;
}

async function answerHere(handler: ProxyHandler, exchange: Exchange, path: string): Promise<void> {
  const { request, response } = exchange;
  const answer = await handler({
    method: request.method ?? "GET",
    path,
    headers: forwardedHeaders(request),
    body: await readBody(request),
  });
  for (const [name, value] of Object.entries(answer.headers ?? {}))
    if (isForwarded(name) && name.toLowerCase() !== "content-type") response.setHeader(name, value);
  const type = answer.headers?.["content-type"] ?? answer.headers?.["Content-Type"] ?? "application/octet-stream";
  send(exchange, answer.status, type, Buffer.from(answer.body as Uint8Array));
}
