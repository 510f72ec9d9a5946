import { GoError } from "../errors.ts";
import { daysInMonth, isLeapYear, secondsOf } from "./civil.ts";
import { quoteTime } from "./duration.ts";
import { MONTHS, nextChunk, offsetStyle, WEEKDAYS, type OffsetStyle } from "./layout.ts";
import { fixedZone, UTC, type Location } from "./zone.ts";

/** A moment and the place it was given in. */
export interface ParsedTime {
  readonly seconds: number;
  readonly nanos: number;
  readonly location: Location;
}

/** What the elements read so far say. Month, day and day of the year are -1 until one says so. */
interface Fields {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  half: "am" | "pm" | undefined;
  isUtc: boolean;
  offset: number | undefined;
  zoneName: string;
}

/** A value that does not fit its element. */
class Misfit extends Error {}
/** A number that fits the form and not the range. */
class OutOfRange extends Error {}

/** time.ParseInLocation. @throws GoError with Go's words */
export function parseTime(layout: string, value: string, location: Location): ParsedTime {
  const reader = new Reader(layout, value);
  reader.run();
  return placed(reader.fields, dated(reader), location);
}

class Reader {
  readonly layout: string;
  readonly value: string;
  readonly fields: Fields = {
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    half: undefined,
    isUtc: false,
    offset: undefined,
    zoneName: "",
  };
  /** What is left of the value. */
  rest: string;

  constructor(layout: string, value: string) {
    this.layout = layout;
    this.value = value;
    this.rest = value;
  }

  run(): void {
    let layout = this.layout;
    for (;;) {
      const { prefix, element, suffix } = nextChunk(layout);
      this.#skip(prefix);
      if (element === undefined) {
        if (this.rest !== "") throw this.fault(`: extra text: ${quoteTime(this.rest)}`);
        return;
      }
      layout = suffix;
      const held = this.rest;
      try {
        this.#element(element, layout);
      } catch (error) {
        if (error instanceof OutOfRange) throw this.fault(`: ${error.message} out of range`);
        if (error instanceof Misfit) throw this.#misfit(held, element);
        throw error;
      }
    }
  }

  fault(message: string): GoError {
    return new GoError(`parsing time ${quoteTime(this.value)}${message}`);
  }

  #misfit(held: string, element: string): GoError {
    return this.fault(` as ${quoteTime(this.layout)}: cannot parse ${quoteTime(held)} as ${quoteTime(element)}`);
  }

  /** Text between elements must be there as it is, but for runs of spaces. */
  #skip(prefix: string): void {
    let wanted = prefix;
    while (wanted !== "") {
      if (wanted.startsWith(" ")) {
        if (this.rest !== "" && !this.rest.startsWith(" ")) throw this.#misfit(this.rest, prefix);
        wanted = wanted.replace(/^ +/, "");
        this.rest = this.rest.replace(/^ +/, "");
        continue;
      }
      if (this.rest === "" || this.rest[0] !== wanted[0]) throw this.#misfit(this.rest, prefix);
      wanted = wanted.slice(1);
      this.rest = this.rest.slice(1);
    }
  }

  /** Takes what the pattern, anchored at the start, matches. */
  #take(pattern: RegExp): string {
    const found = pattern.exec(this.rest)?.[0];
    if (found === undefined) throw new Misfit();
    this.rest = this.rest.slice(found.length);
    return found;
  }

  /** One or two digits; exactly two where the element has a leading zero. */
  #number(isFixed: boolean): number {
    return Number(this.#take(isFixed ? /^[0-9]{2}/ : /^[0-9]{1,2}/));
  }

  #ranged(isFixed: boolean, name: string, max: number): number {
    const value = this.#number(isFixed);
    if (value > max) throw new OutOfRange(name);
    return value;
  }

  #word(words: readonly string[], length?: number): number {
    const names = words.map((word) => word.slice(0, length).toLowerCase());
    const index = names.findIndex((name) => this.rest.slice(0, name.length).toLowerCase() === name);
    if (index < 0) throw new Misfit();
    this.rest = this.rest.slice((names[index] ?? "").length);
    return index;
  }

  #element(element: string, following: string): void {
    const { fields } = this;
    const style = offsetStyle(element);
    if (style !== undefined) {
      this.#offset(style);
      return;
    }
    switch (element) {
      case "06": {
        const year = Number(this.#take(/^[0-9]{2}/));
        fields.year = year >= 69 ? year + 1900 : year + 2000;
        return;
      }
      case "2006":
        fields.year = Number(this.#take(/^[0-9]{4}/));
        return;
      case "January":
        fields.month = this.#word(MONTHS) + 1;
        return;
      case "Jan":
        fields.month = this.#word(MONTHS, 3) + 1;
        return;
      case "1":
      case "01":
        fields.month = this.#number(element === "01");
        if (fields.month === 0 || fields.month > 12) throw new OutOfRange("month");
        return;
      case "Monday":
        this.#word(WEEKDAYS);
        return;
      case "Mon":
        this.#word(WEEKDAYS, 3);
        return;
      default:
        this.#dayOrClock(element, following);
    }
  }

  #dayOrClock(element: string, following: string): void {
    const { fields } = this;
    switch (element) {
      case "2":
      case "_2":
      case "02":
        if (element === "_2") this.rest = this.rest.replace(/^ /, "");
        fields.day = this.#number(element === "02");
        return;
      case "__2":
      case "002":
        if (element === "__2") this.rest = this.rest.replace(/^ {1,2}/, "");
        fields.yearDay = Number(this.#take(element === "002" ? /^[0-9]{3}/ : /^[0-9]{1,3}/));
        return;
      case "15":
        fields.hour = this.#ranged(false, "hour", 23);
        return;
      case "3":
      case "03":
        fields.hour = this.#ranged(element === "03", "hour", 12);
        return;
      case "4":
      case "04":
        fields.minute = this.#ranged(element === "04", "minute", 59);
        return;
      case "5":
      case "05":
        this.#seconds(element, following);
        return;
      case "PM":
      case "pm":
        fields.half = this.#take(element === "PM" ? /^(?:AM|PM)/ : /^(?:am|pm)/).toLowerCase() as "am" | "pm";
        return;
      case "MST":
        this.#zoneName();
        return;
      default:
        this.#fraction(element);
    }
  }

  /** A fraction may follow the seconds though the layout has none. */
  #seconds(element: string, following: string): void {
    this.fields.second = this.#ranged(element === "05", "second", 59);
    if (!/^[.,][0-9]/.test(this.rest)) return;
    const next = nextChunk(following).element ?? "";
    if (/^[.,]/.test(next)) return;
    this.#nanos(this.#take(/^[.,][0-9]+/));
  }

  #fraction(element: string): void {
    if (element[1] === "0") this.#nanos(this.#take(new RegExp(`^[.,][0-9]{${element.length - 1}}`)));
    else if (/^[.,][0-9]/.test(this.rest)) this.#nanos(this.#take(/^[.,][0-9]+/));
  }

  #nanos(text: string): void {
    this.fields.nanos = Number(text.slice(1, 10).padEnd(9, "0"));
  }

  #offset(style: OffsetStyle): void {
    if (style.usesZ && this.rest.startsWith("Z")) {
      this.rest = this.rest.slice(1);
      this.fields.isUtc = true;
      return;
    }
    const colon = style.hasColon ? ":" : "";
    const part = `${colon}([0-9]{2})`;
    const pattern = new RegExp(`^([-+])([0-9]{2})${style.hasMinutes ? part : "()"}${style.hasSeconds ? part : "()"}`);
    const [whole, sign, hours = "0", minutes = "0", seconds = "0"] = pattern.exec(this.rest) ?? [];
    if (whole === undefined) throw new Misfit();
    this.rest = this.rest.slice(whole.length);
    if (Number(hours) > 24) throw new OutOfRange("time zone offset hour");
    if (Number(minutes) > 60) throw new OutOfRange("time zone offset minute");
    if (Number(seconds) > 60) throw new OutOfRange("time zone offset second");
    const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    this.fields.offset = sign === "-" ? -offset : offset;
  }

  #zoneName(): void {
    if (this.rest.startsWith("UTC")) {
      this.rest = this.rest.slice(3);
      this.fields.isUtc = true;
      return;
    }
    this.fields.zoneName = this.#take(
      /^(?:ChST|MeST|GMT(?:[-+](?:0*(?:1?[0-9]|2[0-3]))(?![0-9]))?|[-+](?:0*(?:1?[0-9]|2[0-3]))(?![0-9])|WITA(?![A-Z])|[A-Z]{3}T(?![A-Z])|[A-Z]{4}T(?![A-Z])|[A-Z]{3}(?![A-Z]))/,
    );
  }
}

/** Year, month and day, from a day of the year where one was given. */
function dated(reader: Reader): { year: number; month: number; day: number } {
  const { fields } = reader;
  const { year } = fields;
  let { month, day } = fields;
  if (fields.yearDay >= 0) {
    const last = isLeapYear(year) ? 366 : 365;
    if (fields.yearDay < 1 || fields.yearDay > last) throw reader.fault(": day-of-year out of range");
    let left = fields.yearDay;
    let found = 1;
    while (left > daysInMonth(year, found)) left -= daysInMonth(year, found++);
    if (month >= 0 && month !== found) throw reader.fault(": day-of-year does not match month");
    if (day >= 0 && day !== left) throw reader.fault(": day-of-year does not match day");
    return { year, month: found, day: left };
  }
  if (month < 0) month = 1;
  if (day < 0) day = 1;
  if (day < 1 || day > daysInMonth(year, month)) throw reader.fault(": day out of range");
  return { year, month, day };
}

function placed(
  fields: Fields,
  { year, month, day }: { year: number; month: number; day: number },
  location: Location,
): ParsedTime {
  let { hour } = fields;
  if (fields.half === "pm" && hour < 12) hour += 12;
  else if (fields.half === "am" && hour === 12) hour = 0;
  const clock = secondsOf(year, month, day, hour, fields.minute, fields.second);
  const { nanos, zoneName } = fields;
  if (fields.isUtc) return { seconds: clock, nanos, location: UTC };
  if (fields.offset !== undefined) {
    const seconds = clock - fields.offset;
    const here = location.at(seconds);
    const isLocal = here.offset === fields.offset && (zoneName === "" || here.abbreviation === zoneName);
    return { seconds, nanos, location: isLocal ? location : fixedZone(zoneName, fields.offset) };
  }
  if (zoneName !== "") {
    const known = location.offsetOf(zoneName, clock);
    if (known !== undefined) return { seconds: clock - known, nanos, location };
    const offset = /^GMT[-+]/.test(zoneName) ? Number(zoneName.slice(3)) * 3600 : 0;
    // Go does not move the clock for a zone made up here: the offset is only shown.
    return { seconds: clock, nanos, location: fixedZone(zoneName, offset) };
  }
  return { seconds: inLocation(clock, location), nanos, location };
}

/** The moment a place's clock shows this; in a gap or overlap one of the two, as Go guesses. */
export function inLocation(clock: number, location: Location): number {
  const { offset } = location.at(clock);
  return offset === 0 ? clock : clock - location.at(clock - offset).offset;
}
