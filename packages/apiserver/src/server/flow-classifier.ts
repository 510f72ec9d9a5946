import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { RequestInfo } from "../http/request-info.ts";
import type { FlowNames, UserInfo } from "../registry/types.ts";
import type { Store } from "../storage/store.ts";

const GROUP = "flowcontrol.apiserver.k8s.io";
const SCHEMAS = `${GROUP}/flowschemas`;
const LEVELS = `${GROUP}/prioritylevelconfigurations`;
const ACCOUNT_PREFIX = "system:serviceaccount:";

interface Flow extends FlowNames {
  readonly name: string;
  readonly precedence: number;
  readonly rules: readonly JsonObject[];
}

/**
 * Which FlowSchema a request falls under, as kube-apiserver tells in the headers X-Kubernetes-PF-*: of those that match and whose level
 * is there, the one with the lowest precedence, then the first by name (k8s.io/apiserver util/flowcontrol/rule.go). Nothing is queued
 * by it: how many requests are answered at once is limited for all together.
 */
export class FlowClassifier {
  readonly #store: Store;
  #flows: readonly Flow[] | undefined;

  constructor(store: Store) {
    this.#store = store;
    store.onCommit((events) => {
      if (events.some(({ entry }) => entry.resource === SCHEMAS || entry.resource === LEVELS)) this.#flows = undefined;
    });
  }

  /** Undefined while no schema matches. */
  flowOf(user: UserInfo, info: RequestInfo): FlowNames | undefined {
    this.#flows ??= this.#read();
    return this.#flows.find(({ rules }) => rules.some((rule) => matches(rule, user, info)));
  }

  #read(): readonly Flow[] {
    const levels = this.#store.collection(LEVELS);
    const flows: Flow[] = [];
    for (const entry of this.#store.collection(SCHEMAS).list()) {
      const schema = entry.parse() as unknown as KubeObject;
      const spec = objectOf(schema["spec"]);
      const level = levels.get("", String(objectOf(spec["priorityLevelConfiguration"])["name"] ?? ""));
      if (level === undefined) continue;
      flows.push({
        name: entry.name,
        precedence: Number(spec["matchingPrecedence"] ?? 0),
        rules: objectsOf(spec["rules"]),
        schemaUid: schema.metadata.uid ?? "",
        levelUid: level.parse().metadata.uid ?? "",
      });
    }
    return flows.sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
  }
}

function matches(rule: JsonObject, user: UserInfo, info: RequestInfo): boolean {
  if (!objectsOf(rule["subjects"]).some((subject) => matchesSubject(subject, user))) return false;
  return info.isResource
    ? objectsOf(rule["resourceRules"]).some((one) => matchesResource(one, info))
    : objectsOf(rule["nonResourceRules"]).some((one) => matchesPath(one, info));
}

function matchesSubject(subject: JsonObject, { username, groups }: UserInfo): boolean {
  switch (subject["kind"]) {
    case "User":
      return isNamed(objectOf(subject["user"])["name"], username);
    case "Group": {
      const { name } = objectOf(subject["group"]);
      return name === "*" || groups.some((group) => group === name);
    }
    case "ServiceAccount": {
      const { namespace, name } = objectOf(subject["serviceAccount"]);
      const [ownNamespace, ownName] = username.startsWith(ACCOUNT_PREFIX)
        ? username.slice(ACCOUNT_PREFIX.length).split(":")
        : [];
      return ownName !== undefined && namespace === ownNamespace && isNamed(name, ownName);
    }
    default:
      return false;
  }
}

function matchesResource(rule: JsonObject, info: RequestInfo): boolean {
  const { verb, group, resource, subresource, namespace } = info;
  const whole = subresource === "" ? resource : `${resource}/${subresource}`;
  if (!holds(rule["verbs"], verb) || !holds(rule["apiGroups"], group) || !holds(rule["resources"], whole)) return false;
  return namespace === "" ? rule["clusterScope"] === true : holds(rule["namespaces"], namespace);
}

function matchesPath(rule: JsonObject, { verb, path }: RequestInfo): boolean {
  if (!holds(rule["verbs"], verb)) return false;
  return textsOf(rule["nonResourceURLs"]).some(
    (url) => url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1))),
  );
}

function isNamed(name: Json | undefined, wanted: string): boolean {
  return name === "*" || name === wanted;
}

function holds(list: Json | undefined, wanted: string): boolean {
  return textsOf(list).some((text) => isNamed(text, wanted));
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
