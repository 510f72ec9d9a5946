import type { SchemaNode } from "../../schema/types.ts";
import type { SyntaxNode } from "./check.ts";
import { NAMESPACES } from "./signatures.ts";
import { escapeName } from "./values.ts";

/** What is known of a value before it is there: how long it can be, and what it is made of. */
interface Shape {
  readonly size: Size;
  readonly item?: Shape | undefined;
  readonly key?: Shape | undefined;
  readonly schema?: SchemaNode | undefined;
  /** Made by the rule itself: what joining its items gives, the server's estimator doesn't know. */
  readonly isMade?: true;
}

interface Size {
  readonly min: number;
  readonly max: number;
}

interface Estimate {
  readonly cost: number;
  readonly shape: Shape;
}

type Scope = ReadonlyMap<string, Shape>;

/** Bytes of a request; what schemas leave open is bounded by what one can carry. */
const REQUEST_BYTES_MAX = 3 * 1024 * 1024;
const PER_CHARACTER = 0.1;
const PER_PATTERN_CHARACTER = 0.25;
/** Of the patterns behind named formats. */
const FORMAT_PATTERN_LENGTH = 128;
const LIST_COST = 10;
const MAP_COST = 30;

const ONE: Shape = { size: { min: 1, max: 1 } };
/** The estimator gives the keys of maps no length. */
const MAP_KEY: Shape = { size: { min: 0, max: 0 } };
const UNKNOWN: Shape = { size: { min: 0, max: Infinity } };

/**
 * The most an expression can cost on any value its schema allows, in the units of cel-go's estimator with the costs that Kubernetes
 * adds. The expression has to be free of faults.
 */
export function estimateCost(tree: SyntaxNode, schema: SchemaNode): number {
  const self = shapeOf(schema);
  return visit(
    tree,
    new Map([
      ["self", self],
      ["oldSelf", self],
    ]),
  ).cost;
}

/** How many values of a schema one request can carry where nothing else bounds them. */
export function cardinalityOf(schema: SchemaNode): number {
  return Math.floor(REQUEST_BYTES_MAX / (minBytes(schema) + 1));
}

function shapeOf(schema: SchemaNode): Shape {
  const sized = (max: number): Size => ({ min: 0, max });
  if (schema.intOrString) return { size: sized(REQUEST_BYTES_MAX - 2), schema };
  switch (schema.type) {
    case "array": {
      const items = schema.items;
      const open = Math.floor((REQUEST_BYTES_MAX - 2) / ((items ? minBytes(items) : 0) + 1));
      return { size: sized(schema.maxItems ?? open), item: items && shapeOf(items), key: ONE };
    }
    case "string":
      return { size: sized(textMax(schema)), schema };
    case "object": {
      const { additionalProperties: additional } = schema;
      if (schema.properties !== undefined || typeof additional !== "object") return { size: sized(0), schema };
      const open = Math.floor((REQUEST_BYTES_MAX - 2) / (minBytes(additional) + 6));
      return { size: sized(schema.maxProperties ?? open), item: shapeOf(additional), key: MAP_KEY };
    }
    default:
      return { size: sized(0) };
  }
}

const TEXT_MAX: Readonly<Record<string, number>> = { duration: 32, date: 12, "date-time": 22, datetime: 22 };

function textMax({ format = "", maxLength, enum: values }: SchemaNode): number {
  if (format === "byte") return maxLength ?? REQUEST_BYTES_MAX - 2;
  const fixed = TEXT_MAX[format];
  if (fixed !== undefined) return fixed;
  // A length counts characters, of four bytes at most.
  if (maxLength !== undefined) return Math.max(maxLength, 0) * 4;
  if (values && values.length > 0) {
    return Math.max(...values.map((value) => (typeof value === "string" ? value.length : 0)));
  }
  return REQUEST_BYTES_MAX - 2;
}

/** The fewest bytes a value takes in JSON. */
function minBytes(schema: SchemaNode): number {
  if (schema.intOrString) return 1;
  switch (schema.type) {
    case "object":
      return Object.entries(schema.properties ?? {}).reduce((total, [name, property]) => {
        const isNeeded = schema.required?.includes(name) && property.default === undefined;
        return isNeeded ? total + name.length + minBytes(property) + 4 : total;
      }, 2);
    case "array":
      return 2;
    case "boolean":
      return 4;
    case "string":
      return TEXT_BYTES[schema.format ?? ""] ?? 2;
    default:
      return 1;
  }
}

const TEXT_BYTES: Readonly<Record<string, number>> = { duration: 4, date: 12, "date-time": 20 };

function visit(node: SyntaxNode, scope: Scope): Estimate {
  switch (node.op) {
    case "value":
      return { cost: 0, shape: { size: literalSize(node.args) } };
    case "id":
      return { cost: 1, shape: scope.get(String(node.args)) ?? ONE };
    case ".":
    case ".?": {
      const [owner, name] = node.args as [SyntaxNode, string];
      const { cost, shape } = visit(owner, scope);
      return { cost: cost + 1, shape: fieldShape(shape, name) };
    }
    case "list":
      return literal(node.args as SyntaxNode[], LIST_COST, scope);
    case "map":
      return literal((node.args as SyntaxNode[][]).flat(), MAP_COST, scope, 2);
    case "call":
    case "rcall":
      return call(node, scope);
    default:
      return operator(node, scope);
  }
}

function literalSize(value: unknown): Size {
  const length = typeof value === "string" ? Array.from(value).length : value instanceof Uint8Array ? value.length : 1;
  return { min: length, max: length };
}

function literal(parts: readonly SyntaxNode[], base: number, scope: Scope, step = 1): Estimate {
  const found = parts.map((part) => visit(part, scope));
  const size = parts.length / step;
  const items = found.filter((_, index) => index % step === step - 1).map(({ shape }) => shape);
  return {
    cost: sum(found) + base,
    shape: { size: { min: size, max: size }, item: items.reduce(unionOf, items[0] ?? ONE), key: ONE, isMade: true },
  };
}

function unionOf(a: Shape, b: Shape): Shape {
  return { ...a, size: { min: Math.min(a.size.min, b.size.min), max: Math.max(a.size.max, b.size.max) } };
}

function sum(estimates: readonly Estimate[]): number {
  return estimates.reduce((total, { cost }) => total + cost, 0);
}

function fieldShape({ schema, item }: Shape, name: string): Shape {
  if (schema === undefined) return item ?? UNKNOWN;
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    if (field === name || escapeName(field) === name) return shapeOf(property);
  }
  return UNKNOWN;
}

function scaled(size: number, factor: number): number {
  return Math.ceil(size * factor);
}

const COMPARED: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

function operator(node: SyntaxNode, scope: Scope): Estimate {
  const args = (Array.isArray(node.args) ? node.args : [node.args]) as SyntaxNode[];
  const found = args.map((arg) => visit(arg, scope));
  const [left, right, third] = found;
  const cost = sum(found);
  if (node.op === "&&" || node.op === "||") return { cost, shape: ONE };
  if (left && right && third) {
    return { cost: left.cost + Math.max(right.cost, third.cost), shape: unionOf(right.shape, third.shape) };
  }
  if (!left || !right) return { cost: cost + 1, shape: ONE };
  const [a, b] = [left.shape.size, right.shape.size];
  if (COMPARED.has(node.op)) return { cost: cost + scaled(Math.min(a.max, b.max), PER_CHARACTER), shape: ONE };
  if (node.op === "in") return { cost: cost + (right.shape.key === ONE ? b.max : 1), shape: ONE };
  if (node.op === "+") {
    const size = { min: a.min + b.min, max: a.max + b.max };
    const isList = left.shape.item !== undefined;
    const isText = !isList && isTextual(args, found);
    return {
      cost: cost + (isText ? scaled(size.max, PER_CHARACTER) : 1),
      shape: isList || isText ? { ...left.shape, size } : ONE,
    };
  }
  return { cost: cost + 1, shape: node.op.startsWith("[") ? (left.shape.item ?? scope.get("self") ?? UNKNOWN) : ONE };
}

function isTextual(args: readonly SyntaxNode[], found: readonly Estimate[]): boolean {
  return found.some(
    ({ shape }, index) =>
      shape.schema?.type === "string" || typeof args[index]?.args === "string" || shape.size.max > 1,
  );
}

function call(node: SyntaxNode, scope: Scope): Estimate {
  const isMethod = node.op === "rcall";
  const parts = node.args as readonly unknown[];
  const name = parts[0] as string;
  const args = parts.at(-1) as SyntaxNode[];
  const owner = isMethod ? (parts[1] as SyntaxNode) : undefined;
  if (name === "has" && !isMethod) {
    const field = args[0];
    return { cost: field ? visit((field.args as [SyntaxNode])[0], scope).cost : 0, shape: ONE };
  }
  const isNamespaced = owner?.op === "id" && NAMESPACES.has(String(owner.args)) && !scope.has(String(owner.args));
  const target = owner && !isNamespaced ? visit(owner, scope) : undefined;
  if (target) {
    const looped = loop(name, target, args, scope);
    if (looped) return looped;
  }
  const found = args.map((arg) => visit(arg, scope));
  const own = functionCost(isNamespaced ? `${String(owner.args)}.${name}` : name, target?.shape, found);
  return { cost: sum(found) + (target?.cost ?? 0) + own.cost, shape: own.shape ?? ONE };
}

/** What one turn of a macro costs beside its body, and what the whole costs beside its turns; as cel-go writes macros out. */
const LOOPS: Readonly<Record<string, { readonly turn: number; readonly whole: number }>> = {
  all: { turn: 3, whole: 1 },
  exists: { turn: 4, whole: 1 },
  exists_one: { turn: 2, whole: 2 },
  existsOne: { turn: 2, whole: 2 },
  map: { turn: 12, whole: 11 },
  filter: { turn: 13, whole: 11 },
  transformList: { turn: 12, whole: 11 },
  transformMap: { turn: 3, whole: 31 },
  transformMapEntry: { turn: 2, whole: 31 },
};

function loop(name: string, range: Estimate, args: readonly SyntaxNode[], scope: Scope): Estimate | undefined {
  const known = Object.hasOwn(LOOPS, name) ? LOOPS[name] : undefined;
  const [first, second] = args;
  if (known === undefined || first?.op !== "id" || args.length < 2)
    return name === "sortBy" ? sorted(range, args, scope) : undefined;
  const { shape } = range;
  const isMap = shape.key !== undefined && shape.key !== ONE;
  const isPair = args.length > 2 && second?.op === "id" && name !== "map";
  const inner = new Map(scope);
  // Items that no schema describes count as the server's estimator has them: with the size of self.
  const item = shape.item ?? scope.get("self") ?? UNKNOWN;
  inner.set(String(first.args), isPair || isMap ? (shape.key ?? ONE) : item);
  if (isPair) inner.set(String(second.args), item);
  const bodies = args.slice(isPair ? 2 : 1).map((body) => visit(body, inner));
  const turn = sum(bodies) + known.turn;
  const result = name === "filter" ? inner.get(String(first.args)) : bodies.at(-1)?.shape;
  const isBool = name === "all" || name.startsWith("exists");
  return {
    cost: range.cost + times(shape.size.max, turn) + known.whole,
    shape: isBool ? ONE : { size: shape.size, item: result, key: ONE, isMade: true },
  };
}

/** Sorting compares each with each. */
function sorted(range: Estimate, args: readonly SyntaxNode[], scope: Scope): Estimate {
  const inner = new Map(scope).set(String(args[0]?.args), range.shape.item ?? UNKNOWN);
  const body = args[1] ? visit(args[1], inner).cost : 0;
  const { max } = range.shape.size;
  return { cost: range.cost + times(max, body + 12) + times(max, max), shape: range.shape };
}

function times(count: number, cost: number): number {
  return count === 0 || cost === 0 ? 0 : count * cost;
}

type FunctionCost = { readonly cost: number; readonly shape?: Shape | undefined };

function functionCost(name: string, target: Shape | undefined, args: readonly Estimate[]): FunctionCost {
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
