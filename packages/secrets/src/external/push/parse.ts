import type { KubeObject } from "@fairlead/apimachinery";
import { Fields, problemSink } from "../model/fields.ts";
import { parseGeneratorRef, parseRewrite, type Parsed } from "../model/parse.ts";
import { parseTemplate } from "../model/parse-template.ts";
import type { PushAll, PushEntry, PushSource, PushSpec, StoreChoice } from "./types.ts";

const HOUR_MS = 3_600_000;

/** Every fault is reported. */
export function parsePushSecret(object: KubeObject): Parsed<PushSpec> {
  const { name = "", namespace = "" } = object.metadata;
  const { problems, report } = problemSink("InvalidExternalSecret", `PushSecret ${namespace}/${name}`);
  return { spec: parsePushSpec(new Fields(object["spec"], "spec", report)), problems };
}

export function parsePushSpec(spec: Fields): PushSpec {
  const stores = spec.list("secretStoreRefs").map(parseStoreChoice);
  if (stores.length === 0) spec.fault("secretStoreRefs", "is required");
  const template = spec.optional("template");
  const parsed: PushSpec = {
    refreshIntervalMs: spec.duration("refreshInterval", HOUR_MS),
    stores,
    keepsExisting: spec.choice("updatePolicy", ["Replace", "IfNotExists"], "Replace") === "IfNotExists",
    deletes: spec.choice("deletionPolicy", ["None", "Delete"], "None") === "Delete",
    source: parseSource(spec.child("selector")),
    data: spec.list("data").map(parseEntry),
    dataTo: spec.list("dataTo").map((all) => parseAll(all, stores)),
    template: template && parseTemplate(template),
  };
  if (parsed.data.length + parsed.dataTo.length === 0) spec.fault("", "either data or dataTo should be specified");
  return parsed;
}

function parseSource(selector: Fields): PushSource {
  const secret = selector.optional("secret");
  const generator = selector.optional("generatorRef");
  if (generator !== undefined && secret === undefined) return { kind: "generator", ref: parseGeneratorRef(generator) };
  if (secret === undefined || generator !== undefined) selector.fault("", "must have one of secret and generatorRef");
  if (secret?.has("selector") && secret.text("name") === "")
    return { kind: "selector", selector: secret.raw("selector") };
  if (secret?.has("selector")) secret.fault("", "must have one of name and selector");
  return { kind: "secret", name: secret?.required("name") ?? "" };
}

function parseStoreChoice(ref: Fields): StoreChoice {
  const name = ref.text("name");
  const selector = ref.raw("labelSelector");
  if (name === "" && selector === undefined) ref.fault("", "must have name or labelSelector");
  return { kind: ref.choice("kind", ["SecretStore", "ClusterSecretStore"], "SecretStore"), name, selector };
}

function parseEntry(entry: Fields): PushEntry {
  const match = entry.child("match");
  const remote = match.child("remoteRef");
  return {
    secretKey: match.text("secretKey"),
    remoteKey: remote.required("remoteKey"),
    property: remote.text("property"),
    metadata: entry.raw("metadata"),
    decodesUnicode: parseConversion(entry),
  };
}

function parseConversion(fields: Fields): boolean {
  return fields.choice("conversionStrategy", ["None", "ReverseUnicode"], "None") === "ReverseUnicode";
}

function parseAll(all: Fields, stores: readonly StoreChoice[]): PushAll {
  if (!all.has("storeRef")) all.fault("storeRef", "is required");
  const store = parseStoreChoice(all.child("storeRef"));
  const isListed = stores.some(({ kind, name, selector }) => kind === store.kind && (name === store.name || selector));
  if (store.name !== "" && !isListed) all.fault("storeRef", "must be one of spec.secretStoreRefs");
  const remoteKey = all.text("remoteKey");
  if (remoteKey !== "" && all.has("rewrite"))
    all.fault("", "remoteKey and rewrite are mutually exclusive: rewrite is only for entries of their own");
  const rewrite = all.list("rewrite").flatMap((item) => parseRewrite(item) ?? []);
  if (rewrite.some(({ kind }) => kind === "merge")) all.fault("rewrite", "merge is not for pushing");
  return {
    store,
    remoteKey,
    match: all.child("match").text("regexp"),
    rewrite,
    metadata: all.raw("metadata"),
    decodesUnicode: parseConversion(all),
  };
}
