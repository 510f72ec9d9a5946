import { isJsonObject, setOwn, type JsonObject, type Problem } from "@fairlead/base";
import type { Parameters } from "../application-set/types.ts";

/**
 * Rows of a list generator in the fasttemplate dialect: values must be strings, a `values` map is flattened to `values.k`
 * (facts/argocd.md §1.11). Every fault is reported with its path.
 */
export function listParameters(
  elements: readonly JsonObject[],
  path: string,
): { rows: Parameters[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const rows = elements.map((element, index) => {
    const row: Record<string, string> = {};
    const put = (key: string, value: unknown): void => {
      if (typeof value === "string") return setOwn(row, key, value);
      problems.push({
        code: "InvalidApplicationSet",
        message: `${path}.elements[${index}].${key} is ${JSON.stringify(value)}, not a string`,
        hint: "quote the value, or set spec.goTemplate: true",
      });
    };
    for (const [key, value] of Object.entries(element)) {
      if (key !== "values") put(key, value);
      else if (isJsonObject(value)) for (const [name, inner] of Object.entries(value)) put(`values.${name}`, inner);
      else put(key, value);
    }
    return row;
  });
  return { rows, problems };
}
