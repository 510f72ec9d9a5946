import { authenticate, type TokenReader } from "../auth/authenticate.ts";
import type { Attributes, Authorizer } from "../auth/types.ts";
import { send, sendError, type Exchange, type HttpRequest, type HttpResponse } from "../http/exchange.ts";
import { parseRequest, type Query, type RequestInfo } from "../http/request-info.ts";
import { badRequest, forbidden, internalError, requestTimedOut, requestTooLarge, StatusError } from "../http/status.ts";
import { LIMITS } from "../limits.ts";
import type { AuditPolicy } from "../audit/policy.ts";
import { onBody } from "../http/body.ts";
import type { AuditRecord, FlowNames, RequestContext, UserInfo } from "../registry/types.ts";
import { parseGoDuration, ProblemError, type Logger } from "@fairlead/base";
import { randomUUID } from "node:crypto";

export interface PipelineParts {
  readonly tokens: readonly TokenReader[];
  readonly authorizer: Authorizer;
  readonly logger: Logger;
  impersonate(request: HttpRequest, user: UserInfo): UserInfo;
  route(exchange: Exchange): Promise<void>;
  readonly auditLevel: AuditPolicy;
  flowOf(user: UserInfo, info: RequestInfo): FlowNames | undefined;
  /** Called once for each request when its answer is complete. */
  onFinished(exchange: Exchange, original: UserInfo, receivedMs: number): void;
  now(): number;
  /** How many requests are being answered, watches and the like left out. */
  readonly inFlight: InFlight;
}

export interface InFlight {
  reads: number;
  writes: number;
}

const NOBODY: UserInfo = { username: "", groups: [] };
const READS = new Set(["get", "list", "watch", "options"]);

/** One request from its first line to its answer: who, whether allowed, what, and every failure as a Status. */
export function createPipeline(parts: PipelineParts): (request: HttpRequest, response: HttpResponse) => void {
  const { inFlight } = parts;
  return (request, response) => {
    const receivedMs = parts.now();
    const auditId = auditIdOf(request);
    const context: RequestContext = {
      user: NOBODY,
      userAgent: request.headers["user-agent"] ?? "",
      auditId,
      warnings: [],
      auditAnnotations: {},
    };
    let exchange: Exchange;
    let original: UserInfo;
    try {
      const url = request.url ?? "/";
      if (url.length > LIMITS.urlBytesMax) throw requestTooLarge("the URL is too long");
      const info = parseRequest(request.method ?? "GET", url);
      original = authenticate(request, parts.tokens, receivedMs, context.warnings);
      const user = parts.impersonate(request, original);
      const audit: AuditRecord = { level: parts.auditLevel(info, original) };
      if (audit.level.startsWith("Request")) onBody(request, (body) => (audit.request = body));
      const flow = info.verb === "watch" || !isLongRunning(info) ? parts.flowOf(user, info) : undefined;
      exchange = { request, response, info, context: { ...context, user, audit, flow } };
    } catch (error) {
      refuse(parts, { request, response, context }, error);
      return;
    }
    response.on("close", () => parts.onFinished(exchange, original, receivedMs));
    const counted = READS.has(exchange.info.verb) ? "reads" : "writes";
    const isLong = isLongRunning(exchange.info);
    let timeoutMs: number;
    try {
      timeoutMs = isLong ? 0 : timeoutOf(exchange.info.query);
    } catch (error) {
      refuse(parts, exchange, error);
      return;
    }
    const limit = counted === "reads" ? LIMITS.readsInFlightMax : LIMITS.writesInFlightMax;
    if (!isLong && inFlight[counted] >= limit) {
      response.setHeader("Retry-After", "1");
      send(exchange, 429, "text/plain; charset=utf-8", "Too many requests, please try again later.\n");
      return;
    }
    if (!isLong && timeoutMs < 1) {
      refuse(parts, exchange, requestTimedOut());
      return;
    }
    if (isLong) {
      serve(parts, exchange).catch((error: unknown) => refuse(parts, exchange, error));
      return;
    }
    inFlight[counted]++;
    // The work may go on, as it does in kube-apiserver; the client is not kept waiting for it.
    const deadline = setTimeout(() => refuse(parts, exchange, requestTimedOut()), timeoutMs);
    serve(parts, exchange)
      .catch((error: unknown) => refuse(parts, exchange, error))
      .finally(() => {
        clearTimeout(deadline);
        inFlight[counted]--;
      });
  };
}

const AUDIT_ID_LENGTH_MAX = 64;

/** A client may name its request, so that logs on both sides can be laid together. */
function auditIdOf(request: HttpRequest): string {
  const given = request.headers["audit-id"];
  const isGood = typeof given === "string" && given.length <= AUDIT_ID_LENGTH_MAX && /^[\x21-\x7e]+$/.test(given);
  return isGood ? given : randomUUID();
}

/** What the client allows, at most what the server does (k8s.io/apiserver filters/request_deadline.go). @throws StatusError 400 */
function timeoutOf(query: Query): number {
  const text = query.get("timeout");
  if (text === undefined || text === "") return LIMITS.requestTimeoutMs;
  let askedMs: number;
  try {
    askedMs = parseGoDuration(text);
  } catch {
    const why = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? "missing unit in duration" : "invalid duration";
    throw badRequest(`invalid timeout specified in the request URL - time: ${why} ${JSON.stringify(text)}`);
  }
  return askedMs > 0 ? Math.min(askedMs, LIMITS.requestTimeoutMs) : LIMITS.requestTimeoutMs;
}

async function serve(parts: PipelineParts, exchange: Exchange): Promise<void> {
  const attributes = attributesOf(exchange.info, exchange.context.user);
  const decision = parts.authorizer.decide(attributes);
  if (decision.reason !== "") exchange.context.auditAnnotations["authorization.k8s.io/reason"] = decision.reason;
  exchange.context.auditAnnotations["authorization.k8s.io/decision"] = decision.allowed ? "allow" : "forbid";
  if (!decision.allowed) throw forbiddenRequest(attributes, decision.reason);
  await parts.route(exchange);
}

function refuse(
  parts: PipelineParts,
  exchange: Pick<Exchange, "response" | "context"> & Partial<Pick<Exchange, "info" | "request">>,
  error: unknown,
): void {
  if (exchange.response.destroyed) return;
  if (error instanceof StatusError) {
    sendError(exchange, error);
    return;
  }
  const [problem] = error instanceof ProblemError ? error.problems : [];
  if (problem !== undefined) {
    parts.logger.error("a request could not be carried out", { code: problem.code, error: problem.message });
    sendError(exchange, internalError(problem.message));
    return;
  }
  parts.logger.error("a request failed", {
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  sendError(exchange, internalError(error instanceof Error ? error.message : String(error)));
}

function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  return {
    user,
    verb: info.verb,
    isResource: info.isResource,
    path: info.path,
    group: info.group,
    version: info.version,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name !== "" ? info.name : nameInSelector(info),
  };
}

/** A list or watch of one name is authorised like that name. */
function nameInSelector(info: RequestInfo): string {
  if (info.verb !== "list" && info.verb !== "watch" && info.verb !== "deletecollection") return "";
  return /^metadata\.name=([^,!=]+)$/.exec(info.query.get("fieldSelector") ?? "")?.[1] ?? "";
}

/** The words of k8s.io/apiserver's responsewriters.ForbiddenMessage. */
export function forbiddenRequest(attributes: Attributes, reason: string): StatusError {
  const message = forbiddenMessage(attributes);
  const text = reason === "" ? message : `${message}: ${reason}`;
  const plural = attributes.isResource ? attributes.resource : "";
  return forbidden({ group: attributes.group, plural }, attributes.name, text);
}

function forbiddenMessage(attributes: Attributes): string {
  const user = JSON.stringify(attributes.user.username);
  const { verb, group, namespace } = attributes;
  if (!attributes.isResource) return `User ${user} cannot ${verb} path ${JSON.stringify(attributes.path)}`;
  const resource =
    attributes.subresource === "" ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
  const what = `User ${user} cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)}`;
  return namespace === "" ? `${what} at the cluster scope` : `${what} in the namespace ${JSON.stringify(namespace)}`;
}

function isLongRunning(info: RequestInfo): boolean {
  if (info.verb === "watch") return true;
  return info.subresource === "proxy" || (info.subresource === "log" && info.query.get("follow") === "true");
}
