import { encodeYaml } from "@fairlead/yaml";

/** A configuration as the real tool writes it into messages: empty parts are left out, keys sorted. */
export function goYaml(value: object): string {
  return encodeYaml(compact(value));
}

function compact(value: unknown): unknown {
  if (value instanceof Map) return compact(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, compact(item)] as const);
  return Object.fromEntries(
    entries.filter(([, item]) => item !== undefined && item !== "" && item !== false && item !== 0),
  );
}
