import { isJsonObject } from "@fairlead/base";
import { MESSAGE_VALUE_CHARS_MAX } from "../limits.ts";
import { YamlInteger } from "./integer.ts";
import { formatFloat } from "./float.ts";

/** A decoded value in Go syntax (`%#v`), as go-yaml and sigs.k8s.io/yaml put keys and values into messages. Long ones are cut. */
export function goSyntax(value: unknown): string {
  const text = render(value);
  return text.length > MESSAGE_VALUE_CHARS_MAX ? `${text.slice(0, MESSAGE_VALUE_CHARS_MAX)}…` : text;
}

function render(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : formatFloat(value);
  if (value instanceof YamlInteger) return String(value.value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(render).join(", ")}}`;
  if (!isJsonObject(value)) return String(value as boolean | bigint);
  const pairs = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${render(value[key])}`);
  return `map[interface {}]interface {}{${pairs.join(", ")}}`;
}
