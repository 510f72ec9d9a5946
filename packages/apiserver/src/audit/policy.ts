import { isJsonObject, problemError, type Json, type JsonObject } from "@fairlead/base";
import type { RequestInfo } from "../http/request-info.ts";
import type { UserInfo } from "../registry/types.ts";

export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";

const LEVELS: readonly string[] = ["None", "Metadata", "Request", "RequestResponse"] satisfies readonly AuditLevel[];
/** The only stage that is written here. */
const STAGE = "ResponseComplete";

/** How much the audit log says of a request. */
export type AuditPolicy = (info: RequestInfo, user: UserInfo) => AuditLevel;

interface Rule {
  readonly level: AuditLevel;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly namespaces: readonly string[];
  readonly resources: readonly JsonObject[];
  readonly nonResourceUrls: readonly string[];
}

export const METADATA_ONLY: AuditPolicy = () => "Metadata";

/**
 * A Policy of audit.k8s.io/v1: the first rule that is about a request tells its level, and where none is, nothing is written
 * (k8s.io/apiserver pkg/audit/policy).
 * @throws ProblemError InvalidInput for what is no such policy
 */
export function auditPolicyOf(value: Json, file: string): AuditPolicy {
  const policy = isJsonObject(value) ? value : {};
  if (policy["kind"] !== "Policy" || policy["apiVersion"] !== "audit.k8s.io/v1" || !Array.isArray(policy["rules"])) {
    throw problemError(
      "InvalidInput",
      "it is no audit policy: apiVersion audit.k8s.io/v1, kind Policy and rules are needed",
      {
        file,
      },
    );
  }
  const omitted = texts(policy["omitStages"]);
  const rules = policy["rules"].map((rule, index) => ruleOf(rule, index, omitted, file));
  return (info, user) => rules.find((rule) => isAbout(rule, info, user))?.level ?? "None";
}

function ruleOf(value: Json, index: number, omitted: readonly string[], file: string): Rule {
  const rule = isJsonObject(value) ? value : {};
  const level = String(rule["level"]);
  if (!LEVELS.includes(level)) {
    throw problemError("InvalidInput", `rules[${index}].level: one of ${LEVELS.join(", ")} is needed`, { file });
  }
  const isOmitted = [...omitted, ...texts(rule["omitStages"])].includes(STAGE);
  return {
    level: isOmitted ? "None" : (level as AuditLevel),
    users: texts(rule["users"]),
    userGroups: texts(rule["userGroups"]),
    verbs: texts(rule["verbs"]),
    namespaces: texts(rule["namespaces"]),
    resources: Array.isArray(rule["resources"]) ? rule["resources"].filter(isJsonObject) : [],
    nonResourceUrls: texts(rule["nonResourceURLs"]),
  };
}

function isAbout(rule: Rule, info: RequestInfo, user: UserInfo): boolean {
  if (rule.users.length > 0 && !rule.users.includes(user.username)) return false;
  if (rule.userGroups.length > 0 && !rule.userGroups.some((group) => user.groups.includes(group))) return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(info.verb)) return false;
  if (rule.namespaces.length > 0 || rule.resources.length > 0) return isAboutResource(rule, info);
  if (rule.nonResourceUrls.length === 0) return true;
  return !info.isResource && rule.nonResourceUrls.some((url) => matchesUrl(url, info.path));
}

function isAboutResource(rule: Rule, info: RequestInfo): boolean {
  if (!info.isResource) return false;
  if (rule.namespaces.length > 0 && !rule.namespaces.includes(info.namespace)) return false;
  return rule.resources.length === 0 || rule.resources.some((wanted) => matchesResource(wanted, info));
}

function matchesResource(wanted: JsonObject, info: RequestInfo): boolean {
  if ((wanted["group"] ?? "") !== info.group) return false;
  const names = texts(wanted["resourceNames"]);
  const combined = info.subresource === "" ? info.resource : `${info.resource}/${info.subresource}`;
  const resources = texts(wanted["resources"]);
  if (resources.length === 0) return true;
  if (names.length > 0 && !names.includes(info.name)) return false;
  return resources.some(
    (one) =>
      one === "*" ||
      one === combined ||
      (info.subresource !== "" && (one === `*/${info.subresource}` || one === `${info.resource}/*`)),
  );
}

function matchesUrl(url: string, path: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
