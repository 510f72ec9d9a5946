import { parseDuration } from "@fairlead/gotemplate";

/** `list` takes each value as it is, `csv` splits values at commas, `ignored…` are read and have no effect. */
export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  readonly kind: "bool" | "text" | "list" | "csv" | "duration";
  /** What the flag means without a value; such a flag takes one only behind `=`. */
  readonly bare?: string;
  readonly help: string;
}

export interface ParsedFlags {
  readonly args: readonly string[];
  readonly isHelp: boolean;
  has(name: string): boolean;
  isOn(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
}

/** In the words of spf13/pflag, which helm reads its flags with. */
export class FlagFault extends Error {}

/**
 * Reads a command line as helm does (spf13/pflag): `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, flags between
 * arguments, `--` ends them. One behaviour no JavaScript library has, and a drop-in must have.
 * @throws FlagFault
 */
export function parseFlags(specs: readonly FlagSpec[], argv: readonly string[]): ParsedFlags {
  const values = new Map<string, string[]>();
  const args: string[] = [];
  let isHelp = false;
  const put = (spec: FlagSpec, value: string): void => {
    const known = values.get(spec.name) ?? [];
    const given = readValue(spec, value);
    values.set(spec.name, spec.kind === "list" || spec.kind === "csv" ? [...known, ...given] : given);
  };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--") {
      args.push(...argv.slice(at + 1));
      break;
    }
    if (word === "-h" || word === "--help") isHelp = true;
    else if (word.startsWith("--")) at += readLong(specs, word, argv[at + 1], put);
    else if (word.startsWith("-") && word !== "-") at += readShort(specs, word, argv[at + 1], put);
    else args.push(word);
  }
  return {
    args,
    isHelp,
    has: (name) => values.has(name),
    isOn: (name) => values.get(name)?.[0] === "true",
    text: (name) => values.get(name)?.[0],
    list: (name) => values.get(name) ?? [],
  };
}

type Put = (spec: FlagSpec, value: string) => void;

/** @returns how many of the following words it took */
function readLong(specs: readonly FlagSpec[], word: string, next: string | undefined, put: Put): number {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals < 0 ? undefined : equals);
  if (name === "" || name.startsWith("-")) throw new FlagFault(`bad flag syntax: ${word}`);
  const spec = specs.find((each) => each.name === name);
  if (!spec) throw new FlagFault(`unknown flag: --${name}`);
  if (equals >= 0) put(spec, word.slice(equals + 1));
  else if (bareOf(spec) !== undefined) put(spec, bareOf(spec) ?? "");
  else if (next === undefined) throw new FlagFault(`flag needs an argument: --${name}`);
  else {
    put(spec, next);
    return 1;
  }
  return 0;
}

function readShort(specs: readonly FlagSpec[], word: string, next: string | undefined, put: Put): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? "";
    const spec = specs.find((each) => each.short === letter);
    if (!spec)
      throw new FlagFault(
        `unknown shorthand flag: ${JSON.stringify(letter).replaceAll('"', "'")} in ${`-${word.slice(at)}`}`,
      );
    const rest = word.slice(at + 1);
    if (rest.startsWith("=")) {
      put(spec, rest.slice(1));
      return 0;
    }
    const bare = bareOf(spec);
    if (bare !== undefined) {
      put(spec, bare);
      continue;
    }
    if (rest === "" && next === undefined)
      throw new FlagFault(`flag needs an argument: '${letter}' in ${`-${word.slice(at)}`}`);
    put(spec, rest === "" ? (next ?? "") : rest);
    return rest === "" ? 1 : 0;
  }
  return 0;
}

function bareOf(spec: FlagSpec): string | undefined {
  return spec.kind === "bool" ? "true" : spec.bare;
}

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

function readValue(spec: FlagSpec, value: string): string[] {
  if (spec.kind === "bool") {
    if (TRUE.has(value)) return ["true"];
    if (FALSE.has(value)) return ["false"];
    throw invalid(spec, value, `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
  }
  if (spec.kind === "duration") {
    try {
      parseDuration(value);
    } catch (error) {
      throw invalid(spec, value, (error as Error).message);
    }
  }
  return spec.kind === "csv" ? splitCsv(value) : [value];
}

function invalid({ name, short }: FlagSpec, value: string, why: string): FlagFault {
  return new FlagFault(
    `invalid argument ${JSON.stringify(value)} for "${short ? `-${short}, ` : ""}--${name}" flag: ${why}`,
  );
}

/** One line of CSV; a field in double quotes may hold commas. */
function splitCsv(text: string): string[] {
  if (text === "") return [];
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))/g)].map(
    ([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain,
  );
}

/** The help of a command: flags in name order. */
export function helpText(head: string, specs: readonly FlagSpec[]): string {
  const names = specs.map(
    ({ name, short, kind }) =>
      `${short ? `-${short}, ` : "    "}--${name}${kind === "bool" ? "" : ` ${VALUE_NAMES[kind]}`}`,
  );
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = specs.map(({ help }, index) => `  ${(names[index] ?? "").padEnd(width)}${help}`);
  return `${head}\n\nFlags:\n${lines.join("\n")}\n  ${"-h, --help".padEnd(width)}this text\n`;
}

const VALUE_NAMES = { text: "string", list: "stringArray", csv: "strings", duration: "duration" } as const;
