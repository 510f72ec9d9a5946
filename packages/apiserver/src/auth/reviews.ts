import type { KubeObject } from "@fairlead/apimachinery";
import { timestamp } from "../registry/metadata.ts";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { readBody } from "../http/body.ts";
import { representationOf, sendValue, type Exchange } from "../http/exchange.ts";
import { writeOptionsOf } from "../http/options.ts";
import { invalid, type FieldFault } from "../http/status.ts";
import { readObject } from "../http/write-handlers.ts";
import type { VirtualHandler } from "../server/router.ts";
import type { Resource, UserInfo, WriteOptions } from "../registry/types.ts";
import type { Rbac, Rule } from "./rbac.ts";
import type { ReadToken } from "./tokens.ts";
import type { Attributes } from "./types.ts";

export interface ReviewParts {
  now(): number;
  /** managedFields of a review, which has them like any object. */
  track(resource: Resource, object: KubeObject, options: WriteOptions): KubeObject;
  readonly rbac: Rbac;
  /** Whose token this is, for these audiences; undefined when nobody's. */
  readToken(token: string, audiences: readonly string[]): ReadToken | undefined;
}

/** Kinds that are questions about who one is and what one may. */
export function reviewHandlers(parts: ReviewParts): ReadonlyMap<string, VirtualHandler> {
  const answer =
    (respond: (object: KubeObject, exchange: Exchange, resource: Resource) => JsonObject): VirtualHandler =>
    async (exchange, resource) => {
      representationOf(exchange);
      const body = await readBody(exchange.request);
      const options = writeOptionsOf(exchange.info.query, exchange.context.userAgent, "CreateOptions");
      const given = readObject(resource, exchange, body, options);
      const status = respond(given, exchange, resource);
      // Who one is was asked at a time, says the API; the other questions have none.
      if (resource.kind === "SelfSubjectReview") given.metadata.creationTimestamp = timestamp(parts.now());
      const object = resource.kind === RULES ? emptyOf(given) : parts.track(resource, given, options);
      sendValue(exchange, 201, { ...object, status });
    };
  return new Map([
    [
      "authentication.k8s.io/selfsubjectreviews",
      answer((_object, { context }) => ({ userInfo: userInfo(context.user) })),
    ],
    ["authentication.k8s.io/tokenreviews", answer((object) => reviewToken(parts, object))],
    [
      "authorization.k8s.io/selfsubjectaccessreviews",
      answer((object, exchange, resource) => selfAccess(parts, object, exchange, resource)),
    ],
    [
      "authorization.k8s.io/subjectaccessreviews",
      answer((object, _exchange, resource) => access(parts, object, resource, "")),
    ],
    [
      "authorization.k8s.io/localsubjectaccessreviews",
      answer((object, exchange, resource) => access(parts, object, resource, exchange.info.namespace)),
    ],
    ["authorization.k8s.io/selfsubjectrulesreviews", answer((object, exchange) => selfRules(parts, object, exchange))],
  ]);
}

const RULES = "SelfSubjectRulesReview";

/** The answer to what one may do is a new object: nothing of the question is in it. */
function emptyOf({ apiVersion, kind }: KubeObject): KubeObject {
  return { kind, apiVersion, metadata: {}, spec: {} };
}

export function userInfo(user: UserInfo): JsonObject {
  const { username, uid, groups, extra } = user;
  return {
    username,
    ...(uid === undefined || uid === "" ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined || Object.keys(extra).length === 0
      ? {}
      : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
}

function reviewToken(parts: ReviewParts, object: KubeObject): JsonObject {
  const spec = objectOf(object["spec"]);
  const token = textOf(spec["token"]);
  if (token === "") {
    throw invalid("authentication.k8s.io", "TokenReview", "", [
      {
        type: "FieldValueRequired",
        field: "spec.token",
        message: "Required value: token is required for TokenReview in authentication",
      },
    ]);
  }
  const read = parts.readToken(token, listOf(spec["audiences"]).map(String));
  if (read === undefined) return { user: {}, error: "[invalid bearer token]" };
  return { authenticated: true, user: userInfo(read.user), audiences: [...read.audiences] };
}

function selfAccess(parts: ReviewParts, object: KubeObject, exchange: Exchange, resource: Resource): JsonObject {
  const spec = objectOf(object["spec"]);
  return decide(parts, spec, exchange.context.user, resource, "");
}

function access(parts: ReviewParts, object: KubeObject, resource: Resource, namespace: string): JsonObject {
  const spec = objectOf(object["spec"]);
  const user: UserInfo = {
    username: textOf(spec["user"]),
    uid: textOf(spec["uid"]),
    groups: listOf(spec["groups"]).map(String),
  };
  const faults: FieldFault[] = [];
  if (user.username === "" && user.groups.length === 0) {
    faults.push({
      type: "FieldValueInvalid",
      field: "spec.user",
      message: 'Invalid value: "": at least one of user or group must be specified',
    });
  }
  return decide(parts, spec, user, resource, namespace, faults);
}

function decide(
  parts: ReviewParts,
  spec: JsonObject,
  user: UserInfo,
  resource: Resource,
  namespace: string,
  faults: FieldFault[] = [],
): JsonObject {
  const about = spec["resourceAttributes"];
  const path = spec["nonResourceAttributes"];
  if (isJsonObject(about) && isJsonObject(path)) {
    faults.push({
      type: "FieldValueInvalid",
      field: "spec.nonResourceAttributes",
      message: "Invalid value: null: cannot be specified in combination with resourceAttributes",
    });
  }
  if (!isJsonObject(about) && !isJsonObject(path)) {
    faults.push({
      type: "FieldValueInvalid",
      field: "spec.resourceAttributes",
      message: "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
    });
  }
  // The kind is missing from the message in kube-apiserver too.
  if (faults.length > 0) throw invalid(resource.group, "", "", faults);
  const decision = parts.rbac.decide(attributesOf(user, objectOf(about), path, namespace));
  return { allowed: decision.allowed, ...(decision.reason === "" ? {} : { reason: decision.reason }) };
}

function attributesOf(user: UserInfo, about: JsonObject, path: Json | undefined, namespace: string): Attributes {
  const isResource = !isJsonObject(path);
  const source = isJsonObject(path) ? path : about;
  return {
    user,
    verb: textOf(source["verb"]),
    isResource,
    path: isResource ? "" : textOf(source["path"]),
    group: textOf(about["group"]),
    version: textOf(about["version"]),
    resource: textOf(about["resource"]),
    subresource: textOf(about["subresource"]),
    namespace: namespace === "" ? textOf(about["namespace"]) : namespace,
    name: textOf(about["name"]),
  };
}

function selfRules(parts: ReviewParts, object: KubeObject, exchange: Exchange): JsonObject {
  const namespace = textOf(objectOf(object["spec"])["namespace"]);
  const { user } = exchange.context;
  const isMaster = user.groups.includes("system:masters");
  const rules: Rule[] = parts.rbac.rulesFor(user, namespace);
  if (isMaster && rules.length === 0)
    rules.push({ ...ALL, nonResourceURLs: [] }, { ...ALL, apiGroups: [], resources: [] });
  return {
    resourceRules: rules
      .filter((rule) => rule.resources.length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs: [...verbs],
        apiGroups: [...apiGroups],
        resources: [...resources],
        ...(resourceNames.length > 0 ? { resourceNames: [...resourceNames] } : {}),
      })),
    nonResourceRules: rules
      .filter((rule) => rule.nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs: [...verbs], nonResourceURLs: [...nonResourceURLs] })),
    incomplete: false,
  };
}

const ALL: Rule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: ["*"] };

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
