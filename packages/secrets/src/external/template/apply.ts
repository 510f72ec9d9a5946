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
  for (const { key, as, text } of sourceTexts(from, texts)) {
    const filled = fillText(key, text, data);
    if (as === "Values") put(from, scopes, key, toBytes(filled));
    else for (const [name, value] of Object.entries(textMapOf(filled))) put(from, scopes, name, toBytes(value));
  }
}

/** The texts of one templateFrom, in External Secrets' order. @throws ProblemError SecretTemplateFailed for a missing key */
export function sourceTexts(
  from: TemplateFrom,
  texts: TemplateTexts,
): { readonly key: string; readonly as: TemplateItem["as"]; readonly text: string }[] {
  const source = (kind: "ConfigMap" | "Secret", of: { name: string; items: readonly TemplateItem[] } | undefined) =>
    (of?.items ?? []).map(({ key, as }) => {
      const text = texts(kind, of?.name ?? "", key);
      if (text === undefined)
        throw problemError(
          "SecretTemplateFailed",
          `error fetching templateFrom data: error in ${kind.toLowerCase()} ${of?.name ?? ""}: missing key ${key}`,
        );
      return as === "Values" ? { key, as, text } : { key: "template", as, text };
    });
  const literal =
    from.literal === undefined ? [] : [{ key: "template", as: "KeysAndValues" as const, text: from.literal }];
  return [...source("ConfigMap", from.configMap), ...source("Secret", from.secret), ...literal];
}

/** The map of texts that a filled template is in YAML. @throws ProblemError SecretTemplateFailed */
export function textMapOf(text: string): Record<string, string> {
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
