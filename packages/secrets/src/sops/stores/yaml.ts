/**
 * YAML as sops reads and writes it: comments become entries of the tree where go-yaml v3 says they stand, aliases are written out,
 * every document is a mapping.
 */
import { problemError, ProblemError, type Problem } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import {
  decodeNode,
  encodeNodes,
  mappingNode,
  parseYaml,
  scalarNode,
  sequenceNode,
  valueNode,
  type Mapping,
  type Node,
  type Sequence,
} from "@fairlead/yaml";
import { Branch, Comment, Timestamp, type Entry, type TreeElement, type TreeValue } from "../tree.ts";
import { putMetadata, takeMetadata } from "./nested.ts";
import type { Store } from "./types.ts";

const INDENT = 4;

/** @param indent columns of one level (stores.yaml.indent of .sops.yaml) */
export function yamlStore(indent = INDENT): Store {
  const write = (branches: readonly Branch[]): string => {
    if (indent < 0) throw invalid(`YAML cannot be indented by ${indent} columns`, {});
    return encodeNodes(branches.map(mappingOf), { indent });
  };
  return {
    read: (text, file) => readYaml(text, file),
    write,
    readSealed: (text, file) => takeMetadata(readYaml(text, file)),
    writeSealed: (branches, metadata) => write(putMetadata(branches, metadata)),
    writeValue: (value) => encodeNodes([nodeOf(value instanceof Comment ? null : value)], { indent }),
  };
}

function readYaml(text: string, file: string | undefined): Branch[] {
  const at = file === undefined ? {} : { file };
  const { documents, problems } = parseYaml(fromUtf16(text), at);
  const [fault] = problems;
  if (fault) throw invalid("it is no YAML", fault);
  return documents.map(({ content, headComment, lineComment, footComment }, index) => {
    // Strange tags, aliases within themselves and the like: decoding whole says it all at once.
    assertDecodes(content, index === 0, file);
    const items: (Entry | Comment)[] = [];
    pushComments(items, headComment);
    pushComments(items, lineComment);
    pushDocument(items, content, file);
    pushComments(items, footComment);
    return new Branch(items);
  });
}

/** A mark of the order of bytes at the start says that a file is UTF-16, as some Windows programs write. */
function fromUtf16(text: string): string {
  const [, isBig, isLittle] = /^(?:(\udcfe\udcff)|(\udcff\udcfe))/.exec(text) ?? [];
  if (isBig === undefined && isLittle === undefined) return text;
  const bytes = Buffer.from(toBytes(text)).subarray(2);
  if (bytes.length % 2 > 0) return text;
  return (isBig === undefined ? bytes : bytes.swap16()).toString("utf16le");
}

/** sops looks for keys that come twice in the first document alone, and keeps both in the others. */
function assertDecodes(content: Node, isFirst: boolean, file: string | undefined): void {
  try {
    decodeNode(content, { numbers: "go", ...(file !== undefined && { file }) });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const isAllowed = ({ code, message }: Problem): boolean =>
      // What keys may be is told by keyOf.
      (code === "YamlDuplicateKey" && !isFirst) || message.startsWith("unsupported map key");
    const fault = error.problems.find((problem) => !isAllowed(problem));
    if (fault === undefined) return;
    throw invalid("its YAML cannot be decoded (a key that comes twice, or a tag that does not fit)", {
      ...fault,
      file,
    });
  }
}

function pushDocument(items: (Entry | Comment)[], content: Node, file: string | undefined): void {
  if (content.kind === "alias") return pushDocument(items, content.target, file);
  if (content.kind === "mapping") return pushMapping(items, content, false, file);
  if (content.kind === "scalar" && content.tag === "!!null") {
    pushComments(items, content.headComment);
    return pushComments(items, content.lineComment);
  }
  const what = content.kind === "sequence" ? "sequences" : "values";
  throw invalid(`YAML documents that are ${what} are not supported`, {
    line: content.line,
    column: content.column,
    file,
  });
}

function pushMapping(
  items: (Entry | Comment)[],
  node: Mapping,
  wereCommentsHandled: boolean,
  file: string | undefined,
): void {
  if (!wereCommentsHandled) {
    pushComments(items, node.headComment);
    pushComments(items, node.lineComment);
  }
  for (const { key, value } of node.pairs) {
    pushComments(items, key.headComment);
    pushComments(items, key.lineComment);
    const isLeaf = value.kind === "scalar" || value.kind === "alias";
    if (isLeaf) {
      pushComments(items, value.headComment);
      pushComments(items, value.lineComment, true);
    }
    items.push({ key: keyOf(key, file), value: valueOf(value, isLeaf, file) });
    if (isLeaf) pushComments(items, value.footComment);
    pushComments(items, key.footComment);
  }
  if (!wereCommentsHandled) pushComments(items, node.footComment);
}

function keyOf(key: Node, file: string | undefined): string {
  if (key.kind === "alias") return keyOf(key.target, file);
  if (key.kind === "scalar" && (key.tag === "!!str" || key.tag === "!!merge")) return key.value;
  const at = { line: key.line, column: key.column, file };
  throw unfit("a key is not text, and sops supports no others", at, "put it in quotes");
}

function valueOf(node: Node, wereCommentsHandled: boolean, file: string | undefined): TreeValue {
  switch (node.kind) {
    case "alias":
      return valueOf(node.target, false, file);
    case "mapping": {
      const items: (Entry | Comment)[] = [];
      pushMapping(items, node, wereCommentsHandled, file);
      return new Branch(items);
    }
    case "sequence":
      return listOf(node, wereCommentsHandled, file);
    default:
      return scalarOf(node, file);
  }
}

function listOf(node: Sequence, wereCommentsHandled: boolean, file: string | undefined): TreeElement[] {
  const list: TreeElement[] = [];
  if (!wereCommentsHandled) {
    pushComments(list, node.headComment);
    pushComments(list, node.lineComment);
  }
  for (const item of node.items) {
    pushComments(list, item.headComment);
    pushComments(list, item.lineComment, true);
    list.push(valueOf(item, true, file));
    pushComments(list, item.footComment);
  }
  if (!wereCommentsHandled) pushComments(list, node.footComment);
  return list;
}

const INT64_MAX = 2n ** 63n - 1n;

function scalarOf(node: Node & { kind: "scalar" }, file: string | undefined): TreeValue {
  // Bytes that are no UTF-8 are kept as they are.
  if (node.tag === "!!binary") return fromBytes(Buffer.from(node.value, "base64"));
  const value = decodeNode(node, { numbers: "go" }) as unknown;
  if (node.tag === "!!timestamp" && typeof value === "string") return new Timestamp(value);
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
    return value;
  const integer = BigInt((value as { readonly value: number | bigint }).value);
  if (integer <= INT64_MAX) return integer;
  const at = { line: node.line, column: node.column, file };
  throw unfit("an integer is larger than 64 bits with a sign hold", at, "put it in quotes");
}

/** Each line of a comment is a comment of its own, without its `#`. */
function pushComments(list: { push(comment: Comment): unknown }, text: string, isInline = false): void {
  for (const line of text.split("\n")) {
    if (line !== "") list.push(new Comment(line.slice(1), isInline));
  }
}

function mappingOf(branch: Branch): Mapping {
  const mapping = mappingNode();
  const waiting = new WaitingComments();
  for (const item of branch.items) {
    if (item instanceof Comment) {
      waiting.add(item);
      continue;
    }
    if (mapping.pairs.length === 0) waiting.putAbove(mapping);
    const key = textNode(item.key);
    waiting.putAbove(key);
    const value = nodeOf(item.value);
    waiting.putBehind(value);
    mapping.pairs.push({ key, value });
  }
  waiting.putRest(mapping, mapping.pairs.at(-1)?.key);
  return mapping;
}

function sequenceOf(list: readonly TreeElement[]): Sequence {
  const sequence = sequenceNode();
  const waiting = new WaitingComments();
  for (const element of list) {
    if (element instanceof Comment) {
      waiting.add(element);
      continue;
    }
    if (sequence.items.length === 0) waiting.putAbove(sequence);
    const item = nodeOf(element);
    waiting.putAbove(item);
    waiting.putBehind(item);
    sequence.items.push(item);
  }
  waiting.putRest(sequence, sequence.items.at(-1));
  return sequence;
}

function nodeOf(value: TreeValue): Node {
  if (value instanceof Branch) return mappingOf(value);
  if (value instanceof Timestamp) return scalarNode(value.text, "!!timestamp");
  if (typeof value === "string" && !value.isWellFormed()) {
    return scalarNode(Buffer.from(toBytes(value)).toString("base64"), "!!binary");
  }
  if (typeof value === "string") return textNode(value);
  return Array.isArray(value) ? sequenceOf(value as readonly TreeElement[]) : valueNode(value);
}

/** `<<` is written with its tag, as go-yaml writes a merge. */
function textNode(text: string): Node {
  return text === "<<" ? scalarNode(text, "!!merge") : valueNode(text);
}

/** Comments on their way to the node they belong to. */
class WaitingComments {
  #above: string[] = [];
  #behind: string[] = [];

  add({ text, isInline }: Comment): void {
    (isInline ? this.#behind : this.#above).push(`#${text}`);
  }

  putAbove(node: Node): void {
    if (this.#above.length === 0) return;
    node.headComment = [...this.#above, ...(node.headComment === "" ? [] : [node.headComment])].join("\n");
    this.#above = [];
  }

  putBehind(node: Node): void {
    if (this.#behind.length === 0) return;
    node.lineComment = [...(node.lineComment === "" ? [] : [node.lineComment]), ...this.#behind].join("\n");
    this.#behind = [];
  }

  /** What follows the last entry stands below it; in an empty collection, above that. */
  putRest(collection: Node, last: Node | undefined): void {
    this.#above.push(...this.#behind);
    if (last === undefined) return this.putAbove(collection);
    if (this.#above.length === 0) return;
    last.footComment = [...(last.footComment === "" ? [] : [last.footComment]), ...this.#above].join("\n");
  }
}

interface At {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

function invalid(message: string, { file, line, column }: At, hint?: string): ProblemError {
  return problemError("InvalidSopsFile", message, { file, line, column, hint });
}

/** YAML that may be as it is, and that sops has no way to encrypt. */
function unfit(message: string, { file, line, column }: At, hint: string): ProblemError {
  return problemError("UnfitSopsValue", message, { file, line, column, hint });
}
