const LAYOUT = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d{2}:\d{2})?)?$/;

/**
 * A time in YAML as Go's JSON writes it (RFC 3339, fraction without trailing zeros, UTC as Z): what v3 makes of plain times on the way
 * to JSON. `text` must be one that isTimestamp accepts.
 */
export function timestampJson(text: string): string {
  const match = LAYOUT.exec(text) as RegExpExecArray;
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const two = (part: string): string => part.padStart(2, "0");
  const digits = fraction.slice(0, 9).replace(/0+$/, "");
  const clock = `${two(hour)}:${two(minute)}:${two(second)}${digits === "" ? "" : `.${digits}`}`;
  return `${year}-${two(month)}-${two(day)}T${clock}${/^[-+]00:00$/.test(zone) ? "Z" : zone}`;
}
