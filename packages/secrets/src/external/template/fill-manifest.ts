import { isJsonObject, problemError, problemsOf, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { decodeYaml } from "@fairlead/yaml";
import type { SecretTemplate, TemplateFrom } from "../model/types.ts";
import { decodeValue } from "../values/decode.ts";
import type { Entries } from "../values/keys.ts";
import { sourceTexts, textMapOf, type TemplateTexts } from "./apply.ts";
import { fillText } from "./fill.ts";
import { parseTargetPath, setAtPath } from "./target-path.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * Fills a template into an object of any kind (facts/secrets.md §1D, target.manifest): templateFrom, then data. `target` of templateFrom
 * is data, spec, labels, annotations or a path of the object; what a template gives for a path is read as YAML.
 * @throws ProblemError SecretTemplateFailed, InvalidRemoteValue
 */
export function fillManifest(
  object: KubeObject,
  template: SecretTemplate,
  values: Entries,
  texts: TemplateTexts,
): KubeObject {
  const data: Record<string, string> = {};
  for (const [key, value] of values) setOwn(data, key, fromBytes(value));
  let filled = object;
  for (const from of template.from) filled = fillFrom(filled, from, data, texts);
  for (const [key, text] of Object.entries(template.data))
    filled = withText(filled, "data", key, fillText(key, text, data));
  return filled;
}

function fillFrom(object: KubeObject, from: TemplateFrom, data: Values, texts: TemplateTexts): KubeObject {
  let filled = object;
  for (const { key, as, text } of sourceTexts(from, texts)) {
    if (as === "KeysAndValues") filled = withMap(filled, from, fillText(key, text, data));
    else filled = withText(filled, from.target, key, decoded(from, key, fillText(key, text, data)));
  }
  return filled;
}

/** A text that gives a whole map: its members go below the well-known fields; elsewhere the structure goes to its place. */
function withMap(object: KubeObject, from: TemplateFrom, text: string): KubeObject {
  if (["annotations", "labels", "data"].includes(from.target.toLowerCase())) {
    const members = Object.entries(textMapOf(text));
    return members.reduce(
      (filled, [key, value]) => withText(filled, from.target, key, decoded(from, key, value)),
      object,
    );
  }
  const parsed = parsedYaml(text);
  const isWhole = from.target === "spec";
  return atPath(object, from.target, (before) =>
    !isWhole && isJsonObject(before) && isJsonObject(parsed) ? { ...before, ...parsed } : parsed,
  );
}

function withText(object: KubeObject, target: string, key: string, text: string): KubeObject {
  const field = target.toLowerCase();
  if (field === "annotations" || field === "labels") {
    const map: Record<string, string> = { ...object.metadata[field] };
    setOwn(map, key, text);
    return { ...object, metadata: { ...object.metadata, [field]: map } };
  }
  if (field !== "data" && field !== "spec") return atPath(object, target, () => parsedOr(text));
  const before = object[field];
  if (before !== undefined && before !== null && !isJsonObject(before))
    throw problemError("SecretTemplateFailed", `${field} of the target is not a map`);
  const map: JsonObject = { ...before };
  setOwn(map, key, text);
  return { ...object, [field]: map };
}

function atPath(object: KubeObject, path: string, leaf: (before: Json | undefined) => Json): KubeObject {
  const steps = parseTargetPath(path);
  if (steps === undefined)
    throw problemError("SecretTemplateFailed", `${JSON.stringify(path)} is not a path of a target`);
  return setAtPath(object as unknown as JsonObject, steps, leaf) as unknown as KubeObject;
}

function decoded({ decoding }: TemplateFrom, key: string, text: string): string {
  return fromBytes(decodeValue(decoding, toBytes(text), `the rendered value of ${key}`));
}

function parsedYaml(text: string): Json {
  try {
    return (decodeYaml(text, { numbers: "float64" }) ?? null) as Json;
  } catch (error) {
    // The parser's message could quote the value.
    throw problemError("SecretTemplateFailed", `a filled template is not YAML: ${problemsOf(error)[0]?.code ?? ""}`);
  }
}

function parsedOr(text: string): Json {
  try {
    return parsedYaml(text);
  } catch {
    return text;
  }
}
