import type { KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import { scaleOf } from "../registry/scale.ts";
import type { Resource } from "../registry/types.ts";
import type { ResourceTable } from "../registry/resource-table.ts";
import { matchesRules, objectsIn } from "./matching.ts";
import type { AdmissionRequest } from "./types.ts";

/** A request as a rule sees it: in the version that the rule names, which may be another than the request's. */
export interface MatchedRequest {
  readonly request: AdmissionRequest;
  readonly resource: Resource;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

/**
 * The resource by which rules match a request: its own; else, unless the policy is Exact, another version (or group) of the same
 * objects. undefined: they don't.
 */
export function matchedResource(
  rules: readonly JsonObject[],
  matchPolicy: unknown,
  request: AdmissionRequest,
  resources: ResourceTable,
): Resource | undefined {
  if (matchesRules(rules, request)) return request.resource;
  if (matchPolicy === "Exact") return undefined;
  return resources
    .versionsOf(request.resource)
    .find((other) => other !== request.resource && matchesRules(rules, { ...request, resource: other }));
}

/** The same for `matchConstraints` and `matchResources`, whose rules may also take resources out. No rules at all: every resource. */
export function matchedConstraint(
  match: JsonObject,
  request: AdmissionRequest,
  resources: ResourceTable,
): Resource | undefined {
  const policy = match["matchPolicy"];
  if (matchedResource(objectsIn(match["excludeResourceRules"]), policy, request, resources) !== undefined)
    return undefined;
  const rules = objectsIn(match["resourceRules"]);
  return rules.length === 0 ? request.resource : matchedResource(rules, policy, request, resources);
}

export function matchedRequest(request: AdmissionRequest, resource: Resource): MatchedRequest {
  const converted = (object: KubeObject | undefined): KubeObject | undefined => {
    if (object === undefined) return undefined;
    if (request.subresource === "scale") return scaleOf(request.resource, object);
    return resource === request.resource ? object : convertBetween(request.resource, resource, object);
  };
  return { request, resource, object: converted(request.object), oldObject: converted(request.oldObject) };
}

/** An object of one version in another of the same kind. */
export function convertBetween(from: Resource, to: Resource, object: KubeObject): KubeObject {
  const stored = from.conversion === undefined ? object : from.conversion.toStored(object);
  const apiVersion = to.group === "" ? to.version : `${to.group}/${to.version}`;
  return to.conversion === undefined ? { ...stored, apiVersion } : to.conversion.toServed(stored);
}

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" };

/** What the request is about, and what it was about as it came. */
export function reviewKinds({ request, resource }: MatchedRequest): JsonObject {
  const { subresource } = request;
  const kindOf = ({ group, version, kind }: Resource): JsonObject =>
    subresource === "scale" ? SCALE : { group, version, kind };
  return {
    kind: kindOf(resource),
    resource: { group: resource.group, version: resource.version, resource: resource.plural },
    ...(subresource === "" ? {} : { subResource: subresource }),
    requestKind: kindOf(request.resource),
    requestResource: {
      group: request.resource.group,
      version: request.resource.version,
      resource: request.resource.plural,
    },
    ...(subresource === "" ? {} : { requestSubResource: subresource }),
  };
}
