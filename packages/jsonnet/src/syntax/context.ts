import type { Field, ForSpec, Node } from "./nodes.ts";

/**
 * Tells every node what surrounds it, in the words stack traces use. Which nodes are told nothing (the target of `a.b`, a slice's
 * step) is as go-jsonnet has it: their lines end after the place.
 * @param name what the node is bound to, `anonymous` for most
 */
export function addContext(node: Node, context: string, name: string): void {
  node.context = context;
  switch (node.kind) {
    case "function": {
      const inside = `function <${name}>`;
      addContext(node.body, inside, "anonymous");
      for (const { fallback } of node.params) if (fallback) addContext(fallback, inside, "anonymous");
      return;
    }
    case "object":
    case "objectComp":
      return addObjectContext(node.fields, node.kind === "objectComp" ? node.spec : undefined, context, name);
    case "local":
      for (const bind of node.binds) addContext(bind.value, `thunk <${bind.name}> from <${context}>`, bind.name);
      return addContext(node.body, context, name);
    default:
      for (const child of directChildren(node)) addContext(child, context, "anonymous");
      for (const child of thunkChildren(node)) addContext(child, `thunk from <${context}>`, "anonymous");
  }
}

/** Names and what a comprehension goes over belong outside of the object. */
function addObjectContext(fields: readonly Field[], spec: ForSpec | undefined, context: string, name: string): void {
  for (const field of fields) if (field.kind === "field") addContext(field.name, context, "anonymous");
  for (const node of specNodes(spec)) addContext(node, context, "anonymous");
  const inside = `object <${name}>`;
  for (const field of fields) {
    const nodes = field.kind === "assert" ? [field.test, field.message] : [field.value];
    for (const node of nodes) if (node) addContext(node, inside, "anonymous");
  }
}

function* specNodes(spec: ForSpec | undefined): Generator<Node> {
  for (let at = spec; at; at = at.outer) {
    yield at.items;
    yield* at.conditions;
  }
}

/** Children that are evaluated as part of their parent. */
function directChildren(node: Node): readonly Node[] {
  switch (node.kind) {
    case "apply":
      return [node.target];
    case "applyBrace":
    case "binary":
      return [node.left, node.right];
    case "assert":
      return node.message ? [node.test, node.message, node.rest] : [node.test, node.rest];
    case "if":
      return node.no ? [node.test, node.yes, node.no] : [node.test, node.yes];
    case "error":
      return [node.message];
    case "index":
      return node.isDotted ? [] : [node.target, node.index];
    case "slice":
      return [node.target, node.from, node.to].filter((part) => part !== undefined);
    case "arrayComp":
      return [...specNodes(node.spec)];
    case "parens":
      return [node.inner];
    case "superIndex":
      return node.isDotted ? [] : [node.index];
    case "inSuper":
      return [node.index];
    case "unary":
      return [node.operand];
    default:
      return [];
  }
}

/** Children that are evaluated when their value is asked for. */
function thunkChildren(node: Node): readonly Node[] {
  if (node.kind === "apply") return [...node.args, ...node.named.map(({ value }) => value)];
  if (node.kind === "array") return node.items;
  return node.kind === "arrayComp" ? [node.body] : [];
}
