import { setOwn, type Json } from "@fairlead/base";
import { GoError, LimitError } from "../errors.ts";
import { formatFloat } from "../fmt/float.ts";
import { LIMITS } from "../limits.ts";
import { integerValue, isListLike, isMapLike, listItems, typeName } from "./reflect.ts";
import { sortedEntries } from "./sort.ts";
import { GoBytes, GoFloat32, GoNamed, GoPointer, GoStruct, GoTimeLike, GoValue, isNilContainer } from "./values.ts";

/**
 * Template data as the JSON encoding/json would make of it: integers are numbers or bigints, structs are objects, bytes are
 * base64, a nil list or map is null. What other packages encode is this.
 * @throws GoError for what JSON cannot hold (functions, infinities), LimitError for what is too large
 */
export function toPlain(value: unknown, spend: (steps: number) => void = () => {}): Json {
  let count = 0;
  const counting = (steps: number): void => {
    count += steps;
    if (count > LIMITS.plainValuesMax) throw new LimitError(`holds more than ${LIMITS.plainValuesMax} values`);
    spend(steps);
  };
  return plain(value, counting, 0);
}

function plain(value: unknown, spend: (steps: number) => void, depth: number): Json {
  spend(1);
  if (depth > LIMITS.valueDepthMax) throw new LimitError(`value is nested deeper than ${LIMITS.valueDepthMax}`);
  switch (typeof value) {
    case "number":
      if (Number.isFinite(value)) return value;
      throw new GoError(`json: unsupported value: ${formatFloat(value, "g", -1)}`);
    case "string":
      return value.isWellFormed() ? value : Array.from(value, (char) => char.toWellFormed()).join("");
    case "boolean":
    case "bigint":
      return value;
    case "object":
      return value === null ? null : plainObject(value, spend, depth);
    default:
      return null;
  }
}

function plainObject(value: object, spend: (steps: number) => void, depth: number): Json {
  if (Array.isArray(value)) return value.map((item) => plain(item, spend, depth + 1));
  if (!(value instanceof GoValue)) return plainRecord(Object.entries(value), spend, depth);
  const integer = integerValue(value);
  if (integer !== undefined) return integer;
  if (value instanceof GoFloat32) return Number(formatFloat(value.value, "g", -1, 32));
  if (value instanceof GoNamed) return value.type.name === "json.Number" ? Number(value.value) : value.value;
  if (value instanceof GoTimeLike) return value.json();
  if (value instanceof GoPointer) return value.target === null ? null : plain(value.target, spend, depth);
  if (isNilContainer(value)) return null;
  if (value instanceof GoBytes) return Buffer.from(value.bytes).toString("base64");
  if (isListLike(value)) return listItems(value).map((item) => plain(item, spend, depth + 1));
  if (value instanceof GoStruct) {
    const fields = (value.type.fields ?? []).filter(({ name, json }) => json !== "" && /^\p{Lu}/u.test(name));
    return plainRecord(
      fields.map(({ name, json }) => [json ?? name, value.values[name]]),
      spend,
      depth,
    );
  }
  if (isMapLike(value)) {
    const entries = sortedEntries(value).map(([key, item]): [string, unknown] => [keyText(key), item]);
    return plainRecord(entries, spend, depth);
  }
  throw new GoError(`json: unsupported type: ${typeName(value)}`);
}

function keyText(key: unknown): string {
  if (typeof key === "string") return key;
  const integer = integerValue(key);
  if (integer !== undefined) return String(integer);
  return key instanceof GoNamed ? String(key.value) : "";
}

function plainRecord(
  entries: ReadonlyArray<readonly [string, unknown]>,
  spend: (steps: number) => void,
  depth: number,
): Json {
  const record: Record<string, Json> = {};
  for (const [key, item] of entries) if (item !== undefined) setOwn(record, key, plain(item, spend, depth + 1));
  return record;
}
