import type { TLSSocket } from "node:tls";
import type { Json } from "@fairlead/base";
import { parseJson } from "../storage/parse-json.ts";
import type { Exchange } from "../http/exchange.ts";
import type { UserInfo } from "../registry/types.ts";
import type { AuditEvent } from "./types.ts";

/** What the audit log says of one finished request. */
export function auditEvent(exchange: Exchange, original: UserInfo, receivedMs: number, nowMs: number): AuditEvent {
  const { info, context, request, response } = exchange;
  const isImpersonated = context.user.username !== original.username;
  const level = context.audit === undefined || context.audit.level === "None" ? "Metadata" : context.audit.level;
  const address = (request.socket as TLSSocket | undefined)?.remoteAddress;
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level,
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
    ...bodyIn("requestObject", info.isResource ? context.audit?.request : undefined),
    ...bodyIn("responseObject", info.isResource ? context.audit?.response : undefined),
    responseStatus: { code: response.statusCode },
    requestReceivedTimestamp: microTime(receivedMs),
    stageTimestamp: microTime(nowMs),
    annotations: context.auditAnnotations,
  };
}

/** A body as the log holds it: what is no JSON object (protobuf, YAML, a log) is left out. */
function bodyIn(name: string, body: Uint8Array | undefined): Record<string, Json> {
  if (body === undefined || body[0] !== 0x7b) return {};
  try {
    return { [name]: parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")) };
  } catch {
    return {};
  }
}

function identity(user: UserInfo): { username: string; groups: readonly string[] } {
  return { username: user.username, groups: user.groups };
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
