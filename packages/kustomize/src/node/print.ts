import { encodeNodes, mappingNode, type Node, scalarNode, sequenceNode } from "@fairlead/yaml";
import type { KNode } from "./types.ts";

/** A part of a document as YAML, for messages that show it as the real tool does. Ends with a line break. */
export function nodeText(node: KNode): string {
  return encodeNodes([yamlNode(node)], { indent: 2, compactSequences: true });
}

function yamlNode(node: KNode): Node {
  if (node.kind === "scalar") return scalarNode(node.text, node.tag, node.quoted ? "double" : "plain");
  if (node.kind === "sequence") return sequenceNode(node.items.map(yamlNode));
  return mappingNode([...node.fields].map(([key, value]) => ({ key: scalarNode(key), value: yamlNode(value) })));
}
