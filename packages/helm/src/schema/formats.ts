import { isIPv6 } from "node:net";
import { goQuote } from "@fairlead/gotemplate";

/** What is wrong with a text of this format, in the words of the library that Helm uses; undefined where nothing is. */
type Format = (text: string) => string | undefined;

const FORMATS: Readonly<Record<string, Format>> = {
  "json-pointer": pointer,
  "relative-json-pointer": relativePointer,
  uuid,
  duration,
  period,
  ipv4,
  ipv6,
  hostname,
  email,
  date,
  time,
  "date-time": dateTime,
  uri,
  iri: uri,
  "uri-reference": uriReference,
  "iri-reference": uriReference,
  "uri-template": uriTemplate,
  semver,
};

/** Formats that are not known say nothing. */
export function formatFault(format: string, text: string): string | undefined {
  return Object.hasOwn(FORMATS, format) ? FORMATS[format]?.(text) : undefined;
}

function quoteCharacter(character: string): string {
  return character === "'" ? "'\\''" : `'${goQuote(character).slice(1, -1).replaceAll('\\"', '"')}'`;
}

function badCharacter(text: string, allowed: RegExp): string | undefined {
  const found = Array.from(text).find((character) => !allowed.test(character));
  return found === undefined ? undefined : `invalid character ${quoteCharacter(found)}`;
}

function pointer(text: string): string | undefined {
  if (text === "") return undefined;
  if (!text.startsWith("/")) return "not starting with /";
  return /~(?![01])/.test(text) ? "~ must be followed by 0 or 1" : undefined;
}

function relativePointer(text: string): string | undefined {
  const digits = /^\d*/.exec(text)?.[0] ?? "";
  if (digits === "") return "must start with non-negative integer";
  if (digits.length > 1 && digits.startsWith("0")) return "starts with zero";
  const rest = text.slice(digits.length);
  return rest === "#" ? undefined : pointer(rest);
}

function uuid(text: string): string | undefined {
  const lengths = [8, 4, 4, 4, 12];
  const groups = text.split("-");
  if (groups.length !== lengths.length) return `must have ${lengths.length} elements`;
  for (const [index, group] of groups.entries()) {
    if (group.length !== lengths[index]) return `element ${index + 1} must be ${lengths[index]} characters long`;
    const bad = Array.from(group).find((character) => !/[0-9a-fA-F]/.test(character));
    if (bad !== undefined) return `non-hex character ${quoteCharacter(bad)}`;
  }
  return undefined;
}

function duration(text: string): string | undefined {
  if (!text.startsWith("P")) return "must start with P";
  const body = text.slice(1);
  if (body === "") return "nothing after P";
  if (body.endsWith("W")) {
    const week = body.slice(0, -1);
    return week === "" ? "no number in week" : /^\d+$/.test(week) ? undefined : "invalid week";
  }
  const parts = body.split("T");
  for (const [index, part] of parts.entries()) {
    if (index > 0 && part === "") return "no time elements";
    const units = ["YMD", "HMS"][index];
    if (units === undefined) return "more than one T";
    const fault = durationPart(part, units);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function durationPart(part: string, all: string): string | undefined {
  let units = all;
  for (let rest = part; rest !== "";) {
    const digits = /^\d*/.exec(rest)?.[0] ?? "";
    if (digits === "") return "missing number";
    const unit = rest[digits.length];
    if (unit === undefined) return "missing unit";
    const at = units.indexOf(unit);
    if (at < 0)
      return all.includes(unit) ? `unit ${quoteCharacter(unit)} out of order` : `invalid unit ${quoteCharacter(unit)}`;
    units = units.slice(at + 1);
    rest = rest.slice(digits.length + 1);
  }
  return undefined;
}

function period(text: string): string | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return "missing slash";
  const [start, end] = [text.slice(0, slash), text.slice(slash + 1)];
  const check = (part: string, which: string): string | undefined => {
    const isDuration = part.startsWith("P");
    const fault = isDuration ? duration(part) : dateTime(part);
    return fault && `invalid ${which} ${isDuration ? "duration" : "date-time"}: ${fault}`;
  };
  if (!start.startsWith("P")) return check(start, "start") ?? check(end, "end");
  const fault = dateTime(end);
  return check(start, "start") ?? (fault && `invalid end date-time: ${fault}`);
}

function ipv4(text: string): string | undefined {
  const groups = text.split(".");
  if (groups.length !== 4) return "expected four decimals";
  for (const group of groups) {
    if (group.length > 1 && group.startsWith("0")) return "leading zeros";
    if (!/^[+-]?\d+$/.test(group)) return `strconv.Atoi: parsing ${goQuote(group)}: invalid syntax`;
    if (Number(group) < 0 || Number(group) > 255) return "decimal must be between 0 and 255";
  }
  return undefined;
}

function ipv6(text: string): string | undefined {
  if (!text.includes(":")) return "missing colon";
  if (text.includes("%")) return "zone id is not a part of ipv6 address";
  return isIPv6(text) ? undefined : `ParseAddr(${goQuote(text)}): unable to parse IP`;
}

function hostname(text: string): string | undefined {
  const name = text.replace(/\.$/, "");
  if (Buffer.byteLength(name) > 253) return "more than 253 characters long";
  for (const label of name.split(".")) {
    if (label.length < 1 || Buffer.byteLength(label) > 63) return "label must be 1 to 63 characters long";
    if (label.startsWith("-")) return "label starts with hyphen";
    if (label.endsWith("-")) return "label ends with hyphen";
    const fault = badCharacter(label, /[a-zA-Z0-9-]/);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function email(text: string): string | undefined {
  if (Buffer.byteLength(text) > 254) return "more than 255 characters long";
  const at = text.lastIndexOf("@");
  if (at < 0) return "missing @";
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  if (Buffer.byteLength(local) > 64) return "local part more than 64 characters long";
  const fault = localPart(local);
  if (fault !== undefined) return fault;
  if (!domain.startsWith("[") || !domain.endsWith("]")) {
    const inner = hostname(domain);
    return inner && `invalid domain: ${inner}`;
  }
  const address = domain.slice(1, -1);
  const inner = address.startsWith("IPv6:") ? ipv6(address.slice(5)) : ipv4(address);
  return inner && `invalid ${address.startsWith("IPv6:") ? "ipv6" : "ipv4"} address: ${inner}`;
}

function localPart(local: string): string | undefined {
  if (local.length > 1 && local.startsWith('"'))
    return /[\\"]/.test(local.slice(1, -1))
      ? "backslash and quote are not allowed within quoted local part"
      : undefined;
  if (local.startsWith(".")) return "starts with dot";
  if (local.endsWith(".")) return "ends with dot";
  if (local.includes("..")) return "consecutive dots";
  return badCharacter(local, /[a-zA-Z0-9.!#$%&'*+\-/=?^_`{|}~]/);
}

/** Go's time.Parse tells where it stopped reading. */
function date(text: string): string | undefined {
  const tell = (rest: string, part: string): string =>
    `parsing time ${goQuote(text)} as "2006-01-02": cannot parse ${goQuote(rest)} as ${goQuote(part)}`;
  const [, year, dash, month, second, day, extra = ""] = /^(\d{4})?(-)?(\d{2})?(-)?(\d{2})?([^]*)$/.exec(text) ?? [];
  if (year === undefined) return tell(text, "2006");
  if (dash === undefined) return tell(text.slice(4), "-");
  if (month === undefined) return tell(text.slice(5), "01");
  if (second === undefined) return tell(text.slice(7), "-");
  if (day === undefined) return tell(text.slice(8), "02");
  const isOut = (what: string): string => `parsing time ${goQuote(text)}: ${what} out of range`;
  if (Number(month) < 1 || Number(month) > 12) return isOut("month");
  if (extra !== "") return `parsing time ${goQuote(text)}: extra text: ${goQuote(extra)}`;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) < 1 || Number(day) > days ? isOut("day") : undefined;
}

function time(text: string): string | undefined {
  if (text.length < 9) return "less than 9 characters long";
  if (text[2] !== ":" || text[5] !== ":") return "missing colon in correct place";
  const [hour, minute, second] = [text.slice(0, 2), text.slice(3, 5), text.slice(6, 8)] as const;
  if (![hour, minute, second].every((part) => /^[+-]?\d+$/.test(part))) return "invalid hour/min/sec";
  if ([hour, minute, second].some((part) => Number(part) < 0)) return "non-positive hour/min/sec";
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return "hour/min/sec out of range";
  let rest = text.slice(8);
  if (rest.startsWith(".")) {
    const digits = /^\d*/.exec(rest.slice(1))?.[0] ?? "";
    if (digits === "") return "no digits in second fraction";
    rest = rest.slice(1 + digits.length);
  }
  const offset = /^[zZ]$/.test(rest) ? 0 : offsetMinutes(rest);
  if (typeof offset === "string") return offset;
  const minutes = (Number(hour) * 60 + Number(minute) + offset + 1440) % 1440;
  return Number(second) >= 60 && minutes !== 1439 ? "invalid leap second" : undefined;
}

/** What to add to come to UTC, or why it cannot be read. */
function offsetMinutes(text: string): number | string {
  if (text.length !== 6) return "offset must be 6 characters long";
  if (!/^[+-]/.test(text)) return "offset must begin with plus/minus";
  if (text[3] !== ":") return "missing colon in offset in correct place";
  const [hours, minutes] = [text.slice(1, 3), text.slice(4, 6)];
  if (!/^[+-]?\d+$/.test(hours) || !/^[+-]?\d+$/.test(minutes)) return "invalid hour/min in offset";
  if (Number(hours) < 0 || Number(minutes) < 0) return "non-positive hour/min in offset";
  if (Number(hours) > 23 || Number(minutes) > 59) return "hour/min in offset out of range";
  return (text.startsWith("+") ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function dateTime(text: string): string | undefined {
  if (text.length < 20) return "less than 20 characters long";
  if (!/[tT]/.test(text[10] ?? "")) return "11th character must be t or T";
  const day = date(text.slice(0, 10));
  if (day !== undefined) return `invalid date element: ${day}`;
  const clock = time(text.slice(11));
  return clock && `invalid time element: ${clock}`;
}

/** Only what Go's net/url refuses. */
function urlFault(text: string): string | undefined {
  const tell = (why: string): string => `parse ${goQuote(text)}: ${why}`;
  // eslint-disable-next-line no-control-regex -- what Go refuses
  if (/[\u0000-\u001f\u007f]/.test(text)) return tell("net/url: invalid control character in URL");
  if (text.startsWith(":")) return tell("missing protocol scheme");
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text.replace(/\?.*$/s, ""));
  if (bad) return tell(`invalid URL escape ${goQuote(bad[0])}`);
  const host = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?\/\/([^/?#]*)/.exec(text)?.[1] ?? "";
  const space = / /.exec(host);
  if (space) return tell('invalid character " " in host name');
  const port = /:([^:\]]*)$/.exec(host.replace(/^.*@/, ""))?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return tell(`invalid port ${goQuote(`:${port}`)} after host`);
  if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && /^[^/?#]*:/.test(text))
    return tell("first path segment in URL cannot contain colon");
  return undefined;
}

function uri(text: string): string | undefined {
  return urlFault(text) ?? (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) ? undefined : "relative url");
}

function uriReference(text: string): string | undefined {
  return text.includes("\\") ? "contains \\" : urlFault(text);
}

function uriTemplate(text: string): string | undefined {
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  for (const part of text.replace(/[?#].*$/s, "").split("/")) {
    let isOpen = false;
    for (const brace of part.match(/[{}]/g) ?? []) {
      if ((brace === "{") === isOpen) return "nested curly braces";
      isOpen = brace === "{";
    }
    if (isOpen) return "no matching closing brace";
  }
  return undefined;
}

function semver(text: string): string | undefined {
  const plus = text.indexOf("+");
  const build = plus < 0 ? undefined : text.slice(plus + 1);
  if (build === "") return "build is empty";
  for (const part of build?.split(".") ?? []) {
    if (part === "") return "build identifier is empty";
    const fault = badCharacter(part, /[0-9a-zA-Z-]/);
    if (fault !== undefined) return `${fault} in build identifier`;
  }
  const version = plus < 0 ? text : text.slice(0, plus);
  const dash = version.indexOf("-");
  for (const part of dash < 0 ? [] : version.slice(dash + 1).split(".")) {
    if (part === "") return "pre-release identifier is empty";
    const fault = badCharacter(part, /[0-9a-zA-Z-]/);
    if (fault !== undefined) return `${fault} in pre-release identifier`;
    if (/^0\d+$/.test(part)) return "pre-release numeric identifier starts with zero";
  }
  const numbers = (dash < 0 ? version : version.slice(0, dash)).split(".");
  if (numbers.length !== 3) return "versionCore must have 3 numbers separated by dot";
  for (const [index, number] of numbers.entries()) {
    const name = ["major", "minor", "patch"][index];
    if (number === "") return `${name} is empty`;
    if (/^0./.test(number)) return `${name} starts with zero`;
    if (!/^\d+$/.test(number)) return `${name} contains non-digit`;
  }
  return undefined;
}
