import type { KubeObject } from "@fairlead/apimachinery";
import type { Problem } from "@fairlead/base";
import { Fields, problemSink } from "./fields.ts";
import { scheduleFault } from "../sync/windows.ts";
import { parseTemplate } from "./parse-template.ts";
import type {
  DataItem,
  DataSource,
  ExternalSecretSpec,
  Find,
  GeneratorRef,
  ManifestKind,
  RemoteRef,
  Rewrite,
  StoreRef,
  Strategies,
  SyncWindows,
  Target,
} from "./types.ts";

const HOUR_MS = 3_600_000;
const STORE_KINDS = ["SecretStore", "ClusterSecretStore"] as const;

export interface Parsed<T> {
  readonly spec: T;
  readonly problems: readonly Problem[];
}

/** An ExternalSecret of v1 or v1beta1: the second is a structural subset of the first. Every fault is reported. */
export function parseExternalSecret(object: KubeObject): Parsed<ExternalSecretSpec> {
  const { name = "", namespace = "" } = object.metadata;
  const { problems, report } = problemSink("InvalidExternalSecret", `ExternalSecret ${namespace}/${name}`);
  const spec = parseExternalSecretSpec(new Fields(object["spec"], "spec", report), name);
  return { spec, problems };
}

export function parseExternalSecretSpec(spec: Fields, name: string): ExternalSecretSpec {
  const parsed: ExternalSecretSpec = {
    store: parseStoreRef(spec, "secretStoreRef"),
    refreshPolicy: spec.choice("refreshPolicy", ["Periodic", "OnChange", "CreatedOnce"], "Periodic"),
    refreshIntervalMs: spec.duration("refreshInterval", HOUR_MS),
    syncWindows: parseWindows(spec),
    target: parseTarget(spec.child("target"), name),
    data: spec.list("data").map(parseDataItem),
    dataFrom: spec.list("dataFrom").flatMap((source) => parseDataSource(source) ?? []),
  };
  if (spec.list("data").length + spec.list("dataFrom").length === 0)
    spec.fault("", "either data or dataFrom should be specified");
  checkStores(spec, parsed);
  return parsed;
}

function parseWindows(spec: Fields): SyncWindows | undefined {
  const windows = spec.optional("syncWindows");
  if (windows === undefined) return undefined;
  if (!windows.has("windows")) windows.fault("windows", "is required");
  return {
    kind: windows.choice("kind", ["allow", "deny"], "allow"),
    windows: windows.list("windows").map((window) => {
      const schedule = window.required("schedule");
      const fault = schedule === "" ? undefined : scheduleFault(schedule);
      if (fault !== undefined) window.fault("schedule", fault);
      if (!window.has("duration")) window.fault("duration", "is required");
      return { schedule, durationMs: window.duration("duration", 0) };
    }),
  };
}

/** Whatever names no store of its own takes the object's, so there must be one. */
function checkStores(spec: Fields, parsed: ExternalSecretSpec): void {
  if (parsed.store !== undefined) return;
  const bare = parsed.data.findIndex(({ store }) => store === undefined);
  if (bare >= 0) spec.fault(`data[${bare}]`, "names no store, and spec.secretStoreRef is not set");
  const bareFrom = parsed.dataFrom.findIndex((source) => source.kind !== "generator" && source.store === undefined);
  if (bareFrom >= 0) spec.fault(`dataFrom[${bareFrom}]`, "names no store, and spec.secretStoreRef is not set");
}

function parseTarget(target: Fields, name: string): Target {
  const manifest = parseManifest(target);
  const creationPolicy = target.choice(
    "creationPolicy",
    ["Owner", "Orphan", "Merge", "None", "CreateOrMerge"],
    "Owner",
  );
  const deletionPolicy = target.choice("deletionPolicy", ["Retain", "Delete", "Merge"], "Retain");
  if (deletionPolicy === "Delete" && creationPolicy !== "Owner")
    target.fault("deletionPolicy", "Delete needs creationPolicy Owner: only a Secret that is owned may be deleted");
  if (deletionPolicy === "Merge" && creationPolicy === "None")
    target.fault("deletionPolicy", "Merge does not go with creationPolicy None");
  const template = target.optional("template");
  return {
    name: target.text("name") || name,
    creationPolicy,
    deletionPolicy,
    immutable: target.flag("immutable"),
    manifest,
    template: template && parseTemplate(template, manifest !== undefined),
  };
}

/** A Secret by its kind is what a target without a manifest is. */
function parseManifest(target: Fields): ManifestKind | undefined {
  const manifest = target.optional("manifest");
  if (manifest === undefined) return undefined;
  const kind = { apiVersion: manifest.required("apiVersion"), kind: manifest.required("kind") };
  return kind.apiVersion === "v1" && kind.kind === "Secret" ? undefined : kind;
}

function parseDataItem(item: Fields): DataItem {
  const source = item.child("sourceRef");
  const secretKey = item.required("secretKey");
  if (secretKey !== "" && !/^[-._a-zA-Z0-9]{1,253}$/.test(secretKey))
    item.fault("secretKey", "must be 1 to 253 letters, digits, '-', '_' or '.'");
  return {
    secretKey,
    remoteRef: parseRemoteRef(item.child("remoteRef")),
    store: parseStoreRef(source, "storeRef"),
  };
}

function parseDataSource(source: Fields): DataSource | undefined {
  const rewrite = source.list("rewrite").flatMap((item) => parseRewrite(item) ?? []);
  const sourceRef = source.child("sourceRef");
  const store = parseStoreRef(sourceRef, "storeRef");
  const given = ["extract", "find"].filter((key) => source.has(key));
  const generator = sourceRef.optional("generatorRef");
  if (given.length + (generator ? 1 : 0) !== 1) {
    source.fault("", "must have exactly one of extract, find and sourceRef.generatorRef");
    return undefined;
  }
  if (generator) return { kind: "generator", ref: parseGeneratorRef(generator), rewrite };
  if (given[0] === "extract") return { kind: "extract", ref: parseRemoteRef(source.child("extract")), store, rewrite };
  return { kind: "find", find: parseFind(source.child("find")), store, rewrite };
}

export function parseGeneratorRef(ref: Fields): GeneratorRef {
  return {
    apiVersion: ref.text("apiVersion", "generators.external-secrets.io/v1alpha1"),
    kind: ref.required("kind"),
    name: ref.required("name"),
  };
}

function parseStoreRef(parent: Fields, key: string): StoreRef | undefined {
  const ref = parent.optional(key);
  if (ref === undefined || (!ref.has("name") && !ref.has("kind"))) return undefined;
  return { kind: ref.choice("kind", STORE_KINDS, "SecretStore"), name: ref.required("name") };
}

function parseStrategies(fields: Fields): Strategies {
  return {
    conversion: fields.choice("conversionStrategy", ["Default", "Unicode", "None"], "Default"),
    decoding: fields.choice("decodingStrategy", ["None", "Base64", "Base64URL", "Auto"], "None"),
    refusesNullBytes: fields.choice("nullBytePolicy", ["Ignore", "Fail"], "Ignore") === "Fail",
  };
}

function parseRemoteRef(ref: Fields): RemoteRef {
  return {
    ...parseStrategies(ref),
    key: ref.required("key"),
    property: ref.text("property"),
    version: ref.text("version"),
    metadata: ref.choice("metadataPolicy", ["None", "Fetch"], "None") === "Fetch",
  };
}

function parseFind(find: Fields): Find {
  const name = find.optional("name");
  if (!find.has("name") && !find.has("tags")) find.fault("", "must have name or tags");
  return {
    ...parseStrategies(find),
    path: find.has("path") ? find.text("path") : undefined,
    name: name && name.text("regexp"),
    tags: find.has("tags") ? find.textMap("tags") : undefined,
  };
}

export function parseRewrite(rewrite: Fields): Rewrite | undefined {
  const given = ["regexp", "transform", "merge"].filter((key) => rewrite.has(key));
  if (given.length !== 1) {
    rewrite.fault("", "must have exactly one of regexp, transform and merge");
    return undefined;
  }
  const inner = rewrite.child(given[0] ?? "");
  if (given[0] === "regexp") return { kind: "regexp", source: inner.text("source"), target: inner.text("target") };
  if (given[0] === "transform") return { kind: "transform", template: inner.required("template") };
  const strategy = inner.choice("strategy", ["Extract", "JSON"], "Extract");
  const into = inner.text("into");
  if (strategy === "JSON" && into === "") inner.fault("into", "is required with strategy JSON");
  return {
    kind: "merge",
    strategy,
    into,
    priority: inner.texts("priority"),
    ignoresMissing: inner.choice("priorityPolicy", ["Strict", "IgnoreNotFound"], "Strict") === "IgnoreNotFound",
    ignoresConflicts: inner.choice("conflictPolicy", ["Error", "Ignore"], "Error") === "Ignore",
  };
}
