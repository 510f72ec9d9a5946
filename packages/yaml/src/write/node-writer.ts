import { problemError } from "@fairlead/base";
import { YAML_LIMITS } from "../limits.ts";
import type { Mapping, Node, Scalar, Sequence, YamlDocument } from "../node.ts";
import { analyse, type Dialect, MULTILINE, NO_BLOCK, NO_BLOCK_PLAIN, NO_FLOW_PLAIN, NO_SINGLE } from "./analysis.ts";
import { CommentBox } from "./comment-box.ts";
import { blockHints, writeDoubleQuoted, writePlain, writeSingleQuoted } from "./output.ts";
import { writeFoldedLines, writeLiteralLines } from "./block-lines.ts";
import { Pen } from "./pen.ts";
import { checkedAnchor, tagText, writtenTag } from "./tags.ts";

const DIALECT: Dialect = { printsAstral: false, keepsTabs: true };
const SIMPLE_KEY_BYTES_MAX = 128;
/** v3 folds no lines. */
const NO_WIDTH = Number.POSITIVE_INFINITY;

export interface WriterOptions {
  /** Columns of one level, 2 to 9. */
  readonly indent: number;
  /** Sequences at the column of their key, as kyaml asks for; else they are indented. */
  readonly compactSequences: boolean;
}

/** Where a node stands; it decides on styles and indentation. */
interface Place {
  readonly isItem: boolean;
  readonly isInMapping: boolean;
  readonly isSimpleKey: boolean;
}

const ROOT: Place = { isItem: false, isInMapping: false, isSimpleKey: false };
const ITEM: Place = { isItem: true, isInMapping: false, isSimpleKey: false };
const FLOW_ITEM: Place = { isItem: false, isInMapping: false, isSimpleKey: false };
const VALUE: Place = { isItem: false, isInMapping: true, isSimpleKey: false };
const SIMPLE_KEY: Place = { isItem: false, isInMapping: true, isSimpleKey: true };

type Shape = "flow" | "block" | "leaf";

/**
 * Writes node trees as go.yaml.in/yaml/v3 does. Comments wait in a box until the place where one of their kind is written next; some
 * of v3's oddities (a comment that shows up one node later) come from just that, so the order of steps is v3's.
 */
export class NodeWriter {
  readonly #pen = new Pen();
  readonly #comments = new CommentBox();
  readonly #options: WriterOptions;
  #flowLevel = 0;
  #depth = 0;
  #isFirst = true;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  get text(): string {
    return this.#pen.output.text;
  }

  document(document: Pick<YamlDocument, "content" | "headComment" | "footComment">): void {
    const pen = this.#pen;
    this.#comments.put({ head: document.headComment });
    if (!this.#isFirst) {
      pen.toIndent();
      pen.indicator("---", true);
      pen.toIndent();
    }
    this.#isFirst = false;
    if (this.#comments.head !== "") {
      this.#comments.writeHead(pen);
      pen.newline();
    }
    this.#putStart(document.content);
    this.#comments.writeHead(pen);
    this.#wholeNode(document.content, ROOT);
    this.#comments.put({ foot: document.footComment });
    pen.footIndent = 0;
    this.#comments.writeFoot(pen);
    pen.footIndent = -1;
    pen.toIndent();
  }

  /** Puts the comments in the box that come with the beginning of a node. A collection's line and foot come with its end. */
  #putStart(node: Node, tail = ""): void {
    if (node.kind === "mapping" || node.kind === "sequence") {
      this.#comments.put({ head: node.headComment, tail: node.kind === "mapping" ? tail : "" });
    } else {
      const isScalar = node.kind === "scalar";
      this.#comments.put({
        head: node.headComment,
        line: node.lineComment,
        foot: node.footComment,
        tail: isScalar ? tail : "",
      });
    }
  }

  /** A node, the comments behind it, and if it is a collection what is in it. */
  #wholeNode(node: Node, place: Place): void {
    const shape = this.#begin(node, place);
    this.#comments.writeLine(this.#pen);
    this.#comments.writeFoot(this.#pen);
    this.#contents(node, shape, place);
  }

  /** Anchor and tag, and all of a scalar or alias. */
  #begin(node: Node, place: Place): Shape {
    if (node.kind === "alias") {
      this.#pen.indicator("*", true);
      this.#pen.output.put(checkedAnchor(node.name, true));
      this.#pen.afterWord();
      return "leaf";
    }
    const { tag, mustQuote } = writtenTag(node);
    if (node.anchor !== "") {
      this.#pen.indicator("&", true);
      this.#pen.output.put(checkedAnchor(node.anchor, false));
      this.#pen.afterWord();
    }
    if (tag !== "") {
      this.#pen.space();
      this.#pen.output.put(tagText(tag));
      this.#pen.afterWord();
    }
    if (node.kind === "scalar") {
      this.#scalar(node, mustQuote, place);
      return "leaf";
    }
    const isEmpty = node.kind === "mapping" ? node.pairs.length === 0 : node.items.length === 0;
    return this.#flowLevel > 0 || node.isFlow || isEmpty ? "flow" : "block";
  }

  #contents(node: Node, shape: Shape, place: Place): void {
    if (node.kind !== "mapping" && node.kind !== "sequence") return;
    if (++this.#depth > YAML_LIMITS.depthMax) {
      throw problemError("YamlLimit", `collections are nested more than ${YAML_LIMITS.depthMax} deep`);
    }
    if (node.kind === "mapping") {
      if (shape === "flow") this.#flowMapping(node, place);
      else this.#blockMapping(node, place);
    } else if (shape === "flow") {
      this.#flowSequence(node, place);
    } else {
      this.#blockSequence(node, place);
    }
    this.#depth--;
  }

  /** The column one level further in. Inside a block sequence that is just behind the `- `. */
  #deeper(isFlow: boolean, place: Place, isCompact = false): number {
    const step = this.#options.indent;
    const { indent } = this.#pen;
    if (indent < 0) return isFlow ? step : 0;
    if (place.isItem) return indent + 2;
    const aligned = step * Math.floor((indent + step) / step);
    return isCompact ? aligned - 2 : aligned;
  }

  #blockSequence(node: Sequence, place: Place): void {
    const pen = this.#pen;
    const outer = pen.indent;
    const isCompact =
      place.isInMapping && (pen.output.column === 0 || !pen.isIndention) && this.#options.compactSequences;
    pen.indent = this.#deeper(false, place, isCompact);
    for (const item of node.items) {
      this.#putStart(item);
      this.#comments.writeHead(pen);
      pen.toIndent();
      pen.indicator("-", true, false, true);
      this.#wholeNode(item, ITEM);
    }
    this.#comments.put({ line: node.lineComment, foot: node.footComment });
    pen.indent = outer;
  }

  #blockMapping(node: Mapping, place: Place): void {
    const pen = this.#pen;
    const outer = pen.indent;
    pen.indent = this.#deeper(false, place);
    let tail = "";
    for (const { key: keyWithFoot, value } of node.pairs) {
      const key = withoutFoot(keyWithFoot);
      this.#putStart(key, tail);
      tail = keyWithFoot.footComment;
      this.#comments.writeHead(pen);
      pen.toIndent();
      this.#comments.keepForKey();
      const isSimple = isSimpleKey(key);
      if (isSimple) this.#key(key, SIMPLE_KEY);
      else {
        pen.indicator("?", true, false, true);
        this.#key(key, VALUE);
      }
      this.#blockValue(value, isSimple);
    }
    this.#comments.put({ tail, line: node.lineComment, foot: node.footComment });
    this.#comments.writeHead(pen);
    pen.indent = outer;
  }

  #key(key: Node, place: Place): void {
    const shape = this.#begin(key, place);
    this.#contents(key, shape, place);
  }

  #blockValue(value: Node, isSimple: boolean): void {
    const pen = this.#pen;
    this.#putStart(value);
    if (isSimple) {
      pen.indicator(":", false);
    } else {
      pen.toIndent();
      pen.indicator(":", true, false, true);
    }
    if (value.kind === "scalar") this.#comments.lineFromKey();
    else if (value.kind !== "alias" && !value.isFlow) this.#comments.writeKeyLine(pen);
    this.#wholeNode(value, VALUE);
  }

  #flowSequence(node: Sequence, place: Place): void {
    const pen = this.#pen;
    const outer = pen.indent;
    pen.indicator("[", true, true);
    pen.indent = this.#deeper(true, place);
    this.#flowLevel++;
    let needsComma = false;
    for (const item of node.items) {
      this.#putStart(item);
      if (needsComma) pen.indicator(",", false);
      this.#comments.writeHead(pen);
      if (pen.output.column === 0) pen.toIndent();
      needsComma = !this.#flowNode(item, FLOW_ITEM);
    }
    this.#comments.put({ line: node.lineComment, foot: node.footComment });
    this.#flowLevel--;
    pen.indent = outer;
    if (pen.output.column === 0) pen.toIndent();
    pen.indicator("]", false);
    this.#comments.writeLine(pen);
    this.#comments.writeFoot(pen);
  }

  /** An item or value inside brackets. With a comment behind it the comma comes at once; answers whether it did. */
  #flowNode(node: Node, place: Place): boolean {
    const pen = this.#pen;
    const isTrailed = this.#comments.hasTrailing;
    const shape = this.#begin(node, place);
    if (this.#comments.hasTrailing) pen.indicator(",", false);
    this.#comments.writeLine(pen);
    this.#comments.writeFoot(pen);
    this.#contents(node, shape, place);
    return isTrailed;
  }

  #flowMapping(node: Mapping, place: Place): void {
    const pen = this.#pen;
    const outer = pen.indent;
    pen.indicator("{", true, true);
    pen.indent = this.#deeper(true, place);
    this.#flowLevel++;
    let needsComma = false;
    let tail = "";
    for (const { key: keyWithFoot, value } of node.pairs) {
      const key = withoutFoot(keyWithFoot);
      this.#putStart(key, tail);
      tail = keyWithFoot.footComment;
      if (needsComma) pen.indicator(",", false);
      this.#comments.writeHead(pen);
      if (pen.output.column === 0) pen.toIndent();
      const isSimple = isSimpleKey(key);
      if (!isSimple) pen.indicator("?", true);
      this.#key(key, isSimple ? SIMPLE_KEY : VALUE);
      this.#putStart(value);
      pen.indicator(":", !isSimple);
      needsComma = !this.#flowNode(value, VALUE);
    }
    this.#comments.put({ tail, line: node.lineComment, foot: node.footComment });
    if (this.#comments.hasAround && needsComma) pen.indicator(",", false);
    this.#comments.writeHead(pen);
    this.#flowLevel--;
    pen.indent = outer;
    pen.indicator("}", false);
    this.#comments.writeLine(pen);
    this.#comments.writeFoot(pen);
  }

  #scalar(node: Scalar, mustQuote: boolean, place: Place): void {
    const pen = this.#pen;
    const { value } = node;
    const style = this.#styleOf(node, mustQuote, place);
    const outer = pen.indent;
    pen.indent = this.#deeper(true, place);
    const folding = { width: NO_WIDTH, indent: pen.indent };
    if (style === "plain") {
      if (value !== "") {
        pen.space();
        writePlain(pen.output, value, folding);
        pen.isAfterSpace = false;
      }
      pen.isIndention = false;
    } else if (style === "single" || style === "double") {
      pen.space();
      if (style === "single") writeSingleQuoted(pen.output, value, folding);
      else writeDoubleQuoted(pen.output, value, folding, DIALECT);
      pen.afterWord();
    } else {
      this.#block(value, style);
    }
    pen.indent = outer;
  }

  #block(value: string, style: "literal" | "folded"): void {
    const pen = this.#pen;
    pen.indicator((style === "literal" ? "|" : ">") + blockHints(value, this.#options.indent), true);
    if (this.#comments.line === "") pen.newline();
    else this.#comments.writeLine(pen);
    pen.isAfterSpace = true;
    if (style === "literal") writeLiteralLines(pen, value);
    else writeFoldedLines(pen, value);
  }

  #styleOf(node: Scalar, mustQuote: boolean, place: Place): Scalar["style"] {
    const { value } = node;
    const flags = analyse(value, DIALECT);
    const isFlow = this.#flowLevel > 0;
    let { style } = node;
    if (style === "plain" && value.includes("\n")) style = "literal";
    else if (style === "plain" && mustQuote) style = "double";
    if (place.isSimpleKey && (flags & MULTILINE) !== 0) style = "double";
    if (style === "plain") {
      const isBarred = (flags & (isFlow ? NO_FLOW_PLAIN : NO_BLOCK_PLAIN)) !== 0;
      if (isBarred || (value === "" && (isFlow || place.isSimpleKey))) style = "single";
    }
    if (style === "single" && (flags & NO_SINGLE) !== 0) style = "double";
    const isBlock = style === "literal" || style === "folded";
    if (isBlock && ((flags & NO_BLOCK) !== 0 || isFlow || place.isSimpleKey)) style = "double";
    return style;
  }
}

/** The foot of a key stands below its value; it is the tail that is written before the next key. */
function withoutFoot(key: Node): Node {
  return key.footComment === "" ? key : { ...key, footComment: "" };
}

/** Whether a key can stand before a colon without `? `: one line, short, and no collection but an empty one. */
function isSimpleKey(key: Node): boolean {
  if (key.kind === "alias") return key.name.length <= SIMPLE_KEY_BYTES_MAX;
  if (key.kind === "mapping" && key.pairs.length > 0) return false;
  if (key.kind === "sequence" && key.items.length > 0) return false;
  const { tag } = writtenTag(key);
  let length = key.anchor.length + (tag === "" ? 0 : Buffer.byteLength(tag));
  if (key.kind === "scalar") {
    if ((analyse(key.value, DIALECT) & MULTILINE) !== 0) return false;
    length += Buffer.byteLength(key.value);
  }
  return length <= SIMPLE_KEY_BYTES_MAX;
}
