import { SyntaxFault, type Mark } from "../scan/fault.ts";
import type { Scanner } from "../scan/scanner.ts";
import type { TokenQueue } from "../scan/tokens.ts";

/** Looks at the scanner's tokens one by one. Fields are those of the token at the head of the queue, which was looked at before. */
export abstract class TokenReader {
  protected readonly scanner: Scanner;
  protected readonly queue: TokenQueue;
  /** Number of the token that is known to be at the head for certain. */
  #readyNumber = -1;

  constructor(scanner: Scanner) {
    this.scanner = scanner;
    this.queue = scanner.queue;
    this.take();
  }

  /** Called at each look at a token; the reader of comments hands them out there. */
  protected atPeek(): void {}

  /** The kind of the next token. */
  protected peek(): number {
    const { queue } = this;
    if (queue.taken !== this.#readyNumber) {
      this.scanner.fill();
      this.#readyNumber = queue.taken;
    }
    this.atPeek();
    return queue.kind[queue.head] as number;
  }

  protected take(): void {
    this.queue.take();
  }

  protected get tokenKind(): number {
    return this.queue.kind[this.queue.head] as number;
  }

  protected get tokenStart(): number {
    return this.queue.start[this.queue.head] as number;
  }

  protected get tokenEnd(): number {
    return this.queue.end[this.queue.head] as number;
  }

  /** From 0. */
  protected get tokenLine(): number {
    return this.queue.line[this.queue.head] as number;
  }

  protected get tokenColumn(): number {
    return this.queue.column[this.queue.head] as number;
  }

  protected get tokenValue(): string {
    return this.queue.value[this.queue.head] as string;
  }

  /** The tag's suffix or the directive's prefix. */
  protected get tokenSuffix(): string {
    return this.queue.suffix[this.queue.head] as string;
  }

  protected tokenMark(): Mark {
    return { offset: this.tokenStart, line: this.tokenLine, column: this.tokenColumn };
  }

  /** A fault of grammar at the token; `context` is where the construct began. */
  protected fault(problem: string, context?: Mark): SyntaxFault {
    return new SyntaxFault("parser", problem, this.tokenMark(), context);
  }
}
