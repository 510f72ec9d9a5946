import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { FieldReader } from "../application-set/faults.ts";
import type { Row } from "../application-set/types.ts";
import { flatten } from "../template/flatten.ts";

type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist";
interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}
const OPERATORS: readonly string[] = ["In", "NotIn", "Exists", "DoesNotExist"];

/**
 * A generator's selector over its rows. Unlike a label selector its keys and values are any text, so that addresses and `path[2]`
 * can be selected by; dotted keys reach into the tree of the Go dialect, labels and values included.
 */
export function readSelector(reader: FieldReader): (row: Row) => boolean {
  const requirements = [...readLabels(reader), ...readExpressions(reader)];
  if (requirements.length === 0) return () => true;
  return (row) => {
    let flat: Record<string, string> | undefined;
    return requirements.every((requirement) => {
      const direct = Object.hasOwn(row, requirement.key) ? row[requirement.key] : undefined;
      if (typeof direct === "string") return holds(requirement, direct);
      flat ??= flatten(row);
      return holds(
        requirement,
        Object.hasOwn(flat, requirement.key) ? flat[requirement.key] : listText(row, requirement.key),
      );
    });
  };
}

/** A list is selected by as it is printed, beside its items. */
function listText(row: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(row, key) ? row[key] : undefined;
  return Array.isArray(value) && value.length > 0 ? `[${value.map(String).join(" ")}]` : undefined;
}

function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  if (operator === "In") return value !== undefined && values.includes(value);
  if (operator === "NotIn") return value === undefined || !values.includes(value);
  return (value !== undefined) === (operator === "Exists");
}

function readLabels(reader: FieldReader): Requirement[] {
  const labels = reader.map("matchLabels");
  return Object.entries(labels?.object ?? {}).flatMap(([key, value]): Requirement[] => {
    if (isScalar(value)) return [{ key, operator: "In", values: [String(value)] }];
    labels?.fault(key, "is not a string");
    return [];
  });
}

function isScalar(value: Json | undefined): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function readExpressions(reader: FieldReader): Requirement[] {
  return reader.objects("matchExpressions").flatMap((expression): Requirement[] => {
    const key = expression.required("key");
    const operator = expression.text("operator") ?? "";
    const values = expression.strings("values");
    if (!OPERATORS.includes(operator)) {
      expression.fault("operator", `is ${JSON.stringify(operator)}`, `one of ${OPERATORS.join(", ")}`);
      return [];
    }
    const wantsValues = operator === "In" || operator === "NotIn";
    if (wantsValues && values.length === 0) expression.fault("values", `is empty, and ${operator} needs at least one`);
    if (!wantsValues && values.length > 0) expression.fault("values", `must be empty for ${operator}`);
    return [{ key, operator: operator as Operator, values }];
  });
}

/** Whether a selector names anything at all. */
export function isEmptySelectorObject(value: Json | undefined): boolean {
  if (!isJsonObject(value)) return true;
  const { matchLabels, matchExpressions } = value;
  const none = !isJsonObject(matchLabels) || Object.keys(matchLabels).length === 0;
  return none && (!Array.isArray(matchExpressions) || matchExpressions.length === 0);
}
