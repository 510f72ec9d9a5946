import { EVERYTHING, type Case } from "./common.ts";

/** Templates made at random from a seed: mostly sensible, often wrong in one place, so that errors are compared as well. */
export function* generatedCases(seed: number, count: number): Generator<Case> {
  for (let index = 0; index < count; index++) {
    const maker = new Maker(seed * 1_000_003 + index);
    yield { text: maker.template(), data: EVERYTHING, ...maker.options() };
  }
}

/** Functions whose answer is the same every time, by how many arguments they like. */
const FUNCTIONS: ReadonlyArray<readonly [name: string, arity: number]> = [
  ...words("not len html js urlquery print println abbrev trim upper lower title untitle nospace initials swapcase", 1),
  ...words("snakecase camelcase kebabcase toString toStrings sortAlpha sha1sum sha256sum adler32sum atoi int int64", 1),
  ...words(
    "float64 toDecimal add1 floor ceil empty toJson toPrettyJson toRawJson fromJson mustFromJson typeOf kindOf",
    1,
  ),
  ...words(
    "base dir clean ext isAbs b64enc b64dec b32enc b32dec first last rest initial reverse uniq compact deepCopy",
    1,
  ),
  ...words("mustFirst mustToJson semver regexQuoteMeta urlParse quote squote cat dict list tuple concat", 1),
  ...words(
    "eq ne lt le gt ge index slice and or printf print trunc trimAll trimSuffix trimPrefix contains hasPrefix",
    2,
  ),
  ...words(
    "hasSuffix join split splitList add sub mul div mod max min addf subf mulf divf maxf minf default coalesce all",
    2,
  ),
  ...words(
    "any typeIs kindIs deepEqual get hasKey pluck pick omit merge mergeOverwrite append prepend without has slice",
    2,
  ),
  ...words("regexMatch regexFind semverCompare unset quote dict list cat biggest toDate mustMerge concat urlJoin", 2),
  ...words("substr replace plural ternary set regexFindAll regexReplaceAll regexSplit dig splitn round index dict", 3),
];
/** Functions that take their time over large numbers: only with constants. */
const COUNTED: ReadonlyArray<readonly [name: string, arity: number]> = [
  ...words("until seq", 1),
  ...words("repeat indent nindent wrap", 2),
  ...words("untilStep", 3),
];

function words(text: string, arity: number): Array<readonly [string, number]> {
  return text.split(" ").map((name) => [name, arity] as const);
}

const FIELDS = [
  ...Object.keys(EVERYTHING).filter((key) => key !== "with-dash" && key !== "pointer" && key !== "pair"),
  "map.a",
  "map.nested",
  "map.nested.deep",
  "map.nested.deep.deeper",
  "map.nope",
  "map.nil",
  "map.nil.x",
  "missing",
  "missing.x",
  "pair.Name",
  "pair.Any",
  "pair.Count",
  "pair.Labels",
  "pair.Nope",
  "pointer.Name",
  "pointer.Total",
  "name.x",
  "stringMap.k",
  "one.x",
];
const STRINGS = [
  "",
  "a",
  "b",
  "a b",
  "a,b,c",
  "%d",
  "%v|%s",
  "%5.2f",
  "é日😀",
  "1.5",
  "12",
  "-7",
  "0x1F",
  "1.2.3",
  ">=1.0",
  "^1.2",
  "[a-z]+",
  "(a)(b)?",
  "{}",
  "[1,2]",
  '{"a":{"b":1}}',
  "k",
  "x/y.z",
  "http://u@h:1/p?q#f",
  "true",
  "<&>'\"",
  "2006-01-02",
  "YQ==",
  "_A-bC d",
  "string",
  "int",
  "map",
  "$1",
  "\t\n",
  "null",
];
const NUMBERS = [
  "0",
  "1",
  "2",
  "-1",
  "3",
  "7",
  "12",
  "1.5",
  "2.0",
  "-0.5",
  "1e3",
  "1e21",
  "100000.0",
  "0x10",
  "'a'",
  "1i",
];
const SMALL = ["0", "1", "2", "3", "5", "-1", "-2"];

class Maker {
  #state: number;
  #variables: string[] = [];
  #loops = 0;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** mulberry32: small, and the same everywhere. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  #chance(percent: number): boolean {
    return this.#random() * 100 < percent;
  }

  options(): Pick<Case, "missingKey"> {
    const missingKey = this.#pick(["default", "default", "zero", "error"] as const);
    return { missingKey };
  }

  template(): string {
    const body = this.#list(3);
    return this.#chance(20) ? `{{define "t"}}${this.#sub()}{{end}}${body}` : body;
  }

  #sub(): string {
    const outer = [this.#variables, this.#loops] as const;
    [this.#variables, this.#loops] = [[], 0];
    const text = this.#list(1);
    [this.#variables, this.#loops] = outer;
    return text;
  }

  #list(depth: number): string {
    return Array.from({ length: 1 + this.#below(3) }, () => this.#statement(depth)).join("");
  }

  #statement(depth: number): string {
    const kind = this.#below(depth > 0 ? 14 : 7);
    if (kind < 2) return this.#pick(["text", " \n ", "x\ty", "é ", "{ }", "\n\n"]);
    if (kind < 6) return this.#action(this.#pipeline(2));
    if (kind === 6) return this.#declaration();
    if (kind < 9) return this.#if(depth);
    if (kind === 9) return this.#block(`with ${this.#maybeDeclared()}`, depth);
    if (kind < 12) return this.#range(depth);
    if (kind === 12)
      return this.#chance(50) ? this.#action(`template "t" ${this.#operand(1)}`) : this.#action('template "t"');
    return this.#loops > 0 ? this.#action(this.#pick(["break", "continue"])) : "{{/* note */}}";
  }

  #action(inner: string): string {
    return `{{${this.#chance(15) ? "- " : ""}${inner}${this.#chance(15) ? " -" : ""}}}`;
  }

  #maybeDeclared(): string {
    return this.#chance(30) ? `$w := ${this.#pipeline(1)}` : this.#pipeline(1);
  }

  #declaration(): string {
    const known = this.#variables.length > 0 && this.#chance(40);
    const name = known ? this.#pick(this.#variables) : `$v${this.#below(4)}`;
    const value = this.#pipeline(2);
    if (!known) this.#variables.push(name);
    return this.#action(`${name} ${known ? "=" : ":="} ${value}`);
  }

  #scoped(depth: number): string {
    const count = this.#variables.length;
    const text = this.#list(depth - 1);
    this.#variables.length = count;
    return text;
  }

  #if(depth: number): string {
    const other = this.#chance(30) ? `${this.#action(`else if ${this.#pipeline(1)}`)}${this.#scoped(depth)}` : "";
    const otherwise = this.#chance(40) ? `${this.#action("else")}${this.#scoped(depth)}` : "";
    return `${this.#action(`if ${this.#pipeline(2)}`)}${this.#scoped(depth)}${other}${otherwise}{{end}}`;
  }

  #block(head: string, depth: number): string {
    const otherwise = this.#chance(40) ? `{{else}}${this.#scoped(depth)}` : "";
    return `${this.#action(head)}${this.#scoped(depth)}${otherwise}{{end}}`;
  }

  #range(depth: number): string {
    const over = this.#chance(70)
      ? this.#pick([
          ".list",
          ".numbers",
          ".mixed",
          ".map",
          ".strings",
          ".ints",
          ".stringMap",
          ".intMap",
          "3",
          "until 3",
          "list 1 2",
          ".emptyList",
          "splitList `,` `a,b`",
        ])
      : this.#pipeline(1);
    const names = this.#pick(["", "$i := ", "$i, $e := "]);
    this.#loops++;
    const count = this.#variables.length;
    if (names !== "") this.#variables.push("$i");
    if (names.includes("$e")) this.#variables.push("$e");
    const text = this.#block(`range ${names}${over}`, depth);
    this.#variables.length = count;
    this.#loops--;
    return text;
  }

  #pipeline(depth: number): string {
    const stages = [this.#chance(60) ? this.#call(depth) : this.#operand(depth)];
    while (this.#chance(25)) stages.push(this.#stage());
    return stages.join(" | ");
  }

  /** A later stage: a function short of one argument. */
  #stage(): string {
    const [name, arity] = this.#pick(FUNCTIONS);
    return [name, ...Array.from({ length: Math.max(arity - 1, 0) }, () => this.#operand(0))].join(" ");
  }

  #call(depth: number): string {
    if (this.#chance(8)) {
      const [name, arity] = this.#pick(COUNTED);
      const args = Array.from({ length: arity }, (_, index) => {
        const isText = arity === 2 && index === 1 && name !== "seq";
        return isText ? JSON.stringify(this.#pick(STRINGS)) : this.#pick(SMALL);
      });
      return [name, ...args].join(" ");
    }
    const [name, arity] = this.#pick(FUNCTIONS);
    const count = this.#chance(92) ? arity : this.#below(4);
    return [name, ...Array.from({ length: count }, () => this.#operand(depth - 1))].join(" ");
  }

  #operand(depth: number): string {
    const kind = this.#below(depth > 0 ? 13 : 11);
    if (kind < 3) return `.${this.#pick(FIELDS)}`;
    if (kind < 6) return JSON.stringify(this.#pick(STRINGS));
    if (kind < 8) return this.#pick(NUMBERS);
    if (kind === 8) return this.#pick(["true", "false", "nil", ".", "$"]);
    if (kind === 9) return this.#variables.length > 0 ? this.#pick(this.#variables) : "$.name";
    if (kind === 10)
      return this.#variables.length > 0 && this.#chance(50) ? `${this.#pick(this.#variables)}.a` : "$.map.a";
    if (kind === 11 && this.#chance(20)) return `(${this.#pipeline(depth - 1)}).a`;
    return `(${this.#pipeline(depth - 1)})`;
  }
}
