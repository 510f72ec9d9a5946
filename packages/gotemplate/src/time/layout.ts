/** One piece of a layout: the text before it, and which element it is. */
export interface LayoutChunk {
  readonly prefix: string;
  /** The element as it stands in the layout; undefined at the end. */
  readonly element: string | undefined;
  readonly suffix: string;
}

/** Elements in the order Go tries them at one place: longer ones before those they begin with. */
const ELEMENT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?![0-9])/g;

/** Go's nextStdChunk: the first element of a layout. `_2006` is an underscore and a year. */
export function nextChunk(layout: string): LayoutChunk {
  ELEMENT.lastIndex = 0;
  const match = ELEMENT.exec(layout);
  if (match === null) return { prefix: layout, element: undefined, suffix: "" };
  const [element] = match;
  return { prefix: layout.slice(0, match.index), element, suffix: layout.slice(match.index + element.length) };
}

export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** How a zone offset element is written. */
export interface OffsetStyle {
  /** Z for an offset of zero. */
  readonly usesZ: boolean;
  readonly hasColon: boolean;
  readonly hasMinutes: boolean;
  readonly hasSeconds: boolean;
}

export function offsetStyle(element: string): OffsetStyle | undefined {
  if (!/^[-Z]0/.test(element)) return undefined;
  const digits = element.replace(/[^0-9]/g, "").length;
  return {
    usesZ: element.startsWith("Z"),
    hasColon: element.includes(":"),
    hasMinutes: digits >= 4,
    hasSeconds: digits >= 6,
  };
}
