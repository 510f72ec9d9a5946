import { problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import type { PushTarget, PushValue } from "../providers/types.ts";
import { applyTemplate, type TemplateTexts } from "../template/apply.ts";
import { compareText } from "../values/json-text.ts";
import { compilePattern, rewriteKeys, type Entries } from "../values/keys.ts";
import { dataOf } from "../values/secret-data.ts";
import { entriesJson } from "../values/set-property.ts";
import type { PushAll, PushEntry, PushSpec, StoreChoice } from "./types.ts";

/** A Secret that is pushed: from the cluster or a generator, filled by the template. It is never written back. */
export interface SourceSecret {
  readonly data: Entries;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Push {
  readonly entry: PushEntry;
  readonly value: PushValue;
  readonly target: PushTarget;
}

/** What a store's name in status.syncedPushSecrets is made of. */
export interface StoreName {
  readonly kind: StoreChoice["kind"];
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** @throws ProblemError SecretTemplateFailed */
export function sourceOf(secret: KubeObject, { template }: PushSpec, texts: TemplateTexts): SourceSecret {
  const { labels = {}, annotations = {} } = secret.metadata;
  const data = dataOf(secret);
  if (template === undefined) return { data, type: String(secret["type"] ?? ""), labels, annotations };
  const scopes = { data: new Map(data), labels: { ...labels }, annotations: { ...annotations } };
  applyTemplate(template, data, scopes, texts);
  return { ...scopes, type: template.type };
}

/** What goes to one store: dataTo in order, then data, which takes an entry of the same source over. @throws ProblemError */
export function pushesFor(spec: PushSpec, source: SourceSecret, store: StoreName): Push[] {
  const own = new Set(spec.data.map((entry) => originalKey(entry, source.data)));
  const bulk = spec.dataTo
    .filter((all) => isMeant(all.store, store))
    .flatMap((all, index) => expand(all, source, `spec.dataTo[${index}]`))
    .filter(({ entry }) => entry.secretKey === "" || !own.has(entry.secretKey));
  const pushes = [...bulk, ...spec.data.map((entry) => pushOf(entry, source, source.data))];
  const seen = new Set<string>();
  for (const { entry } of pushes) {
    const name = statusName(entry);
    if (seen.has(name))
      throw problemError(
        "InvalidExternalSecret",
        `duplicate remote key ${JSON.stringify(name)}: two entries would be one`,
      );
    seen.add(name);
  }
  return pushes;
}

export function isMeant(choice: StoreChoice, store: StoreName): boolean {
  if (choice.kind !== store.kind) return false;
  if (choice.name !== "") return choice.name === store.name;
  return choice.selector !== undefined && matchesLabels(labelSelectorFromObject(choice.selector), store.labels);
}

/** The name of an entry in status.syncedPushSecrets. */
export function statusName({ remoteKey, property }: PushEntry): string {
  return property === "" ? remoteKey : `${remoteKey}/${property}`;
}

function expand(all: PushAll, source: SourceSecret, where: string): Push[] {
  const originals = new Map([...source.data.keys()].map((key) => [all.decodesUnicode ? plainKey(key) : key, key]));
  const data = converted(source.data, all.decodesUnicode);
  const matches = all.match === "" ? () => true : compilePattern(all.match);
  const keys = [...data.keys()].filter(matches).sort(compareText);
  const matched: Entries = new Map(keys.map((key) => [key, data.get(key) ?? new Uint8Array()]));
  if (matched.size === 0) return [];
  const base = { property: "", metadata: all.metadata, decodesUnicode: false };
  if (all.remoteKey !== "") {
    const entry = { ...base, secretKey: "", remoteKey: all.remoteKey };
    return [pushOf(entry, source, matched)];
  }
  return keys.map((key) => {
    const remoteKey = renamed(key, all);
    if (remoteKey === "")
      throw problemError(
        "InvalidExternalSecret",
        `${where}: empty remote key produced for source key ${JSON.stringify(key)}`,
      );
    return pushOf({ ...base, secretKey: originals.get(key) ?? key, remoteKey }, source, source.data);
  });
}

function renamed(key: string, { rewrite }: PushAll): string {
  const [name = ""] = rewriteKeys(rewrite, new Map([[key, new Uint8Array()]])).keys();
  return name;
}

function pushOf(entry: PushEntry, source: SourceSecret, from: Entries): Push {
  const { secretKey, remoteKey, property, metadata } = entry;
  const data = converted(from, entry.decodesUnicode);
  const about = { secretKey, secretType: source.type, labels: source.labels, annotations: source.annotations };
  const target = { key: remoteKey, property, metadata };
  if (secretKey === "") {
    const texts = new Map([...data].map(([key, bytes]) => [key, fromBytes(bytes)]));
    return { entry, target, value: { ...about, bytes: toBytes(entriesJson(texts)), whole: data } };
  }
  const bytes = data.get(secretKey);
  if (bytes === undefined) throw problemError("InvalidExternalSecret", `secret key ${secretKey} does not exist`);
  return { entry, target, value: { ...about, bytes, whole: undefined } };
}

/** @throws ProblemError when two keys become one */
function converted(data: Entries, decodesUnicode: boolean): Entries {
  if (!decodesUnicode) return data;
  const result: Entries = new Map();
  for (const [key, bytes] of data) {
    const name = plainKey(key);
    if (result.has(name))
      throw problemError("InvalidExternalSecret", `secret name collision during conversion: ${name}`);
    result.set(name, bytes);
  }
  return result;
}

/** `_U002f_` back to the character it stands for: the reverse of conversionStrategy Unicode. */
function plainKey(key: string): string {
  return key.replace(/_U([0-9a-fA-F]{4,6})_/g, (whole, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}

function originalKey(entry: PushEntry, data: Entries): string {
  if (!entry.decodesUnicode) return entry.secretKey;
  return [...data.keys()].find((key) => plainKey(key) === entry.secretKey) ?? entry.secretKey;
}
