import type { Resolved, ScalarTag } from "./v2.ts";

const LONG_PREFIX = "tag:yaml.org,2002:";

/** `tag:yaml.org,2002:int` as `!!int`; other tags stay. */
export function shortTag(tag: string): string {
  return tag.startsWith(LONG_PREFIX) ? `!!${tag.slice(LONG_PREFIX.length)}` : tag;
}

/** `!!int` as `tag:yaml.org,2002:int`; other tags stay. */
export function longTag(tag: string): string {
  return tag.startsWith("!!") ? LONG_PREFIX + tag.slice(2) : tag;
}

const RESOLVABLE = new Set<string>(["!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"]);

export type TagOutcome = { readonly resolved: Resolved } | { readonly fault: string };

/**
 * What a scalar with an explicit tag means: the text is resolved as if plain and must agree with the tag; an integer may serve as a
 * float. A tag that go-yaml does not know leaves a string. `resolvePlain` is the version's own.
 */
export function resolveTagged(
  tag: string,
  text: string,
  resolvePlain: (text: string) => Resolved | undefined,
): TagOutcome {
  const short = shortTag(tag);
  if (short === "!!binary") return decodeBinary(text);
  if (short === "!!str" || !RESOLVABLE.has(short)) return { resolved: { tag: "!!str", value: text } };
  const plain = plainUnder(short, text, resolvePlain(text));
  if (plain.tag === short) return { resolved: plain };
  if (short === "!!float" && plain.tag === "!!int") {
    return { resolved: { tag: "!!float" satisfies ScalarTag, value: Number(plain.value) } };
  }
  return { fault: `cannot decode ${plain.tag} \`${text}\` as a ${short}` };
}

/** A time is only looked for where none or the time's own tag is given. */
function plainUnder(tag: string, text: string, resolved: Resolved | undefined): Resolved {
  if (resolved === undefined || (resolved.tag === "!!timestamp" && tag !== "!!timestamp"))
    return { tag: "!!str", value: text };
  return resolved;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Go's base64 decoder passes over CR and LF and nothing else. Bytes that are no UTF-8 become U+FFFD, as on Go's way through JSON. */
function decodeBinary(text: string): TagOutcome {
  const packed = text.replaceAll(/[\r\n]/g, "");
  if (!BASE64.test(packed)) return { fault: "!!binary value contains invalid base64 data" };
  return { resolved: { tag: "!!binary", value: goUtf8(Buffer.from(packed, "base64")) } };
}

/** Text of bytes as Go reads them: each byte that begins no valid sequence is one U+FFFD (JavaScript makes one of several). */
function goUtf8(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd")) return text;
  let result = "";
  for (let at = 0; at < bytes.length;) {
    const size = sequenceLength(bytes, at);
    result += size === 0 ? "\ufffd" : bytes.toString("utf8", at, at + size);
    at += Math.max(size, 1);
  }
  return result;
}

/** Bytes of the valid UTF-8 sequence at this place, 0 if there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number;
  const size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (at + size > bytes.length) return 0;
  const part = bytes.subarray(at, at + size);
  return Buffer.from(part.toString("utf8")).equals(part) ? size : 0;
}
