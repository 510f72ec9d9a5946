import { isJsonObject, problemsOf, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { Row } from "../application-set/types.ts";
import { remember, type Leaf } from "./scope.ts";

/**
 * `elements`, then those of `elementsYaml`. In the fasttemplate dialect values must be strings, and a `values` map is flattened to
 * `values.k`; rows of elementsYaml are taken as they are (facts/argocd.md §1.11).
 */
export function listRows(leaf: Leaf): Row[] {
  return remember(leaf, "rows", () => [...elementRows(leaf), ...yamlRows(leaf)]);
}

function elementRows(leaf: Leaf): Row[] {
  return leaf.fields
    .objects("elements")
    .map(({ object, path }) => (leaf.scope.dialect.isGo ? object : flatRow(leaf, object, path)));
}

function flatRow(leaf: Leaf, element: JsonObject, path: string): Row {
  const row: Record<string, Json> = {};
  const put = (key: string, value: Json | undefined): void => {
    if (typeof value === "string") return setOwn(row, key, value);
    const message = `is ${JSON.stringify(value)}, not a string`;
    leaf.scope.faults.add(
      "InvalidApplicationSet",
      `${path}.${key}`,
      message,
      "quote the value, or set spec.goTemplate: true",
    );
  };
  for (const [key, value] of Object.entries(element)) {
    if (key === "values" && isJsonObject(value)) {
      for (const [name, inner] of Object.entries(value)) put(`values.${name}`, inner);
    } else put(key, value);
  }
  return row;
}

function yamlRows(leaf: Leaf): Row[] {
  const text = leaf.fields.text("elementsYaml");
  if (text === undefined || text === "") return [];
  const path = `${leaf.path}.elementsYaml`;
  let value: Json;
  try {
    value = decodeYaml(text, { numbers: "float64" });
  } catch (error) {
    leaf.scope.faults.take(path, problemsOf(error));
    return [];
  }
  if (value !== null && !Array.isArray(value)) {
    leaf.scope.faults.add("GeneratorFailed", path, "is not a list of objects");
    return [];
  }
  return (value ?? []).flatMap((item, index) => {
    if (isJsonObject(item)) return [item];
    leaf.scope.faults.add("GeneratorFailed", `${path}[${index}]`, "is not an object");
    return [];
  });
}
