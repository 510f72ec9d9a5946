import type { Mark } from "../scan/fault.ts";
import * as token from "../scan/tokens.ts";
import { Builder, type Properties } from "./builder.ts";

/** Collections in `[]` and `{}`. */
export abstract class FlowParser<T, S, M> extends Builder<T, S, M> {
  protected flowSequence(properties: Properties): T {
    const sequence = this.openSequence(true, properties);
    const context = this.tokenMark();
    this.take();
    for (let isFirst = true; ; isFirst = false) {
      let kind = this.peek();
      if (kind === token.FLOW_SEQUENCE_END) break;
      if (!isFirst) {
        if (kind !== token.FLOW_ENTRY) throw this.fault("did not find expected ',' or ']'", context);
        this.take();
        kind = this.peek();
      }
      if (kind === token.KEY) this.addItem(sequence, this.#singlePair());
      else if (kind === token.FLOW_SEQUENCE_END) break;
      else this.addItem(sequence, this.node(false, false));
    }
    const node = this.closeSequence(sequence);
    this.take();
    return node;
  }

  /** `[a: b]` and `[? a : b]`: a mapping of one pair without braces. */
  #singlePair(): T {
    const { properties } = this;
    properties.anchor = "";
    properties.tag = "";
    properties.start = this.tokenStart;
    properties.line = this.tokenLine;
    properties.column = this.tokenColumn;
    this.enter();
    const mapping = this.openMapping(true, properties);
    this.take();
    const kind = this.peek();
    if (kind === token.VALUE || kind === token.FLOW_ENTRY || kind === token.FLOW_SEQUENCE_END) {
      // libyaml passes over this token, so `[? : x]` and `[? ]` are read oddly; kept, because go-yaml has it.
      const end = this.tokenEnd;
      const line = this.tokenLine;
      const column = this.tokenColumn + 1;
      this.take();
      this.addKey(mapping, this.empty(end, line, column, undefined));
    } else {
      this.addKey(mapping, this.node(false, false));
    }
    const colon = this.peek() === token.VALUE ? this.tokenMark() : undefined;
    this.addValue(mapping, this.#flowValue(token.FLOW_SEQUENCE_END, colon));
    this.peek();
    this.leave();
    return this.closeMapping(mapping);
  }

  /** What stands behind `:`, if one comes. `emptyAt`: where libyaml puts a value that is left out, if not at what comes next. */
  #flowValue(closing: number, emptyAt: Mark | undefined): T {
    if (this.peek() === token.VALUE) {
      this.take();
      const kind = this.peek();
      if (kind !== token.FLOW_ENTRY && kind !== closing) return this.node(false, false);
    }
    if (emptyAt !== undefined) return this.empty(emptyAt.offset, emptyAt.line, emptyAt.column, undefined);
    return this.emptyHere();
  }

  protected flowMapping(properties: Properties): T {
    const mapping = this.openMapping(true, properties);
    const context = this.tokenMark();
    this.take();
    for (let isFirst = true; ; isFirst = false) {
      let kind = this.peek();
      if (kind === token.FLOW_MAPPING_END) break;
      if (!isFirst) {
        if (kind !== token.FLOW_ENTRY) throw this.fault("did not find expected ',' or '}'", context);
        this.take();
        kind = this.peek();
      }
      if (kind === token.FLOW_MAPPING_END) break;
      this.#flowPair(mapping, kind);
    }
    const node = this.closeMapping(mapping);
    this.take();
    return node;
  }

  #flowPair(mapping: M, kind: number): void {
    if (kind !== token.KEY) {
      this.addKey(mapping, this.node(false, false));
      this.peek();
      this.addValue(mapping, this.emptyHere());
      return;
    }
    this.take();
    const next = this.peek();
    const isEmpty = next === token.VALUE || next === token.FLOW_ENTRY || next === token.FLOW_MAPPING_END;
    this.addKey(mapping, isEmpty ? this.emptyHere() : this.node(false, false));
    this.addValue(mapping, this.#flowValue(token.FLOW_MAPPING_END, undefined));
  }
}
