import type { JsonObject } from "@fairlead/base";
import { checkTypes, describeFault, type CelFault, type SyntaxNode } from "../crd/cel/check.ts";
import { parseCel } from "../crd/cel/expression.ts";
import { ownProperty } from "../crd/correlate.ts";
import { typeOfSchema, type CelType } from "../crd/cel/types.ts";
import { jsonSchemaNode } from "../schema/crd.ts";
import type { SchemaNode } from "../schema/types.ts";
import { textOf } from "./access.ts";
import { child, invalid, type FieldError } from "./field-error.ts";

/** One rule of a schema: compiled against the types of the schema it stands at, as the server does before it admits the definition. */
export function compileFaults(rule: JsonObject, schema: JsonObject, path: string, isRoot: boolean): FieldError[] {
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
  const isUsed = compiled.tree !== undefined && compiled.fault === undefined && usesName(compiled.tree, "oldSelf");
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

interface Compiled {
  readonly tree?: SyntaxNode;
  readonly fault?: string;
  /** It compiles, and gives something else than it should. */
  readonly isType?: true;
}

function compile(text: string, variables: ReadonlyMap<string, CelType>, wanted: "bool" | "string"): Compiled {
  const tree = parseCel(text);
  if (!("op" in tree)) return { fault: describeFault(text, tree) };
  const { type, faults } = checkTypes(text, tree, variables);
  if (faults.length > 0)
    return {
      tree,
      fault: faultsInOrder(faults)
        .map((fault) => describeFault(text, fault))
        .join("\n"),
    };
  const isFitting = type.kind === wanted || (wanted === "bool" && type.kind === "dyn");
  return isFitting ? { tree } : { tree, fault: "type", isType: true };
}

function faultsInOrder(faults: readonly CelFault[]): CelFault[] {
  return [...faults].sort((a, b) => a.at - b.at);
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
