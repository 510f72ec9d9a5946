import type { SchemaNode } from "../../schema/types.ts";
import { type Estimate, functionCost, PER_CHARACTER, scaled, times } from "./function-costs.ts";
import { fieldShape, literalSize, ONE, type Shape, shapeOf, unionOf, UNKNOWN } from "./shapes.ts";
import { NAMESPACES } from "./signatures.ts";
import type { SyntaxNode } from "./syntax.ts";

type Scope = ReadonlyMap<string, Shape>;

const LIST_COST = 10;
const MAP_COST = 30;

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

function literal(parts: readonly SyntaxNode[], base: number, scope: Scope, step = 1): Estimate {
  const found = parts.map((part) => visit(part, scope));
  const size = parts.length / step;
  const items = found.filter((_, index) => index % step === step - 1).map(({ shape }) => shape);
  return {
    cost: sum(found) + base,
    shape: { size: { min: size, max: size }, item: items.reduce(unionOf, items[0] ?? ONE), key: ONE, isMade: true },
  };
}

function sum(estimates: readonly Estimate[]): number {
  return estimates.reduce((total, { cost }) => total + cost, 0);
}

/** Both sides are read as far as the shorter goes; of what is ordered that is so of texts, and numbers and times cost one unit. */
const IDENTICAL: ReadonlySet<string> = new Set(["==", "!="]);
const COMPARED: ReadonlySet<string> = new Set([...IDENTICAL, "<", "<=", ">", ">="]);

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
  if (COMPARED.has(node.op) && (IDENTICAL.has(node.op) || isTextual(args, found)))
    return { cost: cost + scaled(Math.min(a.max, b.max), PER_CHARACTER), shape: ONE };
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
    ({ shape }, index) => shape.schema?.type === "string" || isTextLiteral(args[index]) || shape.size.max > 1,
  );
}

function isTextLiteral(node: SyntaxNode | undefined): boolean {
  return node?.op === "value" && typeof node.args === "string";
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
  // Items that no schema describes, and those of lists that the rule itself made, count as the server's estimator has them: as self.
  const item = (shape.isMade ? undefined : shape.item) ?? scope.get("self") ?? UNKNOWN;
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
