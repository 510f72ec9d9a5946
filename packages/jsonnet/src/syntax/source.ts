/** A text that is parsed, and the name its places are told with: a path, `<extvar:NAME>` and the like. */
export class Source {
  readonly name: string;
  /** What an import in it is relative to; empty for a snippet. */
  readonly importName: string;
  /** `std.thisFile`. */
  readonly thisFile: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(name: string, importName: string, thisFile: string, text: string) {
    this.name = name;
    this.importName = importName;
    this.thisFile = thisFile;
    this.text = text;
  }

  /** 1-based line, and 1-based columns in bytes (as go-jsonnet counts) and in characters. */
  place(offset: number): { readonly line: number; readonly column: number; readonly characters: number } {
    const starts = (this.#lineStarts ??= lineStartsOf(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const before = this.text.slice(starts[low], offset);
    return { line: low + 1, column: Buffer.byteLength(before) + 1, characters: Array.from(before).length + 1 };
  }

  /** The whole lines from one place to another, as an error shows them. */
  linesBetween(begin: number, end: number): string {
    const first = this.text.lastIndexOf("\n", begin - 1) + 1;
    const next = this.text.indexOf("\n", end);
    return this.text.slice(begin === 0 ? 0 : first, next < 0 ? undefined : next);
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/**
 * A place that a stack trace can name. Offsets of -1 stand for code that nobody wrote (what an assert or a slice stands for): it has
 * a line in the trace, and nothing in it.
 */
export class Site {
  readonly source: Source | undefined;
  readonly begin: number;
  readonly end: number;
  /** What surrounds it: `function <f>`, `thunk <x> from <$>`. Without a source: the whole line. */
  readonly context: string;

  constructor(source: Source | undefined, begin: number, end: number, context: string) {
    this.source = source;
    this.begin = begin;
    this.end = end;
    this.context = context;
  }

  /** As go-jsonnet writes places: `f:1:2-5`, `f:(1:2)-(3:4)`, `f:1:2`. */
  toString(): string {
    if (this.source === undefined) return this.context;
    if (this.begin < 0) return `\t${this.context}`;
    return `${placeText(this.source, this.begin, this.end)}\t${this.context}`;
  }
}

export function placeText(source: Source, begin: number, end: number): string {
  const from = source.place(begin);
  const to = source.place(end);
  const prefix = source.name === "" ? "" : `${source.name}:`;
  if (from.line !== to.line) return `${prefix}(${from.line}:${from.column})-(${to.line}:${to.column})`;
  const range = from.column === to.column ? `${from.column}` : `${from.column}-${to.column}`;
  return `${prefix}${from.line}:${range}`;
}
