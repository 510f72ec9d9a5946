import * as token from "../scan/tokens.ts";
import type { Properties } from "./builder.ts";
import { FlowParser } from "./flow.ts";

/** Collections by indentation. */
export abstract class BlockParser<T, S, M> extends FlowParser<T, S, M> {
  #entryEnd = 0;
  #entryLine = 0;
  #entryColumn = 0;

  protected blockSequence(properties: Properties): T {
    const sequence = this.openSequence(false, properties);
    const context = this.tokenMark();
    this.take();
    for (let kind = this.peek(); kind === token.BLOCK_ENTRY; kind = this.peek()) {
      this.#takeEntry();
      kind = this.peekBehindEntry();
      const isEmpty = kind === token.BLOCK_ENTRY || kind === token.BLOCK_END;
      this.addItem(sequence, isEmpty ? this.#emptyItem() : this.node(true, false));
    }
    if (this.tokenKind !== token.BLOCK_END) throw this.fault("did not find expected '-' indicator", context);
    const node = this.closeSequence(sequence);
    this.take();
    return node;
  }

  protected indentlessSequence(properties: Properties): T {
    const sequence = this.openSequence(false, properties);
    for (let kind = this.peek(); kind === token.BLOCK_ENTRY; kind = this.peek()) {
      this.#takeEntry();
      kind = this.peekBehindEntry();
      const isEmpty =
        kind === token.BLOCK_ENTRY || kind === token.KEY || kind === token.VALUE || kind === token.BLOCK_END;
      this.addItem(sequence, isEmpty ? this.#emptyItem() : this.node(true, false));
    }
    return this.closeSequence(sequence);
  }

  /** Takes a `-`; where it ended is kept for an item that is left out. */
  #takeEntry(): void {
    this.#entryEnd = this.tokenEnd;
    this.#entryLine = this.tokenLine;
    this.#entryColumn = this.tokenColumn + 1;
    this.beforeSequenceEntry();
    this.take();
  }

  #emptyItem(): T {
    return this.empty(this.#entryEnd, this.#entryLine, this.#entryColumn, undefined);
  }

  protected blockMapping(properties: Properties): T {
    const mapping = this.openMapping(false, properties);
    const context = this.tokenMark();
    this.take();
    for (let kind = this.peek(); ; kind = this.peek()) {
      if (kind === token.KEY) this.addKey(mapping, this.#blockPart());
      else if (kind === token.BLOCK_END) break;
      else throw this.fault("did not find expected key", context);
      this.addValue(mapping, this.peek() === token.VALUE ? this.#blockPart() : this.emptyHere());
    }
    const node = this.closeMapping(mapping);
    this.take();
    return node;
  }

  /** What stands behind `?` or `:` of a block mapping. */
  #blockPart(): T {
    const end = this.tokenEnd;
    const line = this.tokenLine;
    const column = this.tokenColumn + end - this.tokenStart;
    this.take();
    const kind = this.peek();
    if (kind === token.KEY || kind === token.VALUE || kind === token.BLOCK_END) {
      return this.empty(end, line, column, undefined);
    }
    return this.node(true, true);
  }
}
