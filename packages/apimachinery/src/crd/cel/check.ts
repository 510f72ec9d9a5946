import { compilePattern } from "../pattern.ts";
import { NAMESPACES, signaturesOf } from "./signatures.ts";
import { type CelFault, operands, type SyntaxNode } from "./syntax.ts";
import {
  BOOL,
  DYN,
  ERROR,
  fieldType,
  filled,
  fits,
  rangeOf,
  simple,
  typeName,
  typeOfLiteral,
  type CelType,
} from "./types.ts";

type Scope = ReadonlyMap<string, CelType>;

/**
 * Checks an expression against the types of its variables, as cel-go does when a definition is admitted: fields that don't exist,
 * overloads that don't fit, names nobody declared. All faults are told, each where the compiler places it.
 */
export function checkTypes(text: string, tree: SyntaxNode, variables: Scope): { type: CelType; faults: CelFault[] } {
  const checker = new Checker(text);
  const type = checker.visit(tree, variables);
  return { type, faults: checker.faults };
}

const OPERATOR_NAMES: Readonly<Record<string, string>> = { in: "@in", "[]": "_[_]", "[?]": "_[?_]" };

/** Macros over one variable: what they give from the type of their last argument. */
const QUANTIFIERS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "existsOne"]);

class Checker {
  readonly faults: CelFault[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  visit(node: SyntaxNode, scope: Scope): CelType {
    switch (node.op) {
      case "value":
        if (typeof node.args === "bigint" && BigInt.asIntN(64, node.args) !== node.args) {
          return this.#fault(node.start, "invalid int literal");
        }
        return typeOfLiteral(node.args);
      case "id":
        return this.#identifier(node, scope);
      case ".":
      case ".?":
        return this.#field(node, scope);
      case "list":
        return this.#list(node, scope);
      case "map":
        return this.#map(node, scope);
      case "call":
        return this.#call(node, scope);
      case "rcall":
        return this.#method(node, scope);
      case "&&":
      case "||":
        for (const side of operands(node)) this.#expectBool(side, this.visit(side, scope));
        return BOOL;
      default:
        return this.#operator(node, scope);
    }
  }

  #fault(at: number, message: string): CelType {
    this.faults.push({ at, message });
    return ERROR;
  }

  #identifier(node: SyntaxNode, scope: Scope): CelType {
    const name = String(node.args);
    if (TYPE_NAMES.has(name) && !scope.has(name)) return simple("type");
    return scope.get(name) ?? this.#undeclared(node.start, name);
  }

  #undeclared(at: number, name: string): CelType {
    return this.#fault(at, `undeclared reference to '${name}' (in container '')`);
  }

  #field(node: SyntaxNode, scope: Scope, place?: number): CelType {
    const [owner, name] = node.args as [SyntaxNode, string];
    // A variable may have a dot in its name: authorizer.requestResource.
    const whole = owner.op === "id" ? scope.get(`${String(owner.args)}.${name}`) : undefined;
    if (whole !== undefined) return whole;
    const given = this.visit(owner, scope);
    const wasOptional = given.kind === "optional";
    const found = this.#select(wasOptional ? given.item : given, name, place ?? this.#placeAfter(owner, "."));
    if (found.kind === "error") return ERROR;
    return wasOptional || node.op === ".?" ? { kind: "optional", item: found } : found;
  }

  #select(owner: CelType, name: string, at: number): CelType {
    switch (owner.kind) {
      case "dyn":
      case "error":
      case "any":
        return owner.kind === "error" ? ERROR : DYN;
      case "map":
        return owner.value;
      case "object":
        return fieldType(owner, name) ?? this.#fault(at, `undefined field '${name}'`);
      case "record":
        return owner.fields.get(name) ?? this.#fault(at, `undefined field '${name}'`);
      default:
        return this.#fault(at, `type '${typeName(owner)}' does not support field selection`);
    }
  }

  #list(node: SyntaxNode, scope: Scope): CelType {
    const items = node.args as SyntaxNode[];
    return { kind: "list", item: this.#common(items, scope) };
  }

  /** What is to be formatted may be of any types, in one list. */
  #mixed(node: SyntaxNode, scope: Scope): CelType {
    if (node.op !== "list") return this.visit(node, scope);
    for (const item of node.args as SyntaxNode[]) this.#mixed(item, scope);
    return { kind: "list", item: DYN };
  }

  #map(node: SyntaxNode, scope: Scope): CelType {
    const entries = node.args as [SyntaxNode, SyntaxNode][];
    const key = this.#common(
      entries.map((entry) => entry[0]),
      scope,
    );
    const value = this.#common(
      entries.map((entry) => entry[1]),
      scope,
    );
    return { kind: "map", key, value };
  }

  /** The type all items of a literal share. */
  #common(items: readonly SyntaxNode[], scope: Scope): CelType {
    let common: CelType | undefined;
    for (const item of items) {
      const type = this.visit(item, scope);
      if (common === undefined) common = type;
      else if (!fits(type, common, new Map()) && !fits(common, type, new Map())) {
        this.#expected(item, common, type);
      }
    }
    return common ?? { kind: "any", name: "empty" };
  }

  #expected(node: SyntaxNode, wanted: CelType, found: CelType): void {
    this.#fault(this.#placeOf(node), `expected type '${typeName(wanted)}' but found '${typeName(found)}'`);
  }

  #expectBool(node: SyntaxNode, type: CelType): void {
    if (!fits(type, BOOL, new Map())) this.#expected(node, BOOL, type);
  }

  #call(node: SyntaxNode, scope: Scope): CelType {
    const [name, args] = node.args as [string, SyntaxNode[]];
    const at = this.#text.indexOf("(", node.start);
    if (name === "has" && args.length === 1 && args[0]) {
      if (args[0].op === "." || args[0].op === ".?") this.#field(args[0], scope, at);
      else this.#fault(this.#placeOf(args[0]), "invalid argument to has() macro");
      return BOOL;
    }
    const types = args.map((arg) => this.visit(arg, scope));
    return this.#resolve(name, undefined, types, at, args);
  }

  #method(node: SyntaxNode, scope: Scope): CelType {
    const [name, owner, args] = node.args as [string, SyntaxNode, SyntaxNode[]];
    const at = this.#text.indexOf("(", this.#placeAfter(owner, "."));
    if (owner.op === "id" && NAMESPACES.has(String(owner.args)) && !scope.has(String(owner.args))) {
      const types = args.map((arg) => this.visit(arg, scope));
      return this.#resolve(`${String(owner.args)}.${name}`, undefined, types, at, args);
    }
    const receiver = this.visit(owner, scope);
    const macro = this.#macro(name, owner, receiver, args, scope);
    if (macro) return macro;
    const types = args.map((arg) => (name === "format" ? this.#mixed(arg, scope) : this.visit(arg, scope)));
    return this.#resolve(name, receiver, types, at, args);
  }

  #resolve(
    name: string,
    receiver: CelType | undefined,
    types: readonly CelType[],
    at: number,
    args: readonly SyntaxNode[] = [],
  ): CelType {
    const candidates = signaturesOf(name);
    if (candidates.length === 0) return this.#undeclared(at, name);
    if (receiver?.kind === "error" || types.some(({ kind }) => kind === "error")) return ERROR;
    const isLoose = receiver?.kind === "dyn";
    const results: CelType[] = [];
    for (const candidate of candidates) {
      const bindings = new Map<string, CelType>();
      if ((receiver === undefined) !== (candidate.receiver === undefined)) continue;
      if (candidate.parameters.length !== types.length) continue;
      if (receiver && candidate.receiver && !fits(receiver, candidate.receiver, bindings)) continue;
      if (!candidate.parameters.every((wanted, index) => fits(types[index] ?? DYN, wanted, bindings))) continue;
      results.push(filled(candidate.result, bindings));
    }
    const [first] = results;
    if (first === undefined) {
      const given = `(${types.map(typeName).join(", ")})`;
      const applied = receiver ? `${typeName(receiver)}.${given}` : given;
      return this.#fault(at, `found no matching overload for '${name}' applied to '${applied}'`);
    }
    if (name === "matches") this.#pattern(args.at(-1));
    if (name === "timestamp" || name === "duration") this.#time(name, args[0]);
    const isOne = results.every((type) => typeName(type) === typeName(first));
    return isOne && !(isLoose && first.kind === "any") ? first : DYN;
  }

  /** A pattern that is written out is compiled with the rule. */
  #pattern(node: SyntaxNode | undefined): void {
    if (node?.op !== "value" || typeof node.args !== "string") return;
    if (typeof compilePattern(node.args) === "string") this.#fault(node.start, "invalid matches argument");
  }

  /** Times that are written out are read with the rule, too. */
  #time(name: "timestamp" | "duration", node: SyntaxNode | undefined): void {
    if (node?.op !== "value" || typeof node.args !== "string") return;
    if (!IS_TIME[name].test(node.args)) this.#fault(node.start, `invalid ${name} argument`);
  }

  #operator(node: SyntaxNode, scope: Scope): CelType {
    const args = operands(node);
    const types = args.map((arg) => this.visit(arg, scope));
    const [first] = args;
    const symbol = node.op === "?:" ? "?" : node.op === "[]" || node.op === "[?]" ? "[" : node.op;
    const isUnary = node.op === "!_" || node.op === "-_";
    const name = isUnary ? node.op : (OPERATOR_NAMES[node.op] ?? (node.op === "?:" ? "_?_:_" : `_${node.op}_`));
    const at = isUnary || !first ? node.start : this.#placeAfter(first, symbol);
    const [left, right] = types;
    if ((node.op === "==" || node.op === "!=") && left && right) {
      const isFitting = fits(left, right, new Map()) || fits(right, left, new Map());
      if (isFitting) return BOOL;
    }
    return this.#resolve(name, undefined, types, at);
  }

  /** Undefined when the call is no macro. */
  #macro(
    name: string,
    owner: SyntaxNode,
    receiver: CelType,
    args: readonly SyntaxNode[],
    scope: Scope,
  ): CelType | undefined {
    const [first, second] = args;
    if (first?.op !== "id") return undefined;
    const isPair = args.length >= 3 && second?.op === "id" && PAIR_MACROS.has(name);
    const isOptional = name === "optMap" || name === "optFlatMap";
    if (!isPair && !isOptional && name !== "sortBy" && !SINGLE_MACROS.has(name)) return undefined;
    if (args.length < 2 || (QUANTIFIERS.has(name) && args.length > 2 && !isPair)) return undefined;
    if (receiver.kind === "error") return ERROR;
    const inner = new Map(scope);
    if (isOptional) {
      inner.set(String(first.args), receiver.kind === "optional" ? receiver.item : DYN);
      const result = this.visit(args[1] as SyntaxNode, inner);
      return name === "optFlatMap" ? result : { kind: "optional", item: result };
    }
    const range = rangeOf(receiver);
    if (range === undefined) {
      const text = `expression of type '${typeName(receiver)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
      this.#fault(this.#placeOf(owner), text);
    }
    inner.set(String(first.args), (isPair ? range?.key : range?.item) ?? ERROR);
    if (isPair) inner.set(String(second.args), range?.value ?? ERROR);
    return this.#macroResult(name, receiver, args.slice(isPair ? 2 : 1), inner);
  }

  #macroResult(name: string, receiver: CelType, bodies: readonly SyntaxNode[], inner: Scope): CelType {
    const types = bodies.map((body) => this.visit(body, inner));
    const last = types.at(-1) ?? DYN;
    const isFiltered = bodies.length > 1;
    const needsBool = isFiltered || QUANTIFIERS.has(name) || name === "filter";
    if (needsBool && bodies[0] && types[0]) this.#expectBool(bodies[0], types[0]);
    if (QUANTIFIERS.has(name)) return BOOL;
    if (name === "filter") return receiver.kind === "map" ? { kind: "list", item: receiver.key } : receiver;
    if (name === "sortBy") return receiver;
    if (name === "transformMap") {
      return { kind: "map", key: rangeOf(receiver)?.key ?? DYN, value: last };
    }
    return name === "transformMapEntry" ? last : { kind: "list", item: last };
  }

  /** Where the compiler places a node: calls and operators where their sign is. */
  #placeOf(node: SyntaxNode): number {
    const [first] = operands(node);
    switch (node.op) {
      case "value":
      case "id":
      case "list":
      case "map":
      case "!_":
      case "-_":
        return node.start;
      case ".":
      case ".?":
        return this.#placeAfter((node.args as [SyntaxNode])[0], ".");
      case "call":
        return this.#text.indexOf("(", node.start);
      case "rcall": {
        const owner = (node.args as [string, SyntaxNode])[1];
        return this.#text.indexOf("(", this.#placeAfter(owner, "."));
      }
      default:
        if (!first) return node.start;
        return this.#placeAfter(first, node.op === "?:" ? "?" : node.op.startsWith("[") ? "[" : node.op);
    }
  }

  #placeAfter(node: SyntaxNode, sign: string): number {
    const found = this.#text.indexOf(sign, node.end);
    return found < 0 ? node.start : found;
  }
}

const IS_TIME = {
  timestamp: /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  duration: /^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/,
};

const SINGLE_MACROS: ReadonlySet<string> = new Set([...QUANTIFIERS, "map", "filter"]);
const PAIR_MACROS: ReadonlySet<string> = new Set([
  ...QUANTIFIERS,
  "transformList",
  "transformMap",
  "transformMapEntry",
]);
const TYPE_NAMES: ReadonlySet<string> = new Set([
  "int",
  "uint",
  "double",
  "bool",
  "string",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
]);
