import type { HttpRequest } from "./exchange.ts";

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

export function isForwarded(name: string): boolean {
  const lower = name.toLowerCase();
  return !lower.startsWith(":") && !lower.startsWith("impersonate-") && !NOT_FORWARDED.has(lower);
}

/** What of a client's headers those behind the proxy see. */
export function forwardedHeaders(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || !isForwarded(name)) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const before = headers["x-forwarded-for"];
  const from = request.socket.remoteAddress ?? "";
  if (from !== "") headers["x-forwarded-for"] = before === undefined ? from : `${before}, ${from}`;
  return headers;
}
