import { isJsonObject, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, type KubeObject } from "@fairlead/apimachinery";
import { LIMITS } from "../limits.ts";
import { Reader } from "../reader.ts";
import { checkSource } from "./parse-source.ts";
import type {
  Application,
  ApplicationSource,
  ApplicationSpec,
  ApplicationStatus,
  Automated,
  Destination,
  IgnoreDifferences,
  Operation,
  Retry,
} from "./types.ts";

export interface ParsedApplication {
  /** Complete enough to work with even when there are problems: what is wrong reads as absent. */
  readonly application: Application;
  /** Every fault of the spec, each with its path in the message. */
  readonly problems: readonly Problem[];
}

const parsed = new WeakMap<KubeObject, ParsedApplication>();

/**
 * An Application as typed values, with every fault of its spec. Never throws; status is trusted as we wrote it. The same object is
 * parsed once: commits, metrics and wake-ups all look at every application, which rarely changed.
 */
export function parseApplication(object: KubeObject): ParsedApplication {
  const known = parsed.get(object);
  if (known) return known;
  const next = parseNow(object);
  parsed.set(object, next);
  return next;
}

function parseNow(object: KubeObject): ParsedApplication {
  const { name = "", namespace = "" } = object.metadata;
  const reader = new Reader("InvalidApplication", describeRef({ kind: "Application", namespace, name }));
  const spec = isJsonObject(object["spec"]) ? (object["spec"] as JsonObject) : undefined;
  if (!spec) reader.fault("spec", "must be an object", "see the Application reference for what it needs");
  const operation = isJsonObject(object["operation"]) ? (object["operation"] as Operation) : undefined;
  const status = isJsonObject(object["status"]) ? (object["status"] as ApplicationStatus) : {};
  return {
    application: {
      metadata: { ...object.metadata, name, namespace },
      spec: parseSpec(spec ?? {}, reader),
      ...(operation ? { operation } : {}),
      status,
    },
    problems: reader.problems,
  };
}

function parseSpec(spec: JsonObject, reader: Reader): ApplicationSpec {
  const policy = reader.object(spec, "syncPolicy", "spec") ?? {};
  const sources = parseSources(spec, reader);
  const metadata = reader.object(policy, "managedNamespaceMetadata", "spec.syncPolicy");
  const at = "spec.syncPolicy.managedNamespaceMetadata";
  return {
    project: reader.text(spec, "project", "spec") ?? "default",
    ...sources,
    destination: parseDestination(spec, reader),
    automated: parseAutomated(policy, reader),
    syncOptions: reader.strings(policy, "syncOptions", "spec.syncPolicy"),
    retry: parseRetry(reader.object(policy, "retry", "spec.syncPolicy"), "spec.syncPolicy.retry", reader),
    managedNamespaceMetadata: metadata && {
      labels: reader.stringMap(metadata, "labels", at),
      annotations: reader.stringMap(metadata, "annotations", at),
    },
    ignoreDifferences: parseIgnoreDifferences(spec, reader),
    info: reader.objects(spec, "info", "spec").map(({ value, path }) => ({
      name: reader.string(value, "name", path) ?? "",
      value: reader.string(value, "value", path) ?? "",
    })),
    revisionHistoryLimit: reader.integer(spec, "revisionHistoryLimit", "spec") ?? LIMITS.historyDefault,
  };
}

function parseSources(spec: JsonObject, reader: Reader): Pick<ApplicationSpec, "sources" | "isMultiSource"> {
  const many = reader.objects(spec, "sources", "spec");
  const one = reader.object(spec, "source", "spec");
  if (many.length === 0 && !one) {
    reader.fault("spec.source", "is missing", "set spec.source.repoURL and spec.source.path, or spec.sources");
  }
  const chosen = many.length > 0 ? many : one ? [{ value: one, path: "spec.source" }] : [];
  const refs = new Set(many.flatMap(({ value }) => (typeof value["ref"] === "string" ? [value["ref"]] : [])));
  for (const { value, path } of chosen) checkSource(value, path, refs, reader);
  return { sources: chosen.map(({ value }) => value as ApplicationSource), isMultiSource: many.length > 0 };
}

function parseDestination(spec: JsonObject, reader: Reader): Destination {
  const destination = reader.object(spec, "destination", "spec");
  if (!destination) {
    reader.fault("spec.destination", "is missing", "name a cluster by server or name, and a namespace");
    return {};
  }
  const server = reader.text(destination, "server", "spec.destination");
  const name = reader.text(destination, "name", "spec.destination");
  if (server !== undefined && name !== undefined) {
    reader.fault(
      "spec.destination",
      `has both name ${JSON.stringify(name)} and server ${JSON.stringify(server)}`,
      "keep one of the two",
    );
  }
  return { server, name, namespace: reader.text(destination, "namespace", "spec.destination") };
}

function parseAutomated(policy: JsonObject, reader: Reader): Automated | undefined {
  const path = "spec.syncPolicy.automated";
  const automated = reader.object(policy, "automated", "spec.syncPolicy");
  // `enabled: false` keeps the settings in the manifest and switches them off; absent means on (facts/argocd.md §1.2).
  if (!automated || reader.boolean(automated, "enabled", path) === false) return undefined;
  return {
    prune: reader.boolean(automated, "prune", path) ?? false,
    selfHeal: reader.boolean(automated, "selfHeal", path) ?? false,
    allowEmpty: reader.boolean(automated, "allowEmpty", path) ?? false,
  };
}

/** A retry strategy from a spec or an operation; undefined when there is none. */
export function parseRetry(retry: JsonObject | undefined, path: string, reader: Reader): Retry | undefined {
  if (!retry) return undefined;
  const backoff = reader.object(retry, "backoff", path) ?? {};
  const factor = reader.integer(backoff, "factor", `${path}.backoff`) ?? LIMITS.retryFactor;
  if (factor < 1) reader.fault(`${path}.backoff.factor`, `must be at least 1, not ${factor}`);
  return {
    limit: reader.integer(retry, "limit", path) ?? 0,
    baseMs: reader.duration(backoff, "duration", `${path}.backoff`) ?? LIMITS.retryBaseMs,
    factor: Math.max(1, factor),
    maxMs: reader.duration(backoff, "maxDuration", `${path}.backoff`) ?? LIMITS.retryMaxMs,
  };
}

function parseIgnoreDifferences(spec: JsonObject, reader: Reader): IgnoreDifferences[] {
  return reader.objects(spec, "ignoreDifferences", "spec").map(({ value, path }) => {
    const rule = {
      group: reader.string(value, "group", path) ?? "",
      kind: reader.text(value, "kind", path) ?? "*",
      name: reader.text(value, "name", path),
      namespace: reader.text(value, "namespace", path),
      jsonPointers: reader.strings(value, "jsonPointers", path),
      jqPathExpressions: reader.strings(value, "jqPathExpressions", path),
      managedFieldsManagers: reader.strings(value, "managedFieldsManagers", path),
    };
    for (const pointer of rule.jsonPointers) {
      if (pointer !== "" && !pointer.startsWith("/")) {
        reader.fault(`${path}.jsonPointers`, `${JSON.stringify(pointer)} does not begin with "/"`);
      }
    }
    return rule;
  });
}
