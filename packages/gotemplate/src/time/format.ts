import { civilOf, type Civil } from "./civil.ts";
import { MONTHS, nextChunk, offsetStyle, WEEKDAYS } from "./layout.ts";
import type { ZoneTime } from "./zone.ts";

/** A moment as its clock shows it. */
export interface Shown {
  readonly civil: Civil;
  readonly nanos: number;
  readonly zone: ZoneTime;
}

export function shownAt(seconds: number, nanos: number, zone: ZoneTime): Shown {
  return { civil: civilOf(seconds + zone.offset), nanos, zone };
}

/** Time.Format: a layout written for Mon Jan 2 15:04:05 MST 2006. */
export function formatTime(shown: Shown, layout: string): string {
  let text = "";
  let rest = layout;
  while (rest !== "") {
    const { prefix, element, suffix } = nextChunk(rest);
    text += prefix;
    if (element === undefined) break;
    text += formatElement(shown, element);
    rest = suffix;
  }
  return text;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function formatElement(shown: Shown, element: string): string {
  const { civil, nanos, zone } = shown;
  const style = offsetStyle(element);
  if (style !== undefined) return style.usesZ && zone.offset === 0 ? "Z" : formatOffset(zone.offset, style);
  const hour12 = civil.hour % 12 === 0 ? 12 : civil.hour % 12;
  switch (element) {
    case "January":
      return MONTHS[civil.month - 1] ?? "";
    case "Jan":
      return (MONTHS[civil.month - 1] ?? "").slice(0, 3);
    case "1":
      return String(civil.month);
    case "01":
      return two(civil.month);
    case "Monday":
      return WEEKDAYS[civil.weekday] ?? "";
    case "Mon":
      return (WEEKDAYS[civil.weekday] ?? "").slice(0, 3);
    case "2":
      return String(civil.day);
    case "_2":
      return String(civil.day).padStart(2, " ");
    case "02":
      return two(civil.day);
    case "__2":
      return String(civil.yearDay).padStart(3, " ");
    case "002":
      return String(civil.yearDay).padStart(3, "0");
    case "15":
      return two(civil.hour);
    case "3":
      return String(hour12);
    case "03":
      return two(hour12);
    case "4":
      return String(civil.minute);
    case "04":
      return two(civil.minute);
    case "5":
      return String(civil.second);
    case "05":
      return two(civil.second);
    case "2006":
      return (civil.year < 0 ? "-" : "") + String(Math.abs(civil.year)).padStart(4, "0");
    case "06":
      return two(Math.abs(civil.year) % 100);
    case "PM":
      return civil.hour >= 12 ? "PM" : "AM";
    case "pm":
      return civil.hour >= 12 ? "pm" : "am";
    case "MST":
      return zone.abbreviation === ""
        ? formatOffset(zone.offset, { hasColon: false, hasMinutes: true, hasSeconds: false })
        : zone.abbreviation;
    default:
      return formatFraction(nanos, element);
  }
}

function formatOffset(
  offset: number,
  style: { readonly hasColon: boolean; readonly hasMinutes: boolean; readonly hasSeconds: boolean },
): string {
  const minutes = Math.trunc(offset / 60);
  const colon = style.hasColon ? ":" : "";
  const sign = minutes < 0 ? "-" : "+";
  const absolute = Math.abs(minutes);
  const seconds = (minutes < 0 ? -offset : offset) % 60;
  return (
    sign +
    two(Math.floor(absolute / 60)) +
    (style.hasMinutes ? colon + two(absolute % 60) : "") +
    (style.hasSeconds ? colon + two(seconds) : "")
  );
}

/** `.000` keeps trailing zeros, `.999` drops them, and the point with the last. */
function formatFraction(nanos: number, element: string): string {
  const digits = String(nanos)
    .padStart(9, "0")
    .slice(0, element.length - 1);
  if (element[1] === "0") return element.charAt(0) + digits;
  const short = digits.replace(/0+$/, "");
  return short === "" ? "" : element.charAt(0) + short;
}
