import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { LIMITS } from "../limits.ts";
import type { ProxyTarget } from "../registry/proxy-target.ts";
import { dialFault } from "./dial-faults.ts";
import type { Exchange } from "./exchange.ts";
import { forwardedHeaders, isForwarded } from "./proxy-headers.ts";
import { serviceUnavailable } from "./status.ts";

/** How a pod's address is reached from this process; undefined where nobody answers. */
export type PodRoute = (host: string, port: number) => { readonly host: string; readonly port: number } | undefined;

/** Pods run nowhere, or only as a simulation: their addresses are made up and must not be looked for on the machine's own network. */
export const noPods: PodRoute = () => undefined;

/** Pods are where they say they are. */
export const realPods: PodRoute = (host, port) => ({ host, port });

/**
 * Passes a request on to a pod and its answer back, both as they come. `prefix` is what the client's path has before `path`. A
 * certificate is not looked at: pods have their own, as kube-apiserver takes it.
 * @throws StatusError 503 when the pod cannot be reached
 */
export async function forward(
  exchange: Exchange,
  target: ProxyTarget,
  route: PodRoute,
  { prefix, path }: { readonly prefix: string; readonly path: string },
): Promise<void> {
  const { request, response } = exchange;
  const address = `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`;
  const reached = route(target.host, target.port);
  if (reached === undefined) throw unreachable(`dial tcp ${address}: connect: connection refused`);
  const headers = {
    ...forwardedHeaders(request),
    host: address,
    "x-forwarded-uri": `${prefix}${path.split("?", 1)[0] ?? ""}`,
  };
  const send = target.scheme === "https" ? httpsRequest : httpRequest;
  const sent = send({
    ...reached,
    method: request.method ?? "GET",
    path,
    headers,
    agent: false,
    ...(target.scheme === "https" ? { rejectUnauthorized: false } : {}),
  });
  const hangUp = (): void => void sent.destroy();
  response.on("close", hangUp);
  try {
    const answer = await answerOf(sent, address, () => request.pipe(sent));
    await passBack(exchange, answer, { address, prefix });
  } finally {
    response.removeListener("close", hangUp);
  }
}

function unreachable(why: string): Error {
  return serviceUnavailable(`error trying to reach service: ${why}`);
}

function answerOf(sent: ClientRequest, address: string, start: () => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timedOut = Object.assign(new Error("i/o timeout"), { code: "ETIMEDOUT" });
    const dial = setTimeout(() => sent.destroy(timedOut), LIMITS.proxyDialTimeoutMs);
    sent.on("socket", (socket) => socket.once("connect", () => clearTimeout(dial)));
    sent.on("response", resolve);
    sent.on("error", (error) => reject(unreachable(dialFault(error, address))));
    sent.on("close", () => clearTimeout(dial));
    start();
  });
}

interface Behind {
  readonly address: string;
  readonly prefix: string;
}

async function passBack({ response, context }: Exchange, answer: IncomingMessage, behind: Behind): Promise<void> {
  const headers: Record<string, string | string[]> = { "Audit-Id": context.auditId ?? "" };
  if (answer.headers["cache-control"] === undefined) headers["Cache-Control"] = "no-cache, private";
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined && isForwarded(name)) headers[name] = value;
  const { location } = answer.headers;
  if (location !== undefined) headers["location"] = asSeenBefore(location, behind);
  response.writeHead(answer.statusCode ?? 502, headers);
  try {
    for await (const chunk of answer) {
      if (!response.write(chunk as Buffer)) await drained(response);
    }
    response.end();
  } catch {
    // What was begun cannot become a Status any more; the client must not take it for whole.
    response.destroy();
  }
}

/** A redirect to the pod itself leads through the proxy again; one elsewhere stays. */
function asSeenBefore(location: string, { address, prefix }: Behind): string {
  const own = /^https?:\/\/([^/?#]+)(\/[^]*)?$/.exec(location);
  if (own !== null) return own[1] === address ? `${prefix}${own[2] ?? "/"}` : location;
  return location.startsWith("/") && !location.startsWith("//") ? `${prefix}${location}` : location;
}

function drained(response: Exchange["response"]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.removeListener("drain", done);
      response.removeListener("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
