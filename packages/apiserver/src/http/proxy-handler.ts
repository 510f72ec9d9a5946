import type { ServiceProxies } from "../registry/service-proxy.ts";
import { readBody } from "./body.ts";
import { send, type Exchange } from "./exchange.ts";
import { serviceUnavailable } from "./status.ts";

/** Headers that belong to one connection (RFC 9110 §7.6.1), or to this server's own authentication. */
const NOT_FORWARDED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "authorization",
]);

/** Everything below `services/NAME:PORT/proxy`, answered by a handler in this process. */
export async function handleServiceProxy(proxies: ServiceProxies, exchange: Exchange): Promise<void> {
  const { info, request } = exchange;
  const handler = proxies.find(info.namespace, info.name);
  if (handler === undefined) {
    const service = info.name.split(":").at(info.name.split(":").length === 3 ? 1 : 0) ?? info.name;
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(service)}`);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith(":") || NOT_FORWARDED.has(name) || value === undefined) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const question = (request.url ?? "").indexOf("?");
  const search = question < 0 ? "" : (request.url ?? "").slice(question);
  const answer = await handler({
    method: request.method ?? "GET",
    path: `${behindProxy(request.url ?? "", info.rest)}${search}`,
    headers,
    body: await readBody(request),
  });
  const { response } = exchange;
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (!NOT_FORWARDED.has(name.toLowerCase()) && name.toLowerCase() !== "content-type")
      response.setHeader(name, value);
  }
  const type = answer.headers?.["content-type"] ?? answer.headers?.["Content-Type"] ?? "application/octet-stream";
  send(exchange, answer.status, type, Buffer.from(answer.body as Uint8Array));
}

/** What follows `/proxy`, with its escapes as the client wrote them. */
function behindProxy(url: string, decoded: string): string {
  const [path = ""] = url.split("?", 1);
  const written = /\/services\/[^/]+\/proxy(\/.*)?$/.exec(path);
  return (written === null ? decoded : written[1]) || "/";
}
