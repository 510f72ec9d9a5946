import { problemError } from "@fairlead/base";
import { encodeNodes, mappingNode, parseYaml, scalarNode } from "@fairlead/yaml";
import { isYaml11NonString, resolvePlain } from "./resolve.ts";
import { BINARY, FLOAT, INT, type ScalarNode, STR } from "./types.ts";

export type ScalarValue = null | boolean | number | bigint | string;

/**
 * The value a scalar has in the end, when the real tool has written the node and read it back: the tag is written only where it is
 * not implied, quotes make a string of whatever would be implied, and a string in need of quotes gets them.
 * @throws ProblemError when tag and text contradict each other
 */
export function scalarValue(node: ScalarNode): ScalarValue {
  const { text, tag } = node;
  if (node.isFolded) return refold(text);
  if (tag === STR || text.includes("\n")) return text;
  if (tag === "") return node.quoted ? text : resolvePlain(text).value;
  const resolved = resolvePlain(text);
  if (resolved.tag === tag) return node.quoted ? text : resolved.value;
  if (tag === FLOAT && resolved.tag === INT) return Number(resolved.value);
  if (tag === BINARY) return Buffer.from(text, "base64").toString("latin1");
  if (!tag.startsWith("!!")) return text;
  throw problemError("KustomizeTransform", `yaml: cannot decode ${resolved.tag} \`${text}\` as a ${tag}`);
}

/**
 * What becomes of a folded scalar when go-yaml v3 writes it and reads it back, as the real tool does before it prints: lines that are
 * indented deeper gain empty lines around them.
 */
function refold(text: string): string {
  const written = encodeNodes([mappingNode([{ key: scalarNode("a"), value: scalarNode(text, "!!str", "folded") }])]);
  const content = parseYaml(written).documents[0]?.content;
  const value = content?.kind === "mapping" ? content.pairs[0]?.value : undefined;
  return value?.kind === "scalar" ? value.value : text;
}

export function stringNode(text: string): ScalarNode {
  return { kind: "scalar", text, tag: STR, quoted: false };
}

/** A scalar whose type is left to its text, as most of Kustomize's setters write it. */
export function untypedNode(text: string): ScalarNode {
  return { kind: "scalar", text, tag: "", quoted: false };
}

/** Strings that YAML 1.1 would not take for strings are quoted when they are written anew. */
export function quoteIfAmbiguous(node: ScalarNode): void {
  if (!node.quoted && (node.tag === STR || node.tag === "") && isYaml11NonString(node.text)) node.quoted = true;
}
