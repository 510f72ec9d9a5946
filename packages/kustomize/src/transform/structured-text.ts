import { type Json, ProblemError } from "@fairlead/base";
import {
  decodeNode,
  encodeNodes,
  mappingNode,
  type Node,
  parseYaml,
  scalarNode,
  sequenceNode,
  valueAt,
  type YamlDocument,
} from "@fairlead/yaml";
import type { FieldOptionsSpec } from "../kustomization/types.ts";
import type { NodeAccess, NodeKind } from "../node/access.ts";
import { lookup, matchPath, type Slot } from "../node/lookup.ts";
import type { KNode } from "../node/types.ts";
import { compilePattern } from "../pattern.ts";
import { goJson } from "./go-json.ts";

type SetSlot = <N>(access: NodeAccess<N>, slot: Slot<N>, value: KNode, options: FieldOptionsSpec | undefined) => void;

/**
 * Where a path goes on within a string that holds YAML or JSON (a ConfigMap's value, say), changes the document in the string.
 * False when there is no such string on the way, or the path leads nowhere in it: then it is a path like any other.
 */
export function replaceInText(
  access: NodeAccess<KNode>,
  root: KNode,
  path: readonly string[],
  value: KNode,
  options: FieldOptionsSpec | undefined,
  create: NodeKind | undefined,
  setSlot: SetSlot,
): boolean {
  for (let length = 1; length < path.length; length++) {
    const field = attempt(() => lookup(access, root, path.slice(0, length)));
    if (field?.kind !== "scalar") continue;
    const document = parseDocument(field.text);
    if (!document) continue;
    return attempt(() => replaceIn(document, field, path.slice(length), value, options, create, setSlot)) ?? false;
  }
  return false;
}

function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function parseDocument(text: string): YamlDocument | undefined {
  const { documents, problems } = parseYaml(text);
  return problems.length > 0 ? undefined : documents[0];
}

function replaceIn(
  document: YamlDocument,
  field: KNode & { kind: "scalar" },
  path: readonly string[],
  value: KNode,
  options: FieldOptionsSpec | undefined,
  create: NodeKind | undefined,
  setSlot: SetSlot,
): boolean {
  const slots = matchPath(textAccess, { node: document.content, replace: () => {} }, path, create, compilePattern);
  if (slots.length === 0) return false;
  for (const slot of slots) setSlot(textAccess, slot, value, options);
  field.text = serialize(document, field.text);
  return true;
}

/** JSON stays JSON, indented if it was; YAML is written with its comments. */
function serialize(document: YamlDocument, original: string): string {
  const first = original.trimStart()[0];
  if (first !== "{" && first !== "[") return encodeNodes([document], { indent: 2, compactSequences: true }).trim();
  const value = decodeNode(document.content) as Json;
  const compact = goJson(value);
  return original.includes("\n") && original.includes("  ") ? indented(compact) : compact;
}

/** Compact JSON with two spaces a level, as Go's MarshalIndent; strings are left as they are. */
function indented(compact: string): string {
  let depth = 0;
  const pad = (): string => `\n${"  ".repeat(depth)}`;
  return compact.replace(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, (token) => {
    if (token === "{" || token === "[") {
      depth++;
      return token + pad();
    }
    if (token === "}" || token === "]") {
      depth--;
      return pad() + token;
    }
    if (token === ",") return token + pad();
    return token === ":" ? ": " : token;
  });
}

/** Access to documents within strings, which keep their comments and styles. */
const textAccess: NodeAccess<Node> = {
  kindOf(node) {
    const { kind } = node;
    return kind === "alias" ? textAccess.kindOf(node.target) : kind;
  },
  isNull: (node) => node.kind === "scalar" && node.tag === "!!null",
  textOf: (node) => (node.kind === "scalar" ? node.value : ""),
  print: (node) => encodeNodes([node], { indent: 2, compactSequences: true }),
  writtenOf: (node) => (node.kind === "scalar" ? encodeNodes([node]).trim() : ""),
  fieldOf: (node, name) => (node.kind === "mapping" ? valueAt(node, name) : undefined),
  setField(node, name, value) {
    if (node.kind !== "mapping") return;
    const pair = node.pairs.find(({ key }) => key.kind === "scalar" && key.value === name);
    if (pair) pair.value = value;
    else node.pairs.push({ key: scalarNode(name, ""), value });
  },
  itemsOf: (node) => (node.kind === "sequence" ? node.items : []),
  setItem(node, index, value) {
    if (node.kind === "sequence") node.items[index] = value;
  },
  append(node, value) {
    if (node.kind === "sequence") node.items.push(value);
  },
  make(kind, text = "") {
    if (kind === "mapping") return mappingNode();
    return kind === "sequence" ? sequenceNode() : scalarNode(text, "");
  },
  setText(node, text) {
    if (node.kind === "scalar") node.value = text;
  },
  adopt: fromResource,
  parse: (text) => parseDocument(text)?.content,
};

function fromResource(node: KNode): Node {
  if (node.kind === "scalar") return scalarNode(node.text, node.tag, node.quoted ? "double" : "plain");
  if (node.kind === "sequence") return sequenceNode(node.items.map(fromResource));
  return mappingNode(
    [...node.fields].map(([key, value]) => ({ key: scalarNode(key, ""), value: fromResource(value) })),
  );
}
