import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Problem } from "@fairlead/base";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { Fields, problemSink } from "../model/fields.ts";
import { compilePattern } from "../values/keys.ts";
import type { Provider, ProviderClient, ProviderDeps, StoreIdentity } from "../providers/types.ts";

export interface StoreCondition {
  readonly namespaces: readonly string[];
  readonly selector: unknown;
  readonly regexes: readonly string[];
}

/** spec.retrySettings: how often a call is made again that the provider failed, and how long after. */
export interface Retry {
  readonly times: number;
  readonly intervalMs: number;
}

export interface Store {
  readonly identity: StoreIdentity;
  /** Empty: ours. */
  readonly controllerClass: string;
  /** Namespaces that may use a ClusterSecretStore; any of them is enough, and none at all means every namespace. */
  readonly conditions: readonly StoreCondition[];
  /** Validated again after this long; 0: the default. */
  readonly refreshIntervalMs: number;
  readonly connect: ((deps: ProviderDeps) => ProviderClient) | undefined;
  readonly retry: Retry;
  /** Whether credentials are looked for in the namespace of the object that asks. */
  readonly isReferent: boolean;
  readonly problems: readonly Problem[];
}

/** A SecretStore or ClusterSecretStore of v1 or v1beta1, with every fault. */
export function parseStore(object: KubeObject, providers: readonly Provider[]): Store {
  const { name = "", namespace } = object.metadata;
  const kind = object.kind === "ClusterSecretStore" ? "ClusterSecretStore" : "SecretStore";
  const { problems, report } = problemSink(
    "InvalidStore",
    `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`,
  );
  const spec = new Fields(object["spec"], "spec", report);
  const provider = spec.child("provider");
  const conditions = spec.list("conditions").map((condition) => parseCondition(condition));
  return {
    identity: { kind, name, namespace: kind === "SecretStore" ? namespace : undefined },
    controllerClass: spec.text("controller"),
    conditions: kind === "ClusterSecretStore" ? conditions : [],
    refreshIntervalMs: refreshInterval(spec),
    retry: parseRetry(spec.child("retrySettings")),
    connect: parseProvider(provider, providers),
    isReferent:
      kind === "ClusterSecretStore" &&
      (provider.has("webhook") ||
        tagsAsker(provider.raw("aws")) ||
        hasBareRef(provider.raw(provider.keys()[0] ?? ""), "")),
    problems,
  };
}

function parseRetry(settings: Fields): Retry {
  const times = settings.integer("maxRetries", 0);
  if (times < 0 || times > EXTERNAL_LIMITS.retriesMax)
    settings.fault("maxRetries", `must be 0 to ${EXTERNAL_LIMITS.retriesMax}`);
  const intervalMs = settings.duration("retryInterval", EXTERNAL_LIMITS.retryIntervalMs);
  return { times, intervalMs: Math.min(intervalMs, EXTERNAL_LIMITS.retryAfterMaxMs) };
}

/** Seconds as a number, or a duration: both are in use. */
function refreshInterval(spec: Fields): number {
  return typeof spec.raw("refreshInterval") === "number"
    ? spec.integer("refreshInterval", 0) * 1000
    : spec.duration("refreshInterval", 0);
}

function parseCondition(condition: Fields): StoreCondition {
  const regexes = condition.texts("namespaceRegexes");
  for (const regex of regexes) {
    try {
      compilePattern(regex);
    } catch {
      condition.fault("namespaceRegexes", `${JSON.stringify(regex)} is not a regular expression`);
    }
  }
  return { namespaces: condition.texts("namespaces"), selector: condition.raw("namespaceSelector"), regexes };
}

function parseProvider(fields: Fields, providers: readonly Provider[]): Store["connect"] {
  const given = fields.keys();
  const [name] = given;
  if (name === undefined || given.length !== 1) {
    fields.fault("", "must have exactly one provider");
    return undefined;
  }
  const provider = providers.find((candidate) => candidate.name === name);
  if (provider !== undefined) return provider.parse(fields.child(name));
  fields.fault(name, `is not a provider that is supported; there are ${providers.map((one) => one.name).join(", ")}`);
  return undefined;
}

/** References to Secrets and ServiceAccounts that leave the namespace open. */
function hasBareRef(value: unknown, key: string): boolean {
  if (!isJsonObject(value)) return false;
  const isRef =
    typeof value["name"] === "string" && /(ref|clientCert|clientKey|bearerToken|serviceAccount|roleRef)$/i.test(key);
  if (isRef && value["namespace"] === undefined) return true;
  return Object.entries(value).some(([name, item]) => hasBareRef(item, name));
}

/** AWS sessions can be tagged with the namespace that asks; then each namespace has a session of its own. */
function tagsAsker(aws: unknown): boolean {
  return isJsonObject(aws) && typeof aws["sessionTagsPolicy"] === "string" && aws["sessionTagsPolicy"] !== "None";
}
