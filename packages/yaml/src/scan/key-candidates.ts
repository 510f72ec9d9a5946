import { SIMPLE_KEY_CHARS_MAX } from "../limits.ts";
import type { Cursor } from "./cursor.ts";
import type { Mark } from "./fault.ts";
import type { TokenQueue } from "./tokens.ts";

/** A place where an implicit key (`key:` without `?`) may have begun. */
export interface KeyCandidate extends Mark {
  readonly number: number;
}

interface OpenCandidate {
  possible: boolean;
  /** In block context at the column of the mapping nothing but a key can stand, so its absence is a fault. */
  required: boolean;
  number: number;
  offset: number;
  line: number;
  column: number;
}

/** One candidate for block context and one for each open flow collection; tokens at which a key may begin are marked in the queue. */
export class KeyCandidates {
  readonly #cursor: Cursor;
  readonly #queue: TokenQueue;
  readonly #stack: OpenCandidate[] = [newCandidate()];
  /** 1 + the flow level of the candidate whose token comes next. */
  #nextLevel = 0;

  constructor(cursor: Cursor, queue: TokenQueue) {
    this.#cursor = cursor;
    this.#queue = queue;
  }

  /** Whether the token at the queue's head may still turn out to begin a key, so that it cannot be handed out yet. */
  mayBeginAtHead(): boolean {
    const level = this.#queue.keyLevel[this.#queue.head] as number;
    return level !== 0 && this.#isStillPossible(this.#stack[level - 1] as OpenCandidate);
  }

  #isStillPossible(candidate: OpenCandidate): boolean {
    if (!candidate.possible) return false;
    const { line, pos } = this.#cursor;
    if (candidate.line === line && candidate.offset + SIMPLE_KEY_CHARS_MAX >= pos) return true;
    this.#giveUp(candidate);
    return false;
  }

  #giveUp(candidate: OpenCandidate): void {
    const { offset, line, column } = candidate;
    if (candidate.required) throw this.#cursor.fault("could not find expected ':'", { offset, line, column });
    candidate.possible = false;
  }

  #current(): OpenCandidate {
    return this.#stack[this.#cursor.flowLevel] as OpenCandidate;
  }

  /** A token comes that may begin a key. */
  save(): void {
    const cursor = this.#cursor;
    if (!cursor.keyAllowed) return;
    this.drop();
    const candidate = this.#current();
    candidate.possible = true;
    candidate.required = cursor.flowLevel === 0 && cursor.indent === cursor.column;
    this.#place(candidate);
    this.#nextLevel = cursor.flowLevel + 1;
  }

  /** The key that `save` announced is certain, before its token is queued. */
  settleNext(): void {
    this.#current().possible = false;
    this.#nextLevel = 0;
  }

  #place(candidate: OpenCandidate): void {
    const cursor = this.#cursor;
    candidate.number = this.#queue.taken + this.#queue.length;
    candidate.offset = cursor.pos;
    candidate.line = cursor.line;
    candidate.column = cursor.column;
  }

  /** Marks the token that was just queued, if it is the one that was announced by `save`. */
  markNext(slot: number): void {
    this.#queue.keyLevel[slot] = this.#nextLevel;
    this.#nextLevel = 0;
  }

  /** A token came that no key can stand before. */
  drop(): void {
    const candidate = this.#current();
    if (!candidate.possible) return;
    this.#giveUp(candidate);
    this.#forget(candidate.number);
  }

  #forget(number: number): void {
    const queue = this.#queue;
    const ahead = number - queue.taken;
    if (ahead >= 0 && ahead < queue.length) queue.keyLevel[queue.head + ahead] = 0;
  }

  /** A flow collection opens at the cursor. To be called before the flow level rises. */
  open(): void {
    const candidate = newCandidate();
    this.#place(candidate);
    this.#stack.push(candidate);
  }

  /**
   * The innermost flow collection closes. go-yaml forgets with it the key start at its opening bracket, if no entry has noted one
   * since; so in v2 `{}: x` is no mapping, while v3's longer look ahead hides it. To be called before the flow level falls.
   */
  close(): void {
    this.#forget(this.#current().number);
    this.#stack.pop();
  }

  innermost(): Mark {
    const { offset, line, column } = this.#stack.at(-1) as OpenCandidate;
    return { offset, line, column };
  }

  /** At a colon: the key that began before it, if there is one. */
  take(): KeyCandidate | undefined {
    const candidate = this.#current();
    if (!this.#isStillPossible(candidate)) return undefined;
    candidate.possible = false;
    return candidate;
  }

  /** The tokens of a key are certain; its first one was moved back by the one or two that were put before it. */
  settle({ number }: KeyCandidate): void {
    for (let moved = 0; moved <= 2; moved++) this.#forget(number + moved);
  }
}

function newCandidate(): OpenCandidate {
  return { possible: false, required: false, number: 0, offset: 0, line: 0, column: 0 };
}
