import type { JsonObject } from "@fairlead/base";
import { checkTypes } from "../crd/cel/check.ts";
import { describeFaults, type SyntaxNode } from "../crd/cel/syntax.ts";
import { estimateCost } from "../crd/cel/estimate.ts";
import { cardinalityOf } from "../crd/cel/shapes.ts";
import { parseCel } from "../crd/cel/expression.ts";
import { ownProperty } from "../crd/correlate.ts";
import { typeOfSchema, type CelType } from "../crd/cel/types.ts";
import { jsonSchemaNode } from "../schema/crd.ts";
import type { SchemaNode } from "../schema/types.ts";
import { textOf } from "./access.ts";
import { LIMITS } from "../limits.ts";
import { child, forbidden, invalid, type FieldError } from "./field-error.ts";

/** What all rules of one version's schema cost together, and where the dearest are. */
export interface RuleCosts {
  total: number;
  readonly dearest: { readonly path: string; readonly cost: number }[];
}

/** How often a place in the schema can occur in one object; undefined when nothing above bounds it. */
export type Cardinality = number | undefined;

const DEAREST_TOLD = 4;

/** The fault of a schema whose rules are too dear together; told at the dearest of them as well. */
export function totalCostFaults({ total, dearest }: RuleCosts, path: string): FieldError[] {
  if (total <= LIMITS.celDefinitionCostMax) return [];
  const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
  const told = [...dearest].sort((a, b) => b.cost - a.cost).slice(0, DEAREST_TOLD);
  return [
    ...told.map((rule) =>
      forbidden(rule.path, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"),
    ),
    forbidden(path, costFault(what, total, LIMITS.celDefinitionCostMax)),
  ];
}

function costFault(what: string, cost: number, max: number): string {
  const factor = cost / max;
  const times = factor > 100 ? "more than 100x" : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

/** One rule of a schema: compiled against the types of the schema it stands at, as the server does before it admits the definition. */
export function compileFaults(rule: JsonObject, schema: JsonObject, path: string, place: RulePlace): FieldError[] {
  const { isRoot, cardinality, costs } = place;
  const node = jsonSchemaNode(schema, isRoot);
  const self = typeOfSchema(node, "selfType", isRoot);
  if (!self) return [];
  const isOptional = rule["optionalOldSelf"] === true;
  const variables = new Map<string, CelType>([
    ["self", self],
    ["oldSelf", isOptional ? { kind: "optional", item: self } : self],
  ]);
  const errors: FieldError[] = [];
  const fieldPath = textOf(rule, "fieldPath");
  if (fieldPath.trim() !== "" && !isFieldPath(fieldPath, node)) {
    errors.push(invalid(child(path, "fieldPath"), fieldPath, "must be a valid path"));
  }
  const compiled = compile(textOf(rule, "rule"), variables, "bool");
  if (compiled.fault !== undefined) {
    const detail = compiled.isType ? "cel expression must evaluate to a bool" : `compilation failed: ${compiled.fault}`;
    errors.push(invalid(child(path, "rule"), asGo(rule), detail));
  }
  const observe = (name: string, what: string, { tree, fault }: Compiled): void => {
    if (tree === undefined || fault !== undefined) return;
    const cost = estimateCost(tree, node) * (cardinality ?? cardinalityOf(node));
    costs.total += cost;
    costs.dearest.push({ path: child(path, name), cost });
    if (cost > LIMITS.celExpressionCostMax) {
      errors.push(forbidden(child(path, name), costFault(what, cost, LIMITS.celExpressionCostMax)));
    }
  };
  observe("rule", "estimated rule cost", compiled);
  const isUsed = compiled.tree !== undefined && compiled.fault === undefined && usesName(compiled.tree, "oldSelf");
  if (isUsed && place.uncorrelated !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`;
    errors.push(invalid(child(path, "rule"), textOf(rule, "rule"), detail));
  }
  if (isOptional && !isUsed) {
    errors.push(invalid(child(path, "optionalOldSelf"), true, "may not be set if oldSelf is not used in rule"));
  }
  const expression = textOf(rule, "messageExpression");
  if (expression.trim() === "") return errors;
  const message = compile(expression, variables, "string");
  if (message.fault !== undefined) {
    const what = message.isType ? " must evaluate to a string" : ` compilation failed: ${message.fault}`;
    errors.push(invalid(child(path, "messageExpression"), asGo(rule), `messageExpression${what}`));
  }
  observe("messageExpression", "estimated messageExpression cost", message);
  return errors;
}

/** `.name` and `['name']` steps through properties and maps; never into lists. */
function isFieldPath(text: string, schema: SchemaNode): boolean {
  if (!/^(\['[^']+'\]|\.[^.[\]]+)+$/.test(text)) return false;
  let at: SchemaNode | undefined = schema;
  for (const step of text.match(/\['[^']+'\]|\.[^.[]+/g) ?? []) {
    const name = step.startsWith("[") ? step.slice(2, -2) : step.slice(1);
    const additional: SchemaNode | boolean | undefined = at.additionalProperties;
    at = ownProperty(at, name) ?? (typeof additional === "object" ? additional : undefined);
    if (!at) return false;
  }
  return true;
}

export interface RulePlace {
  readonly isRoot: boolean;
  readonly cardinality: Cardinality;
  readonly costs: RuleCosts;
  /** The part of the schema whose values can't be told which was which before: items of plain lists. */
  readonly uncorrelated?: string | undefined;
}

interface Compiled {
  readonly tree?: SyntaxNode;
  readonly fault?: string;
  /** It compiles, and gives something else than it should. */
  readonly isType?: true;
}

function compile(text: string, variables: ReadonlyMap<string, CelType>, wanted: "bool" | "string"): Compiled {
  const tree = parseCel(text);
  if (!("op" in tree)) return { fault: describeFaults(text, tree) };
  const { type, faults } = checkTypes(text, tree, variables);
  if (faults.length > 0) return { tree, fault: describeFaults(text, faults) };
  const isFitting = type.kind === wanted || (wanted === "bool" && type.kind === "dyn");
  return isFitting ? { tree } : { tree, fault: "type", isType: true };
}

/** Whether a variable occurs in the expression. */
function usesName(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((item) => usesName(item, name));
  if (typeof node !== "object" || node === null || !("op" in node)) return false;
  const { op, args } = node as SyntaxNode;
  return op === "id" ? args === name : usesName(args, name);
}

/** The rule as Go prints its struct. */
function asGo(rule: JsonObject): JsonObject {
  return {
    Rule: textOf(rule, "rule"),
    Message: textOf(rule, "message"),
    MessageExpression: textOf(rule, "messageExpression"),
    Reason: rule["reason"] ?? null,
    FieldPath: textOf(rule, "fieldPath"),
    OptionalOldSelf: rule["optionalOldSelf"] ?? null,
  };
}
