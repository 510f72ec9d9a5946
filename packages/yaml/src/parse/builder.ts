import { SyntaxFault } from "../scan/fault.ts";
import type { Scanner } from "../scan/scanner.ts";
import { TokenReader } from "./token-reader.ts";

/** What was written before a node, and where. The same object serves every node of a parser, so nothing is made for plain nodes. */
export interface Properties {
  /** "" when there is none. */
  anchor: string;
  /** The full tag; "" when there is none, "!" for the non-specific one. */
  tag: string;
  start: number;
  /** Behind the anchor and tag, where there are any. */
  end: number;
  line: number;
  column: number;
}

/**
 * What a parser builds: plain values (fast), or nodes with comments. `S` and `M` are a sequence and a mapping in the making. Tokens are
 * looked at in the same order as libyaml does, because looking at one is what gives out comments and faults.
 */
export abstract class Builder<T, S, M> extends TokenReader {
  /** Of the node that comes; what is opened copies what it needs. */
  protected readonly properties: Properties = { anchor: "", tag: "", start: 0, end: 0, line: 0, column: 0 };
  readonly #depthMax: number;
  #depth = 0;

  constructor(scanner: Scanner, depthMax: number) {
    super(scanner);
    this.#depthMax = depthMax;
  }

  /** `slot` is the token of the scalar. */
  protected abstract scalar(slot: number, properties: Properties): T;
  /** A node without content at this place; properties only where there were any. */
  protected abstract empty(offset: number, line: number, column: number, properties: Properties | undefined): T;
  protected abstract alias(name: string, slot: number): T;
  protected abstract openSequence(isFlow: boolean, properties: Properties): S;
  protected abstract addItem(sequence: S, item: T): void;
  protected abstract closeSequence(sequence: S): T;
  protected abstract openMapping(isFlow: boolean, properties: Properties): M;
  protected abstract addKey(mapping: M, key: T): void;
  protected abstract addValue(mapping: M, value: T): void;
  protected abstract closeMapping(mapping: M): T;
  /** `isBare`: it begins without `---`. */
  protected abstract openDocument(line: number, column: number, isBare: boolean): void;
  protected abstract closeDocument(): void;

  /** Hooks for the reader of comments; they do nothing where values are built. */
  protected beforeSequenceEntry(): void {}
  /** The kind of the token behind a `-`. */
  protected peekBehindEntry(): number {
    return this.peek();
  }

  /** A node. `isIndentless`: a sequence may stand at the column of the mapping whose value it is. */
  protected abstract node(isBlock: boolean, isIndentless: boolean): T;

  /** A node that is left out, at the token that comes instead. */
  protected emptyHere(): T {
    return this.empty(this.tokenStart, this.tokenLine, this.tokenColumn, undefined);
  }

  protected unknownAnchor(name: string): SyntaxFault {
    return new SyntaxFault("composer", `unknown anchor '${name}' referenced`, this.tokenMark());
  }

  /** @throws SyntaxFault when collections are nested too deep. */
  protected enter(): void {
    this.#depth++;
    this.checkDepth(0);
  }

  /** @throws SyntaxFault when as many levels more would be too deep. */
  protected checkDepth(levels: number): void {
    if (this.#depth + levels <= this.#depthMax) return;
    throw new SyntaxFault("limit", `collections are nested more than ${this.#depthMax} deep`, this.tokenMark());
  }

  protected leave(): void {
    this.#depth--;
  }
}
