import { isIPv6 } from "node:net";
import { GoError } from "../errors.ts";
import { goQuote } from "../fmt/quote.ts";
import { fromBytes, toBytes } from "../values/text.ts";

/** A URL in the parts net/url gives it; text as decoded. */
export interface GoUrl {
  readonly scheme: string;
  /** What follows the scheme where no slash does. */
  readonly opaque: string;
  readonly user: UserInfo | undefined;
  /** With its port. */
  readonly host: string;
  readonly path: string;
  /** The path as it was written, where encoding it anew would differ. */
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly forceQuery: boolean;
  readonly omitHost: boolean;
  readonly fragment: string;
  readonly rawFragment: string;
}

export interface UserInfo {
  readonly name: string;
  readonly password: string | undefined;
}

type Part = "path" | "host" | "zone" | "user" | "fragment";

/** Characters that stand for themselves in each part, beside letters, digits and -_.~ */
const PLAIN: Readonly<Record<Part, string>> = {
  path: "$&+,/:;=@",
  host: "!$&'()*+,;=:[]<>\"",
  zone: "!$&'()*+,;=:[]<>\"",
  user: "$&+,;=",
  fragment: "$&+,/:;=?@!()*",
};

function isPlain(byte: number, part: Part): boolean {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9\-_.~]/.test(char) || (byte < 0x80 && PLAIN[part].includes(char));
}

function escapePart(text: string, part: Part): string {
  let escaped = "";
  for (const byte of toBytes(text)) {
    escaped += isPlain(byte, part) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** @throws GoError for an escape that is none, and for characters a host may not have */
function unescapePart(text: string, part: Part): string {
  const bytes = toBytes(text);
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== 0x25) {
      if ((part === "host" || part === "zone") && byte < 0x80 && !isPlain(byte, part)) {
        throw new GoError(`invalid character ${goQuote(String.fromCharCode(byte))} in host name`);
      }
      out.push(byte);
      continue;
    }
    const escape = fromBytes(bytes.subarray(at, at + 3));
    if (!/^%[0-9a-fA-F]{2}$/.test(escape)) throw new GoError(`invalid URL escape ${goQuote(escape)}`);
    const value = Number.parseInt(escape.slice(1), 16);
    const isRefused =
      (part === "host" && value < 0x80 && escape !== "%25") ||
      (part === "zone" && escape !== "%25" && value !== 0x20 && !isPlain(value, "host"));
    if (isRefused) throw new GoError(`invalid URL escape ${goQuote(escape)}`);
    out.push(value);
    at += 2;
  }
  return fromBytes(Uint8Array.from(out));
}

function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** url.Parse. @throws GoError as `parse "…": …` */
export function parseUrl(text: string): GoUrl {
  const [before, after] = cut(text, "#");
  const url = withFault(before, () => parseBeforeFragment(before));
  if (after === "") return url;
  return withFault(text, () => {
    const fragment = unescapePart(after, "fragment");
    return { ...url, fragment, rawFragment: escapePart(fragment, "fragment") === after ? "" : after };
  });
}

/** url.ParseRequestURI: # is no fragment, and what is neither a path nor has a scheme is refused. @throws GoError as `parse "…": …` */
export function parseRequestUrl(text: string): GoUrl {
  return withFault(text, () => {
    if (text === "") throw new GoError("empty url");
    const url = parseBeforeFragment(text);
    if (url.scheme === "" && text !== "*" && !text.startsWith("/")) throw new GoError("invalid URI for request");
    return url;
  });
}

function withFault(text: string, parse: () => GoUrl): GoUrl {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GoError) throw new GoError(`parse ${goQuote(text)}: ${error.message}`);
    throw error;
  }
}

export const EMPTY_URL: GoUrl = {
  scheme: "",
  opaque: "",
  user: undefined,
  host: "",
  path: "",
  rawPath: "",
  rawQuery: "",
  forceQuery: false,
  omitHost: false,
  fragment: "",
  rawFragment: "",
};

function parseBeforeFragment(text: string): GoUrl {
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) throw new GoError("net/url: invalid control character in URL");
  if (text === "*") return { ...EMPTY_URL, path: "*" };
  if (text.startsWith(":")) throw new GoError("missing protocol scheme");
  const found = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  const scheme = (found?.[1] ?? "").toLowerCase();
  let rest = text.slice(found?.[0].length ?? 0);
  const forceQuery = rest.indexOf("?") === rest.length - 1 && rest.endsWith("?");
  let rawQuery = "";
  [rest, rawQuery] = cut(rest, "?");
  const known = { ...EMPTY_URL, scheme, rawQuery, forceQuery };
  if (!rest.startsWith("/")) {
    if (scheme !== "") return { ...known, opaque: rest };
    if (cut(rest, "/")[0].includes(":")) throw new GoError("first path segment in URL cannot contain colon");
  }
  const hasAuthority = rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"));
  if (!hasAuthority) return { ...known, ...pathOf(rest), omitHost: scheme !== "" && rest.startsWith("/") };
  const slash = rest.indexOf("/", 2);
  const authority = rest.slice(2, slash < 0 ? undefined : slash);
  return { ...known, ...authorityOf(authority), ...pathOf(slash < 0 ? "" : rest.slice(slash)) };
}

function pathOf(raw: string): Pick<GoUrl, "path" | "rawPath"> {
  const path = unescapePart(raw, "path");
  return { path, rawPath: escapePart(path, "path") === raw ? "" : raw };
}

function authorityOf(authority: string): Pick<GoUrl, "user" | "host"> {
  const at = authority.lastIndexOf("@");
  const host = hostOf(authority.slice(at + 1));
  if (at < 0) return { user: undefined, host };
  const info = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) throw new GoError("net/url: invalid userinfo");
  const [name, password] = cut(info, ":");
  return {
    user: {
      name: unescapePart(name, "user"),
      password: info.includes(":") ? unescapePart(password, "user") : undefined,
    },
    host,
  };
}

function hostOf(host: string): string {
  const bracket = host.lastIndexOf("[");
  if (bracket > 0) throw new GoError("invalid IP-literal");
  if (bracket === 0) return literalHost(host);
  // Go 1.26 refuses more colons, unless the program says it was written for an older Go, as Helm and Argo CD do.
  const colon = host.lastIndexOf(":");
  if (colon >= 0) checkPort(host.slice(colon));
  return unescapePart(host, "host");
}

function literalHost(host: string): string {
  const close = host.lastIndexOf("]");
  if (close < 0) throw new GoError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const zone = name.indexOf("%25");
  const plain =
    zone < 0
      ? unescapePart(name, "host")
      : unescapePart(name.slice(0, zone), "host") + unescapePart(name.slice(zone), "zone");
  const [address] = cut(plain, "%");
  if (!isIPv6(address)) {
    if (/^[0-9.]+$/.test(address)) throw new GoError("invalid IP-literal");
    throw new GoError(`invalid host: ParseAddr(${goQuote(plain)}): unable to parse IP`);
  }
  return `[${plain}]${unescapePart(port, "host")}`;
}

function checkPort(port: string): void {
  if (port !== "" && !/^:[0-9]*$/.test(port)) throw new GoError(`invalid port ${goQuote(port)} after host`);
}

/** The host without port and brackets. */
export function hostName(host: string): string {
  const colon = host.lastIndexOf(":");
  const name = colon >= 0 && /^:[0-9]*$/.test(host.slice(colon)) ? host.slice(0, colon) : host;
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
}

export function formatUser({ name, password }: UserInfo): string {
  return escapePart(name, "user") + (password === undefined ? "" : `:${escapePart(password, "user")}`);
}

/** URL.String. */
export function formatUrl(url: GoUrl): string {
  let text = url.scheme === "" ? "" : `${url.scheme}:`;
  if (url.opaque !== "") text += url.opaque;
  else {
    const hasAuthority = url.host !== "" || url.user !== undefined;
    const isOmitted = url.omitHost && !hasAuthority;
    if ((url.scheme !== "" || hasAuthority) && !isOmitted) {
      if (hasAuthority || url.path !== "") text += "//";
      if (url.user !== undefined) text += `${formatUser(url.user)}@`;
      text += escapePart(url.host, "host");
    }
    const path = url.path === "*" ? "*" : escapePart(url.path, "path");
    if (path !== "" && !path.startsWith("/") && url.host !== "") text += "/";
    // A colon in the first segment would read as a scheme.
    if (text === "" && cut(path, "/")[0].includes(":")) text += "./";
    text += path;
  }
  if (url.forceQuery || url.rawQuery !== "") text += `?${url.rawQuery}`;
  return url.fragment === "" ? text : `${text}#${escapePart(url.fragment, "fragment")}`;
}
