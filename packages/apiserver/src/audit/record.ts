import type { TLSSocket } from "node:tls";
import type { Exchange } from "../http/exchange.ts";
import type { UserInfo } from "../registry/types.ts";
import type { AuditEvent } from "./types.ts";

/** What the audit log says of one finished request. */
export function auditEvent(exchange: Exchange, original: UserInfo, receivedMs: number, nowMs: number): AuditEvent {
  const { info, context, request, response } = exchange;
  const isImpersonated = context.user.username !== original.username;
  const address = (request.socket as TLSSocket | undefined)?.remoteAddress;
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: context.auditId ?? "",
    stage: "ResponseComplete",
    requestURI: request.url ?? "",
    verb: info.verb,
    user: identity(original),
    ...(isImpersonated ? { impersonatedUser: identity(context.user) } : {}),
    sourceIPs: address === undefined ? [] : [address],
    ...(context.userAgent === "" ? {} : { userAgent: context.userAgent }),
    ...(info.isResource
      ? {
          objectRef: {
            resource: info.resource,
            ...(info.namespace === "" ? {} : { namespace: info.namespace }),
            ...(info.name === "" ? {} : { name: info.name }),
            ...(info.group === "" ? {} : { apiGroup: info.group }),
            apiVersion: info.version,
            ...(info.subresource === "" ? {} : { subresource: info.subresource }),
          },
        }
      : {}),
    responseStatus: { code: response.statusCode },
    requestReceivedTimestamp: microTime(receivedMs),
    stageTimestamp: microTime(nowMs),
    annotations: context.auditAnnotations,
  };
}

function identity(user: UserInfo): { username: string; groups: readonly string[] } {
  return { username: user.username, groups: user.groups };
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
