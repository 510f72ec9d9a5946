import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { FieldFault } from "../http/status.ts";
import type { RequestContext, StatusEndpoint, Strategy } from "./types.ts";

/** Who approves says so by conditions, who signs by a certificate, each at an endpoint of its own (registry/certificates). */
export const SIGNING_REQUEST_STRATEGY: Omit<Strategy, "hasStatus"> = {
  prepareForCreate: nameRequestor,
  // What was asked for stays as it was.
  prepareForUpdate(after, before) {
    if (before["spec"] === undefined) delete after["spec"];
    else after["spec"] = before["spec"];
  },
  endpoints: { status: endpoint(false), approval: endpoint(true) },
};

/** Who asks for a certificate is what the server saw, not what the request says. */
function nameRequestor(object: KubeObject, { user }: RequestContext): void {
  const spec: JsonObject = isJsonObject(object["spec"]) ? object["spec"] : {};
  for (const key of ["username", "uid", "groups", "extra"]) delete spec[key];
  spec["username"] = user.username;
  if (user.uid !== undefined && user.uid !== "") spec["uid"] = user.uid;
  if (user.groups.length > 0) spec["groups"] = [...user.groups];
  if (user.extra !== undefined && Object.keys(user.extra).length > 0)
    spec["extra"] = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
  object["spec"] = spec;
}

function endpoint(isApproval: boolean): StatusEndpoint {
  return {
    prepare(after, before, nowMs) {
      if (isApproval) keepCertificate(after, before);
      else keepApproval(after, before);
      stampConditions(after, before, nowMs);
    },
    faults: (after, before) => [
      ...removed(after, before),
      ...(isApproval ? [] : added(after, before)),
      ...altered(after, before),
    ],
  };
}

function keepCertificate(after: KubeObject, before: KubeObject): void {
  const known = statusOf(before)["certificate"];
  if (known === undefined && !isJsonObject(after["status"])) return;
  const { certificate: _given, ...rest } = statusOf(after);
  after["status"] = known === undefined ? rest : { ...rest, certificate: known };
}

/** An approval that is sent along unchanged is none of the writer's. */
function keepApproval(after: KubeObject, before: KubeObject): void {
  const old = conditionsOf(before);
  for (const [index, condition] of conditionsOf(after).entries()) {
    const same = old.find(({ type }) => type === condition["type"]);
    if (same !== undefined && isDecision(condition)) conditionsOf(after)[index] = same;
  }
}

const DECISIONS = new Set(["Approved", "Denied"]);
/** Once said, for ever. */
const LASTING = ["Approved", "Denied", "Failed"];

function isDecision({ type }: JsonObject): boolean {
  return typeof type === "string" && DECISIONS.has(type);
}

function stampConditions(after: KubeObject, before: KubeObject, nowMs: number): void {
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  for (const condition of conditionsOf(after)) {
    condition["lastUpdateTime"] ??= now;
    const same = conditionsOf(before).find(
      ({ type, status }) => type === condition["type"] && status === condition["status"],
    );
    condition["lastTransitionTime"] ??= same?.["lastTransitionTime"] ?? now;
  }
}

function removed(after: KubeObject, before: KubeObject): FieldFault[] {
  const count = (object: KubeObject, name: string): number =>
    conditionsOf(object).filter(({ type }) => type === name).length;
  return LASTING.filter((name) => count(after, name) < count(before, name)).map((name) =>
    forbidden("conditions", `remove a condition of type ${JSON.stringify(name)}`),
  );
}

function added(after: KubeObject, before: KubeObject): FieldFault[] {
  const has = (object: KubeObject, name: string): boolean => conditionsOf(object).some(({ type }) => type === name);
  return [...DECISIONS]
    .filter((name) => has(after, name) && !has(before, name))
    .map((name) => forbidden("conditions", `add a condition of type ${JSON.stringify(name)}`));
}

function altered(after: KubeObject, before: KubeObject): FieldFault[] {
  const { certificate: known } = statusOf(before);
  if (known === undefined || known === statusOf(after)["certificate"]) return [];
  return [forbidden("certificate", "modify existing certificate content")];
}

function forbidden(field: string, what: string): FieldFault {
  return { type: "FieldValueForbidden", field: `status.${field}`, message: `Forbidden: updates may not ${what}` };
}

function statusOf(object: KubeObject): JsonObject {
  return isJsonObject(object["status"]) ? object["status"] : {};
}

function conditionsOf(object: KubeObject): JsonObject[] {
  const { conditions } = statusOf(object);
  return Array.isArray(conditions) ? (conditions as JsonObject[]) : [];
}
