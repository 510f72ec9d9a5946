import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Store } from "../storage/store.ts";
import type { Entry } from "../storage/entry.ts";
import type { UserInfo } from "../registry/types.ts";
import type { Attributes, Authorizer, Decision } from "./types.ts";

const GROUP = "rbac.authorization.k8s.io";
const MASTERS = "system:masters";

/** One rule of a role, ready to be asked. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

interface Binding {
  readonly name: string;
  readonly namespace: string;
  readonly roleKind: string;
  readonly roleName: string;
  readonly subjects: readonly JsonObject[];
}

interface Policy {
  readonly clusterRoles: ReadonlyMap<string, readonly Rule[]>;
  /** By `namespace/name`. */
  readonly roles: ReadonlyMap<string, readonly Rule[]>;
  readonly clusterBindings: readonly Binding[];
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
}

/** Rules with where they come from. */
interface Grant {
  readonly rules: readonly Rule[];
  readonly reason: string;
}

/** Role-based access control over the roles and bindings in the store, compiled when one of them has changed. */
export class Rbac implements Authorizer {
  readonly #store: Store;
  #policy: Policy | undefined;

  constructor(store: Store) {
    this.#store = store;
    store.onCommit((events) => {
      if (events.some((event) => event.entry.resource.startsWith(`${GROUP}/`))) this.#policy = undefined;
    });
  }

  decide(attributes: Attributes): Decision {
    if (attributes.user.groups.includes(MASTERS)) return { allowed: true, reason: "" };
    for (const { rules, reason } of this.#grants(attributes.user, attributes.namespace)) {
      if (rules.some((rule) => allows(rule, attributes))) return { allowed: true, reason };
    }
    return { allowed: false, reason: "" };
  }

  /** Every rule that holds for a user in a namespace: cluster-wide ones and the namespace's own. */
  rulesFor(user: UserInfo, namespace: string): Rule[] {
    return [...this.#grants(user, namespace)].flatMap(({ rules }) => rules);
  }

  /** The rules of a role; undefined when there is no such role. */
  rulesOfRole(kind: string, namespace: string, name: string): readonly Rule[] | undefined {
    const { clusterRoles, roles } = this.#compiled();
    return kind === "ClusterRole" ? clusterRoles.get(name) : roles.get(`${namespace}/${name}`);
  }

  *#grants(user: UserInfo, namespace: string): Generator<Grant> {
    const policy = this.#compiled();
    for (const binding of policy.clusterBindings) {
      const subject = binding.subjects.find((candidate) => isSubject(candidate, user, ""));
      const rules = subject && policy.clusterRoles.get(binding.roleName);
      if (rules) yield { rules, reason: reasonOf("ClusterRoleBinding", binding.name, binding, subject) };
    }
    if (namespace === "") return;
    for (const binding of policy.bindings.get(namespace) ?? []) {
      const subject = binding.subjects.find((candidate) => isSubject(candidate, user, namespace));
      const rules = subject && this.rulesOfRole(binding.roleKind, namespace, binding.roleName);
      if (rules) yield { rules, reason: reasonOf("RoleBinding", `${binding.name}/${namespace}`, binding, subject) };
    }
  }

  #compiled(): Policy {
    return (this.#policy ??= compile(this.#store));
  }
}

function compile(store: Store): Policy {
  const all = (plural: string): readonly Entry[] => store.collection(`${GROUP}/${plural}`).list();
  const bindings = all("rolebindings").map(bindingOf);
  return {
    clusterRoles: new Map(all("clusterroles").map((entry) => [entry.name, rulesOf(entry.parse()["rules"])])),
    roles: new Map(all("roles").map((entry) => [entry.sortKey, rulesOf(entry.parse()["rules"])])),
    clusterBindings: all("clusterrolebindings").map(bindingOf),
    bindings: Map.groupBy(bindings, (binding) => binding.namespace),
  };
}

function bindingOf(entry: Entry): Binding {
  const { roleRef, subjects } = entry.parse();
  const ref = isJsonObject(roleRef) ? roleRef : {};
  return {
    name: entry.name,
    namespace: entry.namespace,
    roleKind: String(ref["kind"]),
    roleName: String(ref["name"]),
    subjects: Array.isArray(subjects) ? subjects.filter(isJsonObject) : [],
  };
}

function rulesOf(value: Json | undefined): Rule[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((rule) => ({
    verbs: texts(rule["verbs"]),
    apiGroups: texts(rule["apiGroups"]),
    resources: texts(rule["resources"]),
    resourceNames: texts(rule["resourceNames"]),
    nonResourceURLs: texts(rule["nonResourceURLs"]),
  }));
}

function isSubject(subject: JsonObject, user: UserInfo, namespace: string): boolean {
  const name = String(subject["name"]);
  switch (subject["kind"]) {
    case "User":
      return user.username === name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount": {
      const own =
        typeof subject["namespace"] === "string" && subject["namespace"] !== "" ? subject["namespace"] : namespace;
      return own !== "" && user.username === `system:serviceaccount:${own}:${name}`;
    }
    default:
      return false;
  }
}

/** Whether one rule allows a request (k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac RuleAllows). */
function allows(rule: Rule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResource) return rule.nonResourceURLs.some((url) => matchesUrl(url, attributes.path));
  return (
    has(rule.apiGroups, attributes.group) &&
    hasResource(rule, attributes) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name))
  );
}

function has(values: readonly string[], wanted: string): boolean {
  return values.includes("*") || values.includes(wanted);
}

function hasResource(rule: Rule, { resource, subresource }: Attributes): boolean {
  if (rule.resources.includes("*")) return true;
  if (subresource === "") return rule.resources.includes(resource);
  return rule.resources.includes(`${resource}/${subresource}`) || rule.resources.includes(`*/${subresource}`);
}

function matchesUrl(url: string, path: string): boolean {
  if (url === "*" || url === path) return true;
  return url.endsWith("*") && path.startsWith(url.replace(/\*+$/, ""));
}

function reasonOf(kind: string, name: string, binding: Binding, subject: JsonObject): string {
  const role = `${binding.roleKind} ${JSON.stringify(binding.roleName)}`;
  return `RBAC: allowed by ${kind} ${JSON.stringify(name)} of ${role} to ${describeSubject(subject)}`;
}

function describeSubject(subject: JsonObject): string {
  const name = String(subject["name"]);
  if (subject["kind"] !== "ServiceAccount") return `${String(subject["kind"])} ${JSON.stringify(name)}`;
  return `ServiceAccount ${JSON.stringify(`${name}/${String(subject["namespace"])}`)}`;
}

/** Whether `owned` rules cover every single right that `wanted` would give; what is missing otherwise. */
export function uncovered(owned: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  return wanted.flatMap(singleRights).filter((right) => !owned.some((rule) => coversRight(rule, right)));
}

function singleRights(rule: Rule): Rule[] {
  const rights: Rule[] = [];
  const none = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs) rights.push({ ...none, verbs: [verb], nonResourceURLs: [url] });
    for (const group of rule.apiGroups) {
      for (const resource of rule.resources) {
        const right = { ...none, verbs: [verb], apiGroups: [group], resources: [resource] };
        if (rule.resourceNames.length === 0) rights.push(right);
        for (const name of rule.resourceNames) rights.push({ ...right, resourceNames: [name] });
      }
    }
  }
  return rights;
}

function coversRight(rule: Rule, right: Rule): boolean {
  const [verb = ""] = right.verbs;
  if (!has(rule.verbs, verb)) return false;
  const [url] = right.nonResourceURLs;
  if (url !== undefined) return rule.nonResourceURLs.some((own) => matchesUrl(own, url));
  const [group = ""] = right.apiGroups;
  const [resource = ""] = right.resources;
  const [name] = right.resourceNames;
  const [, sub] = resource.split("/");
  const isResource = has(rule.resources, resource) || (sub !== undefined && rule.resources.includes(`*/${sub}`));
  const isName = rule.resourceNames.length === 0 || (name !== undefined && rule.resourceNames.includes(name));
  return has(rule.apiGroups, group) && isResource && isName;
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The rules a role object carries. */
export function rulesIn(role: KubeObject): Rule[] {
  return rulesOf(role["rules"]);
}
