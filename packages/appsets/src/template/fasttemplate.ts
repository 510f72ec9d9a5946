import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { Parameters } from "../application-set/types.ts";

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** `{{ key }}` replaced by its parameter; one that is unknown is left as it stands, as Argo CD leaves it. */
function fillText(text: string, parameters: Parameters): string {
  return text.replace(PLACEHOLDER, (verbatim, key: string) => {
    const name = key.trim();
    return Object.hasOwn(parameters, name) ? (parameters[name] ?? verbatim) : verbatim;
  });
}

/** Fills every string of a template, keys included. Without parameters the template is taken as it is. */
export function fillTemplate(template: JsonObject, parameters: Parameters): JsonObject {
  if (Object.keys(parameters).length === 0) return template;
  return fill(template, parameters) as JsonObject;
}

function fill(value: Json | undefined, parameters: Parameters): Json {
  if (typeof value === "string") return fillText(value, parameters);
  if (Array.isArray(value)) return value.map((item) => fill(item, parameters));
  if (!isJsonObject(value)) return value ?? null;
  const filled: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) setOwn(filled, fillText(key, parameters), fill(item, parameters));
  }
  return filled;
}
