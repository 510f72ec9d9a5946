import { GoError } from "../errors.ts";
import { BOOL, INT, INT64, INTEGER_TYPES, pointerTo, STRING, type GoMethod, type GoType } from "../values/types.ts";
import { GoNamed, GoPointer, GoTimeLike, int, int64 } from "../values/values.ts";
import { civilOf, secondsOf } from "./civil.ts";
import { duration, DURATION } from "./duration.ts";
import { formatTime, shownAt } from "./format.ts";
import { MONTHS, WEEKDAYS } from "./layout.ts";
import { inLocation } from "./parse.ts";
import { fixedZone, loadLocation, localLocation, UTC, type Location } from "./zone.ts";

const NANOS = 1_000_000_000;
/** Year 1 in Unix seconds: Go's zero time. */
const ZERO_SECONDS = -62_135_596_800;

function calendarType(name: string, names: readonly string[], first: number): GoType {
  const textOf = (value: unknown): string => {
    const number = Number((value as GoNamed).value);
    return names[number - first] ?? `%!${name}(${number})`;
  };
  const text: GoMethod = { params: [], isVariadic: false, returns: STRING, call: (_, self) => textOf(self) };
  return { kind: "int", name: `time.${name}`, text: textOf, methods: { String: text } };
}

const MONTH = calendarType("Month", MONTHS, 1);
const WEEKDAY = calendarType("Weekday", WEEKDAYS, 0);

const METHODS: Record<string, GoMethod> = {};

export const TIME: GoType = {
  kind: "struct",
  name: "time.Time",
  fields: [
    { name: "wall", type: INTEGER_TYPES.uint64 },
    { name: "ext", type: INT64 },
    { name: "loc", type: pointerTo({ kind: "struct", name: "time.Location" }) },
  ],
  methods: METHODS,
  text: (value) => (value as GoTime).toText(),
};

/** time.Time: a moment to the nanosecond, and the place whose clock shows it. */
export class GoTime extends GoTimeLike {
  readonly type = TIME;
  readonly seconds: number;
  readonly nanos: number;
  readonly location: Location;

  constructor(seconds: number, nanos: number, location: Location) {
    super();
    this.seconds = seconds;
    this.nanos = nanos;
    this.location = location;
  }

  format(layout: string): string {
    return formatTime(shownAt(this.seconds, this.nanos, this.location.at(this.seconds)), layout);
  }

  toText(): string {
    return this.format("2006-01-02 15:04:05.999999999 -0700 MST");
  }

  json(): string {
    const { year } = civilOf(this.seconds + this.location.at(this.seconds).offset);
    if (year < 0 || year > 9999) {
      throw new GoError(
        "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]",
      );
    }
    return this.format("2006-01-02T15:04:05.999999999Z07:00");
  }

  sameAs(other: GoTimeLike): boolean {
    return (
      other instanceof GoTime &&
      this.seconds === other.seconds &&
      this.nanos === other.nanos &&
      this.location.name === other.location.name
    );
  }

  in(location: Location): GoTime {
    return new GoTime(this.seconds, this.nanos, location);
  }

  /** Nanoseconds since 1970. */
  unixNanos(): bigint {
    return BigInt(this.seconds) * BigInt(NANOS) + BigInt(this.nanos);
  }

  add(nanoseconds: bigint): GoTime {
    return atNanos(this.unixNanos() + nanoseconds, this.location);
  }
}

function atNanos(total: bigint, location: Location): GoTime {
  const size = BigInt(NANOS);
  const nanos = ((total % size) + size) % size;
  return new GoTime(Number((total - nanos) / size), Number(nanos), location);
}

export function zeroTime(): GoTime {
  return new GoTime(ZERO_SECONDS, 0, UTC);
}

/** Go's now: the clock has milliseconds. */
export function timeOfClock(nowMs: number, localZone: string): GoTime {
  return atNanos(BigInt(Math.round(nowMs)) * 1_000_000n, localLocation(localZone));
}

/** A time.Time for template data; `offset` is Z, an offset like +02:00, or an IANA name. */
export function timeValue(unixSeconds: number, nanos = 0, offset = "Z"): GoTime {
  if (offset === "Z") return new GoTime(unixSeconds, nanos, UTC);
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
  if (hours === undefined) return new GoTime(unixSeconds, nanos, loadLocation(offset) ?? UTC);
  const seconds = (Number(hours) * 60 + Number(minutes)) * 60;
  return new GoTime(unixSeconds, nanos, fixedZone("", sign === "-" ? -seconds : seconds));
}

type Body = (self: GoTime, args: readonly unknown[], localZone: string) => unknown;

function method(params: readonly GoType[], returns: GoType, body: Body): GoMethod {
  return {
    params,
    isVariadic: false,
    returns,
    call: (context, self, args) => body(self as GoTime, args, context.localZone),
  };
}

function civil(self: GoTime): ReturnType<typeof civilOf> {
  return civilOf(self.seconds + self.location.at(self.seconds).offset);
}

function compared(self: GoTime, other: unknown): number {
  const difference = self.unixNanos() - (other as GoTime).unixNanos();
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function addDate(self: GoTime, years: number, months: number, days: number): GoTime {
  const { year, month, day, hour, minute, second } = civil(self);
  const clock = secondsOf(year + years, month + months, day + days, hour, minute, second);
  return new GoTime(inLocation(clock, self.location), self.nanos, self.location);
}

/** Truncation counts from year 1, as Go's does. */
function truncatedBy(self: GoTime, step: bigint): bigint {
  const sinceZero = self.unixNanos() - BigInt(ZERO_SECONDS) * BigInt(NANOS);
  return step <= 0n ? 0n : ((sinceZero % step) + step) % step;
}

function roundTo(self: GoTime, step: bigint): GoTime {
  const rest = truncatedBy(self, step);
  return rest + rest < step ? self.add(-rest) : self.add(step - rest);
}

function clampDuration(value: bigint): bigint {
  const max = (1n << 63n) - 1n;
  return value > max ? max : value < -max - 1n ? -max - 1n : value;
}

Object.assign(METHODS, {
  Format: method([STRING], STRING, (self, [layout]) => self.format(String(layout))),
  String: method([], STRING, (self) => self.toText()),
  Year: method([], INT, (self) => int(civil(self).year)),
  Month: method([], MONTH, (self) => new GoNamed(MONTH, civil(self).month)),
  Day: method([], INT, (self) => int(civil(self).day)),
  YearDay: method([], INT, (self) => int(civil(self).yearDay)),
  Weekday: method([], WEEKDAY, (self) => new GoNamed(WEEKDAY, civil(self).weekday)),
  Hour: method([], INT, (self) => int(civil(self).hour)),
  Minute: method([], INT, (self) => int(civil(self).minute)),
  Second: method([], INT, (self) => int(civil(self).second)),
  Nanosecond: method([], INT, (self) => int(self.nanos)),
  Unix: method([], INT64, (self) => int64(self.seconds)),
  UnixMilli: method([], INT64, (self) => int64(self.unixNanos() / 1_000_000n)),
  UnixMicro: method([], INT64, (self) => int64(self.unixNanos() / 1_000n)),
  UnixNano: method([], INT64, (self) => int64(self.unixNanos())),
  UTC: method([], TIME, (self) => self.in(UTC)),
  Local: method([], TIME, (self, _, localZone) => self.in(localLocation(localZone))),
  IsZero: method([], BOOL, (self) => self.seconds === ZERO_SECONDS && self.nanos === 0),
  IsDST: method([], BOOL, (self) => isDaylightTime(self)),
  Add: method([DURATION], TIME, (self, [by]) => self.add(BigInt(by as number))),
  Sub: method([TIME], DURATION, (self, [other]) => {
    return duration(clampDuration(self.unixNanos() - (other as GoTime).unixNanos()));
  }),
  AddDate: method([INT, INT, INT], TIME, (self, [years, months, days]) => {
    return addDate(self, Number(years), Number(months), Number(days));
  }),
  After: method([TIME], BOOL, (self, [other]) => compared(self, other) > 0),
  Before: method([TIME], BOOL, (self, [other]) => compared(self, other) < 0),
  Equal: method([TIME], BOOL, (self, [other]) => compared(self, other) === 0),
  Compare: method([TIME], INT, (self, [other]) => int(compared(self, other))),
  Truncate: method([DURATION], TIME, (self, [by]) => self.add(-truncatedBy(self, BigInt(by as number)))),
  Round: method([DURATION], TIME, (self, [by]) => roundTo(self, BigInt(by as number))),
} satisfies Record<string, GoMethod>);

/** Daylight time is the larger of the offsets half a year apart. */
function isDaylightTime(self: GoTime): boolean {
  const here = self.location.at(self.seconds).offset;
  const half = 182 * 86_400;
  return here > Math.min(self.location.at(self.seconds - half).offset, self.location.at(self.seconds + half).offset);
}

/** The time a value is, pointers followed; undefined for anything else. */
export function timeOf(value: unknown): GoTime | undefined {
  const target = value instanceof GoPointer ? value.target : value;
  return target instanceof GoTime ? target : undefined;
}
