import type { Clock, Logger } from "@fairlead/base";
import { forwardToRemote } from "../aggregator/forward.ts";
import { RemoteServices, type RemoteService } from "../aggregator/remote-services.ts";
import { signingRights } from "../admission/certificates.ts";
import { namespaceLabel, namespaceLifecycle } from "../admission/namespace-lifecycle.ts";
import {
  defaultStorageClass,
  defaultTolerations,
  podPriority,
  serviceAccountAdmission,
} from "../admission/pod-defaults.ts";
import { overheadOfClass, runtimeClass } from "../admission/runtime-class.ts";
import { rbacEscalation } from "../admission/rbac-escalation.ts";
import { ServiceAddresses } from "../admission/service-addresses.ts";
import { volumeProtection } from "../admission/volume-protection.ts";
import { nodeTaint } from "../admission/node-taint.ts";
import { AdmissionPolicies } from "../admission/policies.ts";
import type { WebhookRoutes } from "../admission/webhook-call.ts";
import { Webhooks } from "../admission/webhooks.ts";
import { LimitRanger } from "../admission/limit-ranger.ts";
import { Quotas } from "../admission/quota.ts";
import { inOrder, type Admission, type Admitter } from "../admission/types.ts";
import type { AuditPolicy } from "../audit/policy.ts";
import type { AuditSink } from "../audit/types.ts";
import { auditEvent } from "../audit/record.ts";
import { staticToken } from "../auth/authenticate.ts";
import { impersonate } from "../auth/impersonate.ts";
import type { Pki } from "../auth/pki.ts";
import { Rbac } from "../auth/rbac.ts";
import { reviewHandlers } from "../auth/reviews.ts";
import { ISSUER, keySet, readToken, tokenReader, type TokenObjects } from "../auth/tokens.ts";
import { Discovery } from "../discovery/documents.ts";
import { sendJson, type Exchange, type HttpRequest, type HttpResponse } from "../http/exchange.ts";
import type { PodRoute } from "../http/proxy-forward.ts";
import { handlePodProxy, handleServiceProxy } from "../http/proxy-handler.ts";
import { ServerCaller } from "../http/server-call.ts";
import { handleScale } from "../http/scale-handler.ts";
import type { OpenWatches } from "../http/watch.ts";
import { openApiPaths, openApiV2Path } from "../openapi/handler.ts";
import { OpenApiV2 } from "../openapi/v2.ts";
import { OpenApiV3 } from "../openapi/v3.ts";
import { handlePodStream, type PodStream } from "../registry/pod-streams.ts";
import { handlePodLog, type PodLogs } from "../registry/pod-logs.ts";
import { handleBinding, handleEviction } from "../registry/pod-subresources.ts";
import { tracked } from "../registry/machinery.ts";
import { Registry } from "../registry/registry.ts";
import { ResourceTable } from "../registry/resource-table.ts";
import { serviceAddress } from "../registry/service-address.ts";
import type { ServiceProxies } from "../registry/service-proxy.ts";
import type { SubresourceHandler } from "../registry/subresources.ts";
import { handleTokenRequest } from "../registry/token-request.ts";
import type { Resource, UserInfo } from "../registry/types.ts";
import type { Store } from "../storage/store.ts";
import { Metrics } from "./metrics.ts";
import { FlowClassifier } from "./flow-classifier.ts";
import { createPipeline, forbiddenRequest, type InFlight } from "./pipeline.ts";
import { route, type VirtualHandler } from "./router.ts";
import { systemPaths } from "./system-paths.ts";

export const MASTERS_GROUP = "system:masters";

export interface Parts {
  readonly store: Store;
  readonly pki: Pki;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly adminToken: string;
  readonly proxies: ServiceProxies;
  readonly logs: PodLogs;
  /** How pods are reached. */
  readonly route: PodRoute;
  readonly audit: AuditSink | undefined;
  readonly auditPolicy: AuditPolicy;
  readonly disabledAdmission: readonly string[];
  isReady(): boolean;
}

export interface Assembled {
  readonly registry: Registry;
  readonly watches: OpenWatches;
  readonly webhookRoutes: WebhookRoutes;
  readonly remotes: RemoteServices;
  handle(request: HttpRequest, response: HttpResponse): void;
  close(): void;
}

/** Puts the layers together: what a request meets, in order, is in `createPipeline` and `route`. */
export function assemble(parts: Parts): Assembled {
  const { store, pki, clock } = parts;
  const resources = new ResourceTable();
  const rbac = new Rbac(store);
  const caller = new ServerCaller();
  const webhookRoutes: WebhookRoutes = {
    caller,
    proxies: parts.proxies,
    addressOf: (service) => serviceAddress(registry, parts.route, service),
  };
  const registry: Registry = new Registry({
    store,
    resources,
    clock,
    admission: admissionOf(parts, rbac, resources, webhookRoutes),
  });
  const watches: OpenWatches = new Set();
  const metrics = new Metrics();
  const inFlight: InFlight = { reads: 0, writes: 0 };
  const objects = tokenObjects(registry);
  const remotes = new RemoteServices(store);
  const routerParts = {
    registry,
    discovery: new Discovery(resources, remotes),
    remotes,
    forward: (exchange: Exchange, remote: RemoteService) => forwardToRemote(registry, parts.route, exchange, remote),
    watches,
    paths: [
      openApiPaths(new OpenApiV3(resources)),
      openApiV2Path(new OpenApiV2(resources)),
      systemPaths({ isReady: parts.isReady, metrics: () => metrics.text({ store, watches, inFlight }) }),
      (exchange: Exchange) => sendIssuer(exchange, pki),
    ],
    virtual: virtualHandlers(registry, rbac, pki, objects),
    subresources: subresourceHandlers(registry, parts),
  };
  const flows = new FlowClassifier(store);
  const handle = createPipeline({
    tokens: [
      staticToken(parts.adminToken, { username: "admin", groups: [MASTERS_GROUP] }),
      tokenReader(pki.tokenPublicKey, objects, () => clock.now()),
    ],
    authorizer: rbac,
    logger: parts.logger,
    impersonate: (request, user) => impersonate(request, user, rbac, forbiddenRequest),
    route: (exchange) => route(routerParts, exchange),
    onFinished: (exchange, original, receivedMs) =>
      finished({ parts, metrics, resources }, exchange, original, receivedMs),
    flowOf: (user, info) => flows.flowOf(user, info),
    now: () => clock.now(),
    inFlight,
    auditLevel: parts.audit === undefined ? () => "None" : parts.auditPolicy,
  });
  const close = (): void => {
    metrics.close();
    caller.close();
  };
  return { registry, watches, webhookRoutes, remotes, handle, close };
}

/** Steps by the names kube-apiserver has for them, in its order. */
function admissionOf(parts: Parts, rbac: Rbac, resources: ResourceTable, webhookRoutes: WebhookRoutes): Admission {
  const { store, clock } = parts;
  const addresses = new ServiceAddresses(store, () => clock.now());
  const webhooks = new Webhooks({ store, resources, authorizer: rbac, routes: webhookRoutes, logger: parts.logger });
  const policies = new AdmissionPolicies(store, resources, rbac);
  const limits = new LimitRanger(store);
  const quotas = new Quotas(store);
  const chosen = (steps: readonly (readonly [name: string, step: Admitter])[]): Admitter =>
    inOrder(steps.filter(([name]) => !parts.disabledAdmission.includes(name)).map(([, step]) => step));
  const own = chosen([
    ["NamespaceLifecycle", namespaceLifecycle(store)],
    ["", namespaceLabel],
    ["", rbacEscalation(rbac)],
    ["ServiceAccount", serviceAccountAdmission(store)],
    ["TaintNodesByCondition", nodeTaint],
    ["LimitRanger", limits.mutate],
    ["Priority", podPriority(store)],
    ["RuntimeClass", runtimeClass(store)],
    ["DefaultTolerationSeconds", defaultTolerations],
    ["DefaultStorageClass", defaultStorageClass(store)],
    ["StorageObjectInUseProtection", volumeProtection],
  ]);
  return {
    mutate: chosen([
      ["", own],
      ["MutatingAdmissionWebhook", webhooks.mutating(own)],
      ["", addresses.admitter],
    ]),
    validate: chosen([
      ["NamespaceLifecycle", namespaceLifecycle(store)],
      ["LimitRanger", limits.validate],
      ["CertificateApproval", signingRights(rbac)],
      ["RuntimeClass", overheadOfClass],
      ["ValidatingAdmissionPolicy", policies.admitter],
      ["ValidatingAdmissionWebhook", webhooks.validate],
      ["ResourceQuota", quotas.admitter],
    ]),
  };
}

function virtualHandlers(
  registry: Registry,
  rbac: Rbac,
  pki: Pki,
  objects: TokenObjects,
): ReadonlyMap<string, VirtualHandler> {
  const reviews = reviewHandlers({
    rbac,
    now: () => registry.clock.now(),
    track: (resource, object, options) =>
      tracked(registry.resources, resource, undefined, object, options, "", registry.clock.now()),
    readToken: (token, audiences) =>
      readToken(
        pki.tokenPublicKey,
        objects,
        registry.clock.now(),
        token,
        audiences.length === 0 ? [ISSUER] : audiences,
      ),
  });
  return new Map([...reviews, ["/bindings", (exchange) => handleBinding(registry, exchange, "")]]);
}

const PODS_STREAMS = ["exec", "attach", "portforward"] as const satisfies readonly PodStream[];

function subresourceHandlers(
  registry: Registry,
  { pki, proxies, logs, route }: Parts,
): ReadonlyMap<string, SubresourceHandler> {
  const proxy = { registry, proxies, route };
  return new Map<string, SubresourceHandler>([
    ["scale", (exchange, resource) => handleScale(registry, resource, exchange)],
    ["/pods/log", (exchange, resource) => handlePodLog(registry, logs, exchange, resource)],
    ...PODS_STREAMS.map((stream): [string, SubresourceHandler] => [
      `/pods/${stream}`,
      (exchange, resource) => handlePodStream(stream, registry, exchange, resource),
    ]),
    ["/pods/binding", (exchange) => handleBinding(registry, exchange, exchange.info.name)],
    ["/pods/eviction", (exchange, resource) => handleEviction(registry, exchange, resource)],
    ["/serviceaccounts/token", (exchange, resource) => handleTokenRequest(registry, pki, exchange, resource)],
    ["/services/proxy", (exchange) => handleServiceProxy(proxy, exchange)],
    ["/pods/proxy", (exchange) => handlePodProxy(proxy, exchange)],
  ]);
}

function tokenObjects(registry: Registry): TokenObjects {
  return {
    find: (plural, namespace, name) =>
      registry.find(registry.resources.find("", "v1", plural) as Resource, namespace, name),
  };
}

/** OpenID discovery: how others verify our service-account tokens. */
function sendIssuer(exchange: Exchange, pki: Pki): boolean {
  const { path } = exchange.info;
  if (path === "/openid/v1/jwks") {
    sendJson(exchange, 200, keySet(pki.tokenPublicKey));
    return true;
  }
  if (path !== "/.well-known/openid-configuration") return false;
  sendJson(exchange, 200, {
    issuer: ISSUER,
    jwks_uri: `https://${exchange.request.headers.host ?? "localhost"}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  });
  return true;
}

const VERB_LABELS: Readonly<Record<string, string>> = {
  create: "POST",
  update: "PUT",
  deletecollection: "DELETECOLLECTION",
};

/** As metrics name verbs: by the method where it says as much. */
function verbLabel({ info, request }: Exchange): string {
  if (info.verb === "patch" && request.headers["content-type"]?.startsWith("application/apply-patch")) return "APPLY";
  return VERB_LABELS[info.verb] ?? info.verb.toUpperCase();
}

interface Records {
  readonly parts: Parts;
  readonly metrics: Metrics;
  readonly resources: ResourceTable;
}

function finished(
  { parts, metrics, resources }: Records,
  exchange: Exchange,
  original: UserInfo,
  receivedMs: number,
): void {
  const { info, response } = exchange;
  const nowMs = parts.clock.now();
  const scope = info.name !== "" ? "resource" : info.namespace !== "" ? "namespace" : info.isResource ? "cluster" : "";
  // Names that no resource has must not make a time series each.
  const isKnown = info.isResource && resources.find(info.group, info.version, info.resource) !== undefined;
  metrics.observe(
    {
      verb: verbLabel(exchange),
      dryRun: info.query.get("dryRun") ?? "",
      group: isKnown ? info.group : "",
      version: isKnown ? info.version : "",
      resource: isKnown ? info.resource : "",
      subresource: isKnown && response.statusCode !== 404 ? info.subresource : "",
      scope,
    },
    response.statusCode,
    (nowMs - receivedMs) / 1000,
  );
  if (exchange.context.audit?.level !== "None") parts.audit?.(auditEvent(exchange, original, receivedMs, nowMs));
}
