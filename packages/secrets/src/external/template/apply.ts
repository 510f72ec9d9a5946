import { problemError, problemsOf, setOwn } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { decodeYaml } from "@fairlead/yaml";
import type { SecretTemplate, TemplateFrom, TemplateItem } from "../model/types.ts";
import { decodeValue } from "../values/decode.ts";
import type { Entries } from "../values/keys.ts";
import { fillText } from "./fill.ts";

/** What templates fill: a Secret's data and what is said about it. */
export interface Scopes {
  readonly data: Entries;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** ConfigMaps and Secrets that templates come from: the text of a key, or undefined. Always of the object's own namespace. */
export type TemplateTexts = (kind: "ConfigMap" | "Secret", name: string, key: string) => string | undefined;

/**
 * Fills a template's parts in External Secrets' order: templateFrom, data, labels, annotations; the later wins.
 * @throws ProblemError SecretTemplateFailed, InvalidRemoteValue
 */
export function applyTemplate(template: SecretTemplate, values: Entries, scopes: Scopes, texts: TemplateTexts): void {
  const data: Record<string, string> = {};
  for (const [key, value] of values) setOwn(data, key, fromBytes(value));
  for (const from of template.from) applyFrom(from, data, scopes, texts);
  for (const [key, text] of Object.entries(template.data)) scopes.data.set(key, toBytes(fillText(key, text, data)));
  for (const [key, text] of Object.entries(template.labels)) setOwn(scopes.labels, key, fillText(key, text, data));
  for (const [key, text] of Object.entries(template.annotations))
    setOwn(scopes.annotations, key, fillText(key, text, data));
}

function applyFrom(from: TemplateFrom, data: Record<string, string>, scopes: Scopes, texts: TemplateTexts): void {
  const source = (kind: "ConfigMap" | "Secret", name: string, items: readonly TemplateItem[]): void => {
    for (const { key, as } of items) {
      const text = texts(kind, name, key);
      if (text === undefined)
        throw problemError(
          "SecretTemplateFailed",
          `error fetching templateFrom data: error in ${kind.toLowerCase()} ${name}: missing key ${key}`,
        );
      if (as === "KeysAndValues") applyText(text, from, data, scopes);
      else put(from, scopes, key, toBytes(fillText(key, text, data)));
    }
  };
  if (from.configMap) source("ConfigMap", from.configMap.name, from.configMap.items);
  if (from.secret) source("Secret", from.secret.name, from.secret.items);
  if (from.literal !== undefined) applyText(from.literal, from, data, scopes);
}

/** A text that gives a whole map once it is filled. */
function applyText(text: string, from: TemplateFrom, data: Record<string, string>, scopes: Scopes): void {
  for (const [key, value] of Object.entries(readMap(fillText("template", text, data)))) {
    put(from, scopes, key, toBytes(value));
  }
}

function readMap(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = decodeYaml(text, { numbers: "float64" });
  } catch (error) {
    throw problemError("SecretTemplateFailed", `a filled template is not YAML: ${problemsOf(error)[0]?.code ?? ""}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value))
    throw problemError("SecretTemplateFailed", "a filled template must be a map of texts");
  const result: Record<string, string> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== null && typeof item !== "string")
      throw problemError(
        "SecretTemplateFailed",
        `a filled template must be a map of texts: the value of ${key} is not a text`,
      );
    setOwn(result, key, item ?? "");
  }
  return result;
}

function put(from: TemplateFrom, scopes: Scopes, key: string, value: Uint8Array): void {
  const decoded = decodeValue(from.decoding, value, `the rendered value of ${key}`);
  const target = from.target.toLowerCase();
  if (target === "labels") setOwn(scopes.labels, key, fromBytes(decoded));
  else if (target === "annotations") setOwn(scopes.annotations, key, fromBytes(decoded));
  else scopes.data.set(key, decoded);
}
