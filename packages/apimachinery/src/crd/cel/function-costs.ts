import { ONE, type Shape, type Size, unionOf } from "./shapes.ts";

export interface Estimate {
  readonly cost: number;
  readonly shape: Shape;
}

export const PER_CHARACTER = 0.1;
const PER_PATTERN_CHARACTER = 0.25;
/** Of the patterns behind named formats. */
const FORMAT_PATTERN_LENGTH = 128;

export function scaled(size: number, factor: number): number {
  return Math.ceil(size * factor);
}

export function times(count: number, cost: number): number {
  return count === 0 || cost === 0 ? 0 : count * cost;
}

type FunctionCost = { readonly cost: number; readonly shape?: Shape | undefined };

export function functionCost(name: string, target: Shape | undefined, args: readonly Estimate[]): FunctionCost {
  const first = args[0]?.shape.size ?? ONE.size;
  const own = target?.size ?? first;
  switch (name) {
    case "isSorted":
    case "sum":
    case "max":
    case "min":
    case "indexOf":
    case "lastIndexOf":
      if (!target?.item) return { cost: scaled(own.max, PER_CHARACTER) };
      return {
        cost: times(own.max, 1 + textCost(target.item)),
        shape: name === "max" || name === "min" ? target.item : ONE,
      };
    case "url":
      return { cost: scaled(first.max, PER_CHARACTER), shape: { size: first } };
    case "lowerAscii":
    case "upperAscii":
    case "substring":
    case "trim":
      return { cost: scaled(own.max, PER_CHARACTER), shape: { size: own } };
    case "replace":
      return { cost: scaled(own.max, 2 * PER_CHARACTER), shape: { size: replacedSize(own, args) } };
    case "split": {
      const size = { min: 0, max: own.max };
      return { cost: scaled(own.max, 2 * PER_CHARACTER), shape: { size, key: ONE } };
    }
    case "join": {
      const separators = times(Math.max(own.max - 1, 0), args.length > 0 ? first.max : 0);
      const max = times(own.max, (target?.isMade ? undefined : target?.item?.size.max) ?? Infinity) + separators;
      return { cost: scaled(max, PER_CHARACTER), shape: { size: { min: 0, max } } };
    }
    default:
      return searchCost(name, target, args);
  }
}

function searchCost(name: string, target: Shape | undefined, args: readonly Estimate[]): FunctionCost {
  const [left, right] = target ? [target.size, args[0]?.shape.size] : [args[0]?.shape.size, args[1]?.shape.size];
  const [a, b] = [left?.max ?? 1, right?.max ?? 1];
  switch (name) {
    case "find":
    case "findAll":
    case "matches": {
      const cost = times(scaled(a + 1, PER_CHARACTER), scaled(b, PER_PATTERN_CHARACTER));
      const shape: Shape = { size: { min: 0, max: a }, ...(name === "findAll" ? { key: ONE } : {}) };
      return { cost, shape: name === "matches" ? ONE : shape };
    }
    case "contains":
      return { cost: times(scaled(a, PER_CHARACTER), scaled(b, PER_CHARACTER)) };
    case "startsWith":
    case "endsWith":
      return { cost: scaled(b, PER_CHARACTER) };
    case "format":
    case "cidr":
    case "isIP":
    case "isCIDR":
    case "quantity":
    case "isQuantity":
    case "semver":
    case "isSemver":
      return { cost: scaled(a, PER_CHARACTER) };
    case "ip":
      return { cost: target ? 1 : scaled(a, PER_CHARACTER) };
    case "ip.isCanonical":
      return { cost: scaled(a, 2 * PER_CHARACTER) };
    case "containsIP":
      return { cost: 4 + scaled(b, PER_CHARACTER) };
    case "containsCIDR":
      return { cost: 7 + scaled(b, PER_CHARACTER) };
    case "validate":
      return { cost: times(scaled(b, PER_CHARACTER), FORMAT_PATTERN_LENGTH * PER_PATTERN_CHARACTER) };
    default:
      return listCost(name, target, a, b, args);
  }
}

function listCost(
  name: string,
  target: Shape | undefined,
  a: number,
  b: number,
  args: readonly Estimate[],
): FunctionCost {
  switch (name) {
    case "sets.contains":
    case "sets.intersects":
      return { cost: times(a, b) + 1 };
    case "sets.equivalent":
      return { cost: 2 * times(a, b) + 1 };
    case "distinct":
    case "sort":
      return { cost: times(a, a), shape: target };
    case "slice":
    case "reverse":
    case "flatten":
      return { cost: a, shape: target };
    case "first":
    case "last":
      return { cost: 1, shape: target?.item };
    case "value":
      return { cost: 1, shape: target };
    case "orValue":
    case "or":
      return { cost: 1, shape: target && args[0] ? unionOf(target, args[0].shape) : target };
    case "dyn":
    case "optional.of":
      return { cost: 1, shape: args[0]?.shape };
    case "string":
    case "bytes":
      return {
        cost: args[0]?.shape.schema?.type === "string" ? scaled(a, PER_CHARACTER) : 1,
        shape: args[0]?.shape ?? ONE,
      };
    default:
      return { cost: 1 };
  }
}

function textCost({ size, schema }: Shape): number {
  return schema?.type === "string" ? scaled(size.max, PER_CHARACTER) : 0;
}

function replacedSize(text: Size, args: readonly Estimate[]): Size {
  const [from, to] = [args[0]?.shape.size ?? ONE.size, args[1]?.shape.size ?? ONE.size];
  const count = from.min === 0 ? text.max + 1 : to.max <= from.min ? 0 : Math.ceil(text.max / from.min);
  const isKept = from.min === 0 || to.max <= from.min;
  return { min: 0, max: times(count, to.max) + (isKept ? text.max : 0) };
}
