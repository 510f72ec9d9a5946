import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { dialFault } from "../http/dial-faults.ts";
import { send, type Exchange } from "../http/exchange.ts";
import type { PodRoute } from "../http/proxy-forward.ts";
import { forwardedHeaders, isForwarded } from "../http/proxy-headers.ts";
import type { Registry } from "../registry/registry.ts";
import { serviceAddress } from "../registry/service-address.ts";
import type { UserInfo } from "../registry/types.ts";
import type { RemoteService } from "./remote-services.ts";

/** Passes a request on to the server behind an APIService, with who makes it, and its answer back as it comes. */
export async function forwardToRemote(
  registry: Registry,
  route: PodRoute,
  exchange: Exchange,
  remote: RemoteService,
): Promise<void> {
  const { request, response, context } = exchange;
  const unavailable = (text: string): void => send(exchange, 503, "text/plain; charset=utf-8", `${text}\n`);
  if (!remote.isAvailable) return unavailable("service unavailable");
  let address;
  try {
    address = serviceAddress(registry, route, remote.service);
  } catch {
    return unavailable("service unavailable");
  }
  const headers = { ...ownHeaders(exchange), ...userHeaders(context.user) };
  const sent = httpsRequest({
    ...address,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    agent: false,
    headers: { ...headers, host: address.servername },
    ...(remote.insecure ? { rejectUnauthorized: false } : {}),
    ...(remote.ca === undefined ? {} : { ca: remote.ca }),
  });
  const hangUp = (): void => void sent.destroy();
  response.on("close", hangUp);
  try {
    await new Promise<void>((resolve, reject) => {
      sent.on("error", reject);
      sent.on("response", (answer) => {
        const passed: Record<string, string | string[]> = { "Audit-Id": context.auditId ?? "" };
        for (const [name, value] of Object.entries(answer.headers))
          if (value !== undefined && isForwarded(name)) passed[name] = value;
        response.writeHead(answer.statusCode ?? 502, passed);
        response.flushHeaders();
        pipeline(answer, response as unknown as NodeJS.WritableStream).then(resolve, () => {
          // What was begun cannot become a Status any more.
          response.destroy();
          resolve();
        });
      });
      request.pipe(sent);
    });
  } catch (error) {
    const why = dialFault(error as NodeJS.ErrnoException, `${address.host}:${address.port}`);
    unavailable(`error trying to reach service: ${why}`);
  } finally {
    response.removeListener("close", hangUp);
  }
}

/** The client's headers without any that says who it is. */
function ownHeaders({ request }: Exchange): Record<string, string> {
  return Object.fromEntries(
    Object.entries(forwardedHeaders(request)).filter(([name]) => !name.toLowerCase().startsWith("x-remote-")),
  );
}

/** How the other server learns who asks (the request header authenticator). */
function userHeaders({ username, uid, groups, extra = {} }: UserInfo): Record<string, string | string[]> {
  return {
    "x-remote-user": username,
    ...(uid === undefined || uid === "" ? {} : { "x-remote-uid": uid }),
    "x-remote-group": [...groups],
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `x-remote-extra-${encodeURIComponent(key.toLowerCase())}`,
        [...values],
      ]),
    ),
  };
}
