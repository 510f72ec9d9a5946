import type { CallContext } from "../exec/context.ts";
import { parseGoInteger } from "../fmt/parse-number.ts";
import { fn, P, type Param } from "../functions/define.ts";
import { duration, formatDuration, parseDuration, roundDuration } from "../time/duration.ts";
import { parseTime } from "../time/parse.ts";
import { GoTime, TIME, timeOf, timeOfClock, zeroTime } from "../time/time.ts";
import { loadLocation, localLocation, UTC, type Location } from "../time/zone.ts";
import { STRING, type FunctionSet } from "../values/types.ts";
import { GoInt, GoPointer } from "../values/values.ts";

const TIME_PARAM: Param<GoTime> = { type: TIME };
const SECOND = 1_000_000_000n;
const DATE_ONLY = "2006-01-02";

const dateInZone = fn([P.string, P.any, P.string], STRING, (context, layout, value, zone) => {
  return shown(context, layout, value, zone);
});
const dateModify = fn([P.string, TIME_PARAM], TIME, (_, text, time) => {
  try {
    return time.add(parseDuration(text));
  } catch {
    return time;
  }
});
const mustDateModify = fn([P.string, TIME_PARAM], TIME, (_, text, time) => time.add(parseDuration(text)));

/** Dates of sprig. What is no date is now; a zone nobody knows is UTC. */
export const dateFunctions: FunctionSet = {
  now: fn([], TIME, (context) => now(context)),
  date: fn([P.string, P.any], STRING, (context, layout, value) => shown(context, layout, value, "Local")),
  dateInZone,
  date_in_zone: dateInZone,
  htmlDate: fn([P.any], STRING, (context, value) => shown(context, DATE_ONLY, value, "Local")),
  htmlDateInZone: fn([P.any, P.string], STRING, (context, value, zone) => shown(context, DATE_ONLY, value, zone)),
  dateModify,
  date_modify: dateModify,
  mustDateModify,
  must_date_modify: mustDateModify,
  toDate: fn([P.string, P.string], TIME, (context, layout, text) => {
    try {
      return parsed(context, layout, text);
    } catch {
      return zeroTime();
    }
  }),
  mustToDate: fn([P.string, P.string], TIME, (context, layout, text) => parsed(context, layout, text)),
  unixEpoch: fn([TIME_PARAM], STRING, (_, time) => String(time.seconds)),
  ago: fn([P.any], STRING, (context, value) => {
    const time = momentOf(context, value, ["int", "int64"]);
    return formatDuration(roundDuration(now(context).unixNanos() - time.unixNanos(), SECOND));
  }),
  duration: fn([P.any], STRING, (_, value) => formatDuration(durationOfSeconds(value))),
  durationRound: fn([P.any], STRING, (context, value) => roughDuration(roundable(context, value))),
};

function now(context: CallContext): GoTime {
  return timeOfClock(context.clock.now(), context.localZone);
}

function zoneOf(context: CallContext, name: string): Location {
  return name === "Local" ? localLocation(context.localZone) : (loadLocation(name) ?? UTC);
}

function shown(context: CallContext, layout: string, value: unknown, zone: string): string {
  const time = momentOf(context, value, ["int", "int32", "int64"]);
  return time.in(zoneOf(context, zone)).format(layout);
}

/** A time, or Unix seconds in one of these integer kinds; now for everything else, as sprig has it. */
function momentOf(context: CallContext, value: unknown, kinds: readonly string[]): GoTime {
  const isPointer = value instanceof GoPointer && kinds.length < 3;
  const time = isPointer ? undefined : timeOf(value);
  if (time !== undefined) return time;
  if (value instanceof GoInt && kinds.includes(value.type.name)) {
    return new GoTime(Number(value.value), 0, localLocation(context.localZone));
  }
  return now(context);
}

function parsed(context: CallContext, layout: string, text: string): GoTime {
  const { seconds, nanos, location } = parseTime(layout, text, localLocation(context.localZone));
  return new GoTime(seconds, nanos, location);
}

function durationOfSeconds(value: unknown): bigint {
  let seconds = 0n;
  if (typeof value === "string") seconds = parsedSeconds(value);
  else if (value instanceof GoInt && value.type.name === "int64") seconds = BigInt(value.value);
  return BigInt.asIntN(64, seconds * SECOND);
}

/** strconv.ParseInt with its error dropped: out of range is the nearest int64. */
function parsedSeconds(text: string): bigint {
  const value = parseGoInteger(text, 10);
  if (typeof value !== "bigint") return 0n;
  const max = (1n << 63n) - 1n;
  return value > max ? max : value < -max - 1n ? -max - 1n : value;
}

function roundable(context: CallContext, value: unknown): bigint {
  if (typeof value === "string") {
    try {
      return parseDuration(value);
    } catch {
      return 0n;
    }
  }
  if (value instanceof GoInt && value.type.name === "int64") return BigInt(value.value);
  return value instanceof GoTime ? BigInt(duration(now(context).unixNanos() - value.unixNanos()).value as bigint) : 0n;
}

const HOUR = 3600n * SECOND;
const UNITS: ReadonlyArray<readonly [size: bigint, name: string]> = [
  [HOUR * 24n * 365n, "y"],
  [HOUR * 24n * 30n, "mo"],
  [HOUR * 24n, "d"],
  [HOUR, "h"],
  [60n * SECOND, "m"],
  [SECOND, "s"],
];

/** The largest unit that fits more than once, without a sign. */
function roughDuration(value: bigint): string {
  const size = value < 0n ? -value : value;
  const unit = UNITS.find(([length]) => size > length);
  return unit === undefined ? "0s" : `${size / unit[0]}${unit[1]}`;
}
