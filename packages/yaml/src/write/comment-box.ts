import type { Pen } from "./pen.ts";

/** Comments on their way to the place where they can be written. Each slot holds what came last. */
export class CommentBox {
  head = "";
  line = "";
  #foot = "";
  /** The foot of the pair before: written before the head of what comes. */
  #tail = "";
  /** A line comment that a key brought: it stands behind the key's colon or the value. */
  #keyLine = "";

  put(comments: { head?: string; line?: string; foot?: string; tail?: string }): void {
    if (comments.head) this.head = comments.head;
    if (comments.line) this.line = comments.line;
    if (comments.foot) this.#foot = comments.foot;
    if (comments.tail) this.#tail = comments.tail;
  }

  /** Whether something has to stand behind the node that comes. */
  get hasTrailing(): boolean {
    return this.line !== "" || this.#foot !== "" || this.#tail !== "";
  }

  /** Whether something has to stand before the bracket that closes a flow mapping, or below it. */
  get hasAround(): boolean {
    return this.head !== "" || this.#foot !== "" || this.#tail !== "";
  }

  writeHead(pen: Pen): void {
    if (this.#tail !== "") {
      pen.toIndent();
      pen.comment(this.#tail);
      this.#tail = "";
      pen.footIndent = Math.max(pen.indent, 0);
    }
    if (this.head === "") return;
    pen.toIndent();
    pen.comment(this.head);
    this.head = "";
  }

  writeLine(pen: Pen): void {
    if (this.line === "") return;
    pen.space();
    pen.comment(this.line);
    this.line = "";
  }

  writeFoot(pen: Pen): void {
    if (this.#foot === "") return;
    pen.toIndent();
    pen.comment(this.#foot);
    this.#foot = "";
    pen.footIndent = Math.max(pen.indent, 0);
  }

  /** The line comment that came with a key waits for the value. */
  keepForKey(): void {
    if (this.line === "") return;
    this.#keyLine = this.line;
    this.line = "";
  }

  /** A scalar value takes the key's line comment, if it has none. */
  lineFromKey(): void {
    if (this.#keyLine === "" || this.line !== "") return;
    this.line = this.#keyLine;
    this.#keyLine = "";
  }

  /** A block collection follows: the key's line comment is written before it. */
  writeKeyLine(pen: Pen): void {
    if (this.#keyLine === "") return;
    const { line } = this;
    this.line = this.#keyLine;
    this.writeLine(pen);
    this.line = "";
    this.#keyLine = line;
  }
}
