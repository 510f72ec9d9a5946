import { problemError } from "@fairlead/base";
import { longTag, shortTag } from "../schema/tagged.ts";
import { resolvePlainV3 } from "../schema/v3.ts";
import type { Node } from "../node.ts";

const CORE_PREFIX = "tag:yaml.org,2002:";

/** What has to be written of a node's tag, and whether a string must be quoted instead. */
export interface WrittenTag {
  /** "" when the tag goes without saying. */
  readonly tag: string;
  readonly mustQuote: boolean;
}

/** A tag that was written is written again; one that was found out is only where reading would find another one. */
export function writtenTag(node: Node): WrittenTag {
  const tag = shortTag(node.tag);
  if (tag === "" || node.isTagged || node.kind === "alias") return { tag, mustQuote: false };
  if (node.kind !== "scalar") {
    const own = node.kind === "mapping" ? "!!map" : "!!seq";
    return { tag: tag === own ? "" : tag, mustQuote: false };
  }
  if (tag === "!!str" && node.style !== "plain") return { tag: "", mustQuote: false };
  const resolved = resolvePlainV3(node.value)?.tag ?? "!!str";
  if (resolved === tag) return { tag: "", mustQuote: false };
  return tag === "!!str" ? { tag: "", mustQuote: true } : { tag, mustQuote: false };
}

/** The tag in the shortest form: `!!int`, `!local` or `!<tag:example.com,2000:x>`, with other characters as %XX. */
export function tagText(tag: string): string {
  const long = longTag(tag);
  if (long.startsWith("!")) return `!${escapedTag(long.slice(1))}`;
  if (long.startsWith(CORE_PREFIX)) return `!!${escapedTag(long.slice(CORE_PREFIX.length))}`;
  return `!<${escapedTag(long)}>`;
}

function escapedTag(text: string): string {
  return text.replaceAll(/[^-\w;/?:@&=+$,.~*'()[\]]/gu, (char) =>
    Array.from(Buffer.from(char), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

/** @throws ProblemError on a name that could not be read back. */
export function checkedAnchor(name: string, isAlias: boolean): string {
  if (/^[-\w]+$/.test(name)) return name;
  const what = isAlias ? "alias" : "anchor";
  const problem = name === "" ? "must not be empty" : "must contain alphanumerical characters only";
  throw problemError("YamlEncode", `yaml: ${what} value ${problem}`);
}
