import type { Alias, Mapping, Node, Pair, Scalar, ScalarStyle, Sequence, YamlDocument } from "../node.ts";
import type { Properties } from "../parse/builder.ts";
import { Parser } from "../parse/parser.ts";
import { resolvePlainV3 } from "../schema/v3.ts";
import { shortTag } from "../schema/tagged.ts";
import type { CommentReader, PendingComment } from "../scan/comments.ts";
import { SyntaxFault } from "../scan/fault.ts";
import type { Scanner } from "../scan/scanner.ts";
import * as token from "../scan/tokens.ts";

const STYLES: readonly ScalarStyle[] = ["plain", "plain", "single", "double", "literal", "folded"];

interface OpenMapping {
  readonly node: Mapping;
  key: Node | undefined;
}

/** Builds node trees with comments, as go.yaml.in/yaml/v3 does. */
export class NodeParser extends Parser<Node, Sequence, OpenMapping> {
  readonly #comments: CommentReader;
  /** v3 keeps anchors from one document of a stream to the next. */
  readonly #anchors = new Map<string, Node>();
  #head = "";
  #line = "";
  #foot = "";
  /** The head comment of a `-` whose item is a collection: it belongs to the collection and not to its first key. */
  #stem: string | undefined;
  #headBeforeEntry = 0;
  #document: YamlDocument | undefined;

  constructor(scanner: Scanner, comments: CommentReader, depthMax: number) {
    super(scanner, depthMax);
    this.#comments = comments;
  }

  /** The next document with its comments; undefined at the end of the stream. */
  next(isFirst: boolean): YamlDocument | undefined {
    const found = this.document(isFirst);
    const document = this.#document;
    if (found === undefined || document === undefined) return undefined;
    document.content = found.content;
    return document;
  }

  /** Hands out the comments that belong to the token that was just looked at, or to one before it. */
  protected override atPeek(): void {
    const { list } = this.#comments;
    if (this.#comments.taken >= list.length) return;
    const { queue } = this;
    const start = queue.start[queue.head] as number;
    const isBlockEnd = queue.kind[queue.head] === token.BLOCK_END;
    while (this.#comments.taken < list.length) {
      const comment = list[this.#comments.taken] as PendingComment;
      if (comment.ownerOffset > start || (comment.head !== "" && isBlockEnd)) return;
      this.#head = joined(this.#head, comment.head);
      this.#foot = joined(this.#foot, comment.foot);
      this.#line = joined(this.#line, comment.line);
      this.#comments.taken++;
    }
  }

  protected override beforeSequenceEntry(): void {
    this.#headBeforeEntry = this.#head.length;
  }

  protected override peekBehindEntry(): number {
    const length = this.#headBeforeEntry;
    if (length === 0) return this.peek();
    const kind = this.#peekOverFault();
    if (kind === token.BLOCK_SEQUENCE_START || kind === token.BLOCK_MAPPING_START) {
      this.#stem = this.#head.slice(0, length);
      this.#head = this.#head.slice(length + 1);
    }
    return kind;
  }

  /**
   * Where go-yaml looks whether a collection follows it goes on behind a fault for one more token. Another fault there is the one that
   * is reported.
   */
  #peekOverFault(): number {
    try {
      return this.peek();
    } catch (error) {
      if (error instanceof SyntaxFault) this.peek();
      throw error;
    }
  }

  /** Gives the waiting comments to a node. */
  #giveComments(node: { headComment: string; lineComment: string; footComment: string }): void {
    node.headComment = this.#head;
    node.lineComment = this.#line;
    node.footComment = this.#foot;
    this.#head = "";
    this.#line = "";
    this.#foot = "";
    this.#stem = undefined;
  }

  protected override openDocument(line: number, column: number, isBare: boolean): void {
    const headComment = isBare ? this.#splitHead() : "";
    const content = undefined as unknown as Node;
    this.#document = { content, headComment, lineComment: "", footComment: "", line: line + 1, column: column + 1 };
  }

  /** The head comment up to its last empty line is the document's; the rest belongs to the first node. */
  #splitHead(): string {
    const head = this.#head;
    for (let at = head.length - 1; at > 0; at--) {
      if (head[at] !== "\n") continue;
      if (at !== head.length - 1 && head[at - 1] !== "\n") continue;
      this.#head = head.slice(at + 1);
      return head.slice(0, at === head.length - 1 ? at : at - 1);
    }
    return "";
  }

  protected override closeDocument(): void {
    const end = { headComment: "", lineComment: "", footComment: "" };
    this.#giveComments(end);
    if (this.#document !== undefined)
      this.#document.footComment = end.footComment === "" ? end.headComment : end.footComment;
  }

  protected override scalar(slot: number, properties: Properties): Node {
    const { queue } = this;
    const style = STYLES[queue.style[slot] as number] as ScalarStyle;
    const node = this.#scalarNode(queue.value[slot] as string, style, properties);
    node.contentStart = queue.start[slot] as number;
    node.end = queue.end[slot] as number;
    this.#giveComments(node);
    return node;
  }

  protected override empty(offset: number, line: number, column: number, properties: Properties | undefined): Node {
    const at = properties ?? { anchor: "", tag: "", start: offset, end: offset, line, column };
    const node = this.#scalarNode("", "plain", at);
    node.contentStart = offset;
    node.end = offset;
    return node;
  }

  #scalarNode(value: string, style: ScalarStyle, { anchor, tag, start, line, column }: Properties): Scalar {
    const isTagged = tag !== "" && tag !== "!";
    const node: Scalar = {
      kind: "scalar",
      tag: isTagged ? shortTag(tag) : style === "plain" ? plainTag(value) : "!!str",
      isTagged,
      anchor,
      headComment: "",
      lineComment: "",
      footComment: "",
      line: line + 1,
      column: this.#goColumn(start, column),
      start,
      end: start,
      value,
      style,
      contentStart: -1,
    };
    this.#anchor(node);
    return node;
  }

  /** From 1, in characters. */
  #goColumn(start: number, column: number): number {
    return column + 1 - (this.scanner.source.hasPairs ? pairsBetween(this.scanner.text, start - column, start) : 0);
  }

  #anchor(node: Node): void {
    if (node.anchor !== "") this.#anchors.set(node.anchor, node);
  }

  protected override alias(name: string, slot: number): Node {
    const target = this.#anchors.get(name);
    if (target === undefined) throw this.unknownAnchor(name);
    const start = this.tokenStart;
    const node: Alias = {
      kind: "alias",
      tag: "",
      isTagged: false,
      anchor: "",
      headComment: "",
      lineComment: "",
      footComment: "",
      line: this.tokenLine + 1,
      column: this.#goColumn(start, this.tokenColumn),
      start,
      end: this.queue.end[slot] as number,
      name,
      target,
    };
    this.#giveComments(node);
    return node;
  }

  protected override openSequence(isFlow: boolean, properties: Properties): Sequence {
    const { anchor, tag, start, line, column } = properties;
    const isTagged = tag !== "" && tag !== "!";
    const node: Sequence = {
      kind: "sequence",
      tag: isTagged ? shortTag(tag) : "!!seq",
      isTagged,
      anchor,
      headComment: "",
      lineComment: "",
      footComment: "",
      line: line + 1,
      column: this.#goColumn(start, column),
      start,
      end: start,
      items: [],
      isFlow,
    };
    this.#openCollection(node);
    return node;
  }

  protected override openMapping(isFlow: boolean, properties: Properties): OpenMapping {
    const { anchor, tag, start, line, column } = properties;
    const isTagged = tag !== "" && tag !== "!";
    const node: Mapping = {
      kind: "mapping",
      tag: isTagged ? shortTag(tag) : "!!map",
      isTagged,
      anchor,
      headComment: "",
      lineComment: "",
      footComment: "",
      line: line + 1,
      column: this.#goColumn(start, column),
      start,
      end: start,
      pairs: [],
      isFlow,
    };
    this.#openCollection(node);
    return { node, key: undefined };
  }

  #openCollection(node: Sequence | Mapping): void {
    const kind = this.queue.kind[this.queue.head];
    if (kind === token.FLOW_SEQUENCE_START || kind === token.FLOW_MAPPING_START) {
      this.#giveComments(node);
    } else if (
      this.#stem !== undefined &&
      (kind === token.BLOCK_SEQUENCE_START || kind === token.BLOCK_MAPPING_START)
    ) {
      node.headComment = this.#stem;
      this.#stem = undefined;
    }
    this.#anchor(node);
  }

  protected override addItem(sequence: Sequence, item: Node): void {
    sequence.items.push(item);
  }

  protected override closeSequence(sequence: Sequence): Node {
    this.#closeCollection(sequence, token.FLOW_SEQUENCE_END);
    return sequence;
  }

  /** The end of a collection brings its own line and foot comment; only closing brackets and block mappings take the waiting ones. */
  #closeCollection(node: Sequence | Mapping, closing: number): void {
    const { queue } = this;
    const kind = queue.kind[queue.head];
    const end = { headComment: "", lineComment: "", footComment: "" };
    if (kind === closing || (node.kind === "mapping" && !node.isFlow)) this.#giveComments(end);
    node.lineComment = end.lineComment;
    node.footComment = end.footComment;
    node.end = (kind === closing ? queue.end[queue.head] : queue.start[queue.head]) as number;
  }

  /** A foot comment that ended up on a key is that of the pair before, where indentation went back. */
  protected override addKey(mapping: OpenMapping, key: Node): void {
    mapping.key = key;
    const previous = mapping.node.pairs.at(-1);
    if (mapping.node.isFlow || key.footComment === "" || previous === undefined) return;
    previous.key.footComment = key.footComment;
    key.footComment = "";
  }

  /** The foot comment of a value is kept at its key, since the key is what the comment stands below. */
  protected override addValue(mapping: OpenMapping, value: Node): void {
    const key = mapping.key as Node;
    const pair: Pair = { key, value };
    mapping.node.pairs.push(pair);
    if (key.footComment !== "" || value.footComment === "") return;
    key.footComment = value.footComment;
    value.footComment = "";
  }

  protected override closeMapping(mapping: OpenMapping): Node {
    const { node } = mapping;
    this.#closeCollection(node, token.FLOW_MAPPING_END);
    const last = node.pairs.at(-1);
    if (!node.isFlow && node.footComment !== "" && last !== undefined) {
      last.key.footComment = node.footComment;
      node.footComment = "";
    }
    return node;
  }
}

function plainTag(value: string): string {
  return value === "<<" ? "!!merge" : (resolvePlainV3(value)?.tag ?? "!!str");
}

/** Surrogate pairs between two offsets: a pair is one character to Go's columns. */
function pairsBetween(text: string, from: number, to: number): number {
  let pairs = 0;
  for (let at = from; at < to; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs++;
  return pairs;
}

function joined(before: string, added: string): string {
  if (added === "") return before;
  return before === "" ? added : `${before}\n${added}`;
}
