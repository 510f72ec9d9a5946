import { nodeText } from "./print.ts";
import { mapping, isNull, sequence, setField } from "./ops.ts";
import type { KNode } from "./types.ts";

export type NodeKind = KNode["kind"];

/** What walking a field path asks of a document, so that it works on resources and on YAML kept within a string alike. */
export interface NodeAccess<N> {
  kindOf(node: N): NodeKind;
  isNull(node: N): boolean;
  /** A scalar's text as it is; "" for all else. */
  textOf(node: N): string;
  /** Any node as YAML, with a line break at its end. */
  print(node: N): string;
  /** A scalar as YAML has it, with its quotes. */
  writtenOf(node: N): string;
  fieldOf(node: N, name: string): N | undefined;
  setField(node: N, name: string, value: N): void;
  itemsOf(node: N): readonly N[];
  setItem(node: N, index: number, value: N): void;
  append(node: N, value: N): void;
  make(kind: NodeKind, text?: string): N;
  /** Overwrites a scalar's text, whose type and style stay. */
  setText(node: N, text: string): void;
  /** A node of a resource as one of this document. */
  adopt(node: KNode): N;
  /** The document a scalar's text holds, for paths that go on within it; undefined when it holds none. */
  parse(text: string): N | undefined;
}

/** Access to the documents of a build. */
export function resourceAccess(parse: (text: string) => KNode | undefined): NodeAccess<KNode> {
  return {
    kindOf: (node) => node.kind,
    isNull,
    textOf: (node) => (node.kind === "scalar" ? node.text : ""),
    print: nodeText,
    writtenOf: (node) => (node.kind !== "scalar" ? "" : node.quoted ? JSON.stringify(node.text) : node.text),
    fieldOf: (node, name) => (node.kind === "mapping" ? node.fields.get(name) : undefined),
    setField(node, name, value) {
      if (node.kind !== "mapping") return;
      if (node.fields.has(name)) node.fields.set(name, value);
      else setField(node, name, value);
    },
    itemsOf: (node) => (node.kind === "sequence" ? node.items : []),
    setItem(node, index, value) {
      if (node.kind === "sequence") node.items[index] = value;
    },
    append(node, value) {
      if (node.kind === "sequence") node.items.push(value);
    },
    make(kind, text = "") {
      if (kind === "mapping") return mapping();
      return kind === "sequence" ? sequence() : { kind: "scalar", text, tag: "", quoted: false };
    },
    setText(node, text) {
      if (node.kind === "scalar") node.text = text;
    },
    adopt: (node) => node,
    parse,
  };
}
