import { placeText, type Source } from "./source.ts";

/** What is wrong with a text before it runs; thrown by lexer and parser, collected by the compiler. */
export class StaticFault extends Error {
  readonly source: Source;
  readonly begin: number;
  readonly end: number;
  /** Without the place. */
  readonly what: string;

  constructor(what: string, source: Source, begin: number, end: number = begin) {
    super(`${placeText(source, begin, end)} ${what}`);
    this.name = "StaticFault";
    this.what = what;
    this.source = source;
    this.begin = begin;
    this.end = end;
  }

  /** With the lines it is in, as `jsonnet` prints it. */
  get shown(): string {
    return `${this.message}\n\n${this.source.linesBetween(this.begin, this.end)}\n\n`;
  }
}
