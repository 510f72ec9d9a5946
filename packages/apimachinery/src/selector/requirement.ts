import { labelKeyFaults, labelValueFaults } from "./syntax.ts";
import type { LabelRequirement, SelectorOperator } from "./types.ts";

const INTEGER = /^[+-]?[0-9]+$/;

/** One fault as a field error of the server prints it. `path` is absent where the server has none either. */
interface Fault {
  readonly path: string;
  readonly value: string;
  readonly detail: string;
}

/**
 * Everything wrong with a requirement, as one sentence of the server: several faults in brackets, repeated ones once. Undefined
 * when there is none.
 */
export function requirementFault({ key, operator, values }: LabelRequirement): string | undefined {
  const faults: Fault[] = [];
  const keyFaults = labelKeyFaults(key);
  if (keyFaults.length > 0) faults.push({ path: "key", value: quoted(key), detail: keyFaults.join("; ") });
  faults.push(...valueCountFaults(operator, values));
  values.forEach((value, index) => {
    const detail = labelValueFaults(value).join("; ");
    if (detail) faults.push({ path: `values[${index}][${key}]`, value: quoted(value), detail });
  });
  const texts = [...new Set(faults.map(({ path, value, detail }) => `${path}: Invalid value: ${value}: ${detail}`))];
  return texts.length > 1 ? `[${texts.join(", ")}]` : texts[0];
}

function valueCountFaults(operator: SelectorOperator, values: readonly string[]): Fault[] {
  const list = listed(values);
  const fault = (detail: string): Fault[] => [{ path: "values", value: list, detail }];
  switch (operator) {
    case "in":
    case "notin":
      return values.length === 0 ? fault("for 'in', 'notin' operators, values set can't be empty") : [];
    case "=":
    case "==":
    case "!=":
      return values.length === 1 ? [] : fault("exact-match compatibility requires one single value");
    case "exists":
    case "!":
      return values.length === 0 ? [] : fault("values set must be empty for exists and does not exist");
    default:
      return [
        ...(values.length === 1 ? [] : fault("for 'Gt', 'Lt' operators, exactly one value is required")),
        ...values.flatMap((value, index) =>
          toInt64(value) === undefined
            ? [
                {
                  path: `values[${index}]`,
                  value: quoted(value),
                  detail: "for 'Gt', 'Lt' operators, the value must be an integer",
                },
              ]
            : [],
        ),
      ];
  }
}

/** As encoding/json prints a list of strings, which is how a field error shows one; an empty one is Go's nil. */
function listed(values: readonly string[]): string {
  return values.length === 0 ? "null" : JSON.stringify(values);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** A text as Go's %q prints it. */
export function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what has to be escaped
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, (char) => {
    if (char === '"' || char === "\\") return `\\${char}`;
    return ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}

/** A number as strconv.ParseInt(…, 10, 64) accepts it. */
export function toInt64(text: string): bigint | undefined {
  if (!INTEGER.test(text) || text.length > 100) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
}
