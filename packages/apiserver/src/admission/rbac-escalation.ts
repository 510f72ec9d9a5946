import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { rulesIn, uncovered, type Rbac, type Rule } from "../auth/rbac.ts";
import { forbidden } from "../http/status.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const GROUP = "rbac.authorization.k8s.io";

/** Nobody grants what they do not have, unless they may `escalate` roles or `bind` them. */
export function rbacEscalation(rbac: Rbac): Admitter {
  return (request) => {
    const { resource, operation, object, context } = request;
    if (resource.group !== GROUP || object === undefined || operation === "DELETE" || context.isInternal === true)
      return;
    if (context.user.groups.includes("system:masters")) return;
    const missing = resource.kind.endsWith("Binding")
      ? missingForBinding(rbac, request, object)
      : missingForRole(rbac, request, object);
    if (missing.length === 0) return;
    const { username, groups } = context.user;
    throw forbidden(
      resource,
      object.metadata.name ?? "",
      `user ${JSON.stringify(username)} (groups=${JSON.stringify(groups)}) is attempting to grant RBAC permissions not currently held:\n${missing.map(describe).join("\n")}`,
    );
  };
}

function missingForRole(rbac: Rbac, request: AdmissionRequest, role: KubeObject): Rule[] {
  if (isAllowed(rbac, request, "escalate", request.resource.plural, role.metadata.name ?? "")) return [];
  return uncovered(rbac.rulesFor(request.context.user, request.namespace), rulesIn(role));
}

function missingForBinding(rbac: Rbac, request: AdmissionRequest, binding: KubeObject): Rule[] {
  const ref = isJsonObject(binding["roleRef"]) ? binding["roleRef"] : {};
  const kind = String(ref["kind"]);
  const name = String(ref["name"]);
  if (isAllowed(rbac, request, "bind", kind === "ClusterRole" ? "clusterroles" : "roles", name)) return [];
  const wanted = rbac.rulesOfRole(kind, request.namespace, name) ?? [];
  return uncovered(rbac.rulesFor(request.context.user, request.namespace), wanted);
}

function isAllowed(rbac: Rbac, request: AdmissionRequest, verb: string, plural: string, name: string): boolean {
  return rbac.decide({
    user: request.context.user,
    verb,
    isResource: true,
    path: "",
    group: GROUP,
    version: "v1",
    resource: plural,
    subresource: "",
    namespace: request.namespace,
    name,
  }).allowed;
}

/** A rule as Go prints it in this message. */
function describe(rule: Rule): string {
  const list = (name: string, values: readonly string[]): string =>
    values.length === 0 ? "" : `${name}:[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
  const parts = [
    list("APIGroups", rule.apiGroups),
    list("Resources", rule.resources),
    list("ResourceNames", rule.resourceNames),
    list("NonResourceURLs", rule.nonResourceURLs),
    list("Verbs", rule.verbs),
  ];
  return `{${parts.filter((part) => part !== "").join(", ")}}`;
}
