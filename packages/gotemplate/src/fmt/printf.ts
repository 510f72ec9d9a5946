import { integerValue, kindOf } from "../values/reflect.ts";
import { rejoin } from "../values/text.ts";
import { noFlags } from "./flags.ts";
import { Printer, type Spend } from "./printer.ts";

/** fmt refuses widths, precisions and argument numbers beyond this. */
const NUMBER_MAX = 1_000_000;

/** fmt.Sprint: operands by %v, a space between two of them when neither is a string. */
export function sprint(args: readonly unknown[], spend: Spend): string {
  const first = args[0];
  if (args.length === 1 && typeof first === "string") return first;
  const printer = new Printer(spend);
  let previousIsString = false;
  for (const [index, arg] of args.entries()) {
    const isString = kindOf(arg) === "string";
    if (index > 0 && !isString && !previousIsString) printer.out += " ";
    printer.printArg(arg, "v");
    previousIsString = isString;
  }
  return rejoin(printer.out);
}

/** fmt.Sprintln: spaces between all operands, and a newline. */
export function sprintln(args: readonly unknown[], spend: Spend): string {
  const printer = new Printer(spend);
  for (const [index, arg] of args.entries()) {
    if (index > 0) printer.out += " ";
    printer.printArg(arg, "v");
  }
  return `${rejoin(printer.out)}\n`;
}

/** fmt.Sprintf, with everything fmt says about verbs and operands that do not fit. */
export function sprintf(format: string, args: readonly unknown[], spend: Spend): string {
  if (!format.includes("%") && args.length === 0) return format;
  return rejoin(new Formatter(format, args, spend).run());
}

class Formatter {
  readonly #format: string;
  readonly #args: readonly unknown[];
  readonly #printer: Printer;
  #at = 0;
  #argNumber = 0;
  #isReordered = false;
  #isArgNumberGood = true;
  /** The item before was an index like [3]. */
  #isAfterIndex = false;

  constructor(format: string, args: readonly unknown[], spend: Spend) {
    this.#format = format;
    this.#args = args;
    this.#printer = new Printer(spend);
  }

  run(): string {
    const format = this.#format;
    while (this.#at < format.length) {
      const percent = format.indexOf("%", this.#at);
      const end = percent < 0 ? format.length : percent;
      this.#printer.out += format.slice(this.#at, end);
      this.#at = end;
      if (percent < 0) break;
      this.#at++;
      this.#isArgNumberGood = true;
      this.#isAfterIndex = false;
      if (!this.#verb()) break;
    }
    if (!this.#isReordered && this.#argNumber < this.#args.length) this.#extra();
    return this.#printer.out;
  }

  /** One verb with its flags; false at the end of the format. */
  #verb(): boolean {
    const { flags } = this.#printer;
    Object.assign(flags, noFlags());
    if (this.#flags()) return true;
    this.#argIndex();
    this.#width();
    this.#precision();
    if (!this.#isAfterIndex) this.#argIndex();
    const rune = this.#format.codePointAt(this.#at);
    if (rune === undefined) {
      this.#printer.out += "%!(NOVERB)";
      return false;
    }
    const verb = String.fromCodePoint(rune);
    this.#at += verb.length;
    if (verb === "%") this.#printer.out += "%";
    else if (!this.#isArgNumberGood) this.#printer.out += `%!${verb}(BADINDEX)`;
    else if (this.#argNumber >= this.#args.length) this.#printer.out += `%!${verb}(MISSING)`;
    else this.#print(verb);
    return true;
  }

  #print(verb: string): void {
    const { flags } = this.#printer;
    if (verb === "v" || verb === "w") {
      flags.sharpV = flags.sharp;
      flags.sharp = false;
      flags.plusV = flags.plus;
      flags.plus = false;
    }
    this.#printer.printArg(this.#args[this.#argNumber++], verb);
  }

  /** Reads flags; true when a plain lower-case verb followed at once and is done. */
  #flags(): boolean {
    const { flags } = this.#printer;
    for (; this.#at < this.#format.length; this.#at++) {
      const char = this.#format.charAt(this.#at);
      if (char === "#") flags.sharp = true;
      else if (char === "0") flags.zero = true;
      else if (char === "+") flags.plus = true;
      else if (char === "-") flags.minus = true;
      else if (char === " ") flags.space = true;
      else if (char >= "a" && char <= "z" && this.#argNumber < this.#args.length) {
        this.#at++;
        this.#print(char);
        return true;
      } else return false;
    }
    return false;
  }

  #width(): void {
    const { flags } = this.#printer;
    if (this.#format[this.#at] !== "*") {
      flags.width = this.#number();
      if (this.#isAfterIndex && flags.width !== undefined) this.#isArgNumberGood = false;
      return;
    }
    this.#at++;
    flags.width = this.#intArg();
    if (flags.width === undefined) this.#printer.out += "%!(BADWIDTH)";
    else if (flags.width < 0) {
      flags.width = -flags.width;
      flags.minus = true;
      flags.zero = false;
    }
    this.#isAfterIndex = false;
  }

  #precision(): void {
    const { flags } = this.#printer;
    // A point at the very end is no precision but the verb.
    if (this.#format[this.#at] !== "." || this.#at + 1 >= this.#format.length) return;
    this.#at++;
    if (this.#isAfterIndex) this.#isArgNumberGood = false;
    this.#argIndex();
    if (this.#format[this.#at] !== "*") {
      flags.precision = this.#number() ?? 0;
      return;
    }
    this.#at++;
    flags.precision = this.#intArg();
    if (flags.precision !== undefined && flags.precision < 0) flags.precision = undefined;
    if (flags.precision === undefined) this.#printer.out += "%!(BADPREC)";
    this.#isAfterIndex = false;
  }

  #number(): number | undefined {
    const digits = /^[0-9]+/.exec(this.#format.slice(this.#at, this.#at + 8))?.[0];
    if (digits === undefined) return undefined;
    // A crazy long number ends the format, as in Go.
    if (Number(digits.slice(0, -1)) > NUMBER_MAX) {
      this.#at = this.#format.length;
      return undefined;
    }
    this.#at += digits.length;
    return Number(digits);
  }

  #intArg(): number | undefined {
    if (this.#argNumber >= this.#args.length) return undefined;
    const value = integerValue(this.#args[this.#argNumber++]);
    const number = value === undefined ? undefined : Number(value);
    return number === undefined || Math.abs(number) > NUMBER_MAX ? undefined : number;
  }

  /** An explicit argument index, `[2]`. */
  #argIndex(): void {
    this.#isAfterIndex = false;
    if (this.#format[this.#at] !== "[") return;
    this.#isReordered = true;
    const rest = this.#format.slice(this.#at);
    const close = rest.length < 3 ? -1 : rest.indexOf("]", 1);
    if (close < 0) {
      this.#isArgNumberGood = false;
      this.#at++;
      return;
    }
    this.#at += close + 1;
    const inside = rest.slice(1, close);
    const isNumber = /^[0-9]+$/.test(inside);
    const index = isNumber ? Number(inside) - 1 : -1;
    this.#isAfterIndex = isNumber;
    if (isNumber && index >= 0 && index < this.#args.length) this.#argNumber = index;
    else this.#isArgNumberGood = false;
  }

  #extra(): void {
    Object.assign(this.#printer.flags, noFlags());
    this.#printer.out += "%!(EXTRA ";
    for (const [index, arg] of this.#args.slice(this.#argNumber).entries()) {
      if (index > 0) this.#printer.out += ", ";
      if (arg == null) this.#printer.out += "<nil>";
      else {
        this.#printer.printArg(arg, "T");
        this.#printer.out += "=";
        this.#printer.printArg(arg, "v");
      }
    }
    this.#printer.out += ")";
  }
}
