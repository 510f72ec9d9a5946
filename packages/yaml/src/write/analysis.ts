import { isBreak } from "../scan/chars.ts";

/** What a string's characters allow. Bits, so that one loop over the string answers all. */
export const MULTILINE = 1;
export const NO_FLOW_PLAIN = 2;
export const NO_BLOCK_PLAIN = 4;
export const NO_SINGLE = 8;
export const NO_BLOCK = 16;
/** Characters that need an escape, or that JSON and YAML read differently. */
export const SPECIAL = 32;
/** More bytes than characters, or a surrogate pair. */
export const NON_ASCII = 64;

/** Indicators that make a plain scalar impossible when they come first. */
const FIRST = charTable("#,[]{}&*!|>'\"%@`");
/** Indicators that a plain scalar inside `[]` and `{}` may not have. */
const INSIDE = charTable(",?[]{}");

function charTable(chars: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}

/** Letters, digits and a few signs that mean nothing anywhere in a scalar. */
const HARMLESS = charTable("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+()$;=^\\<");

export interface Dialect {
  /** v3 prints characters beyond U+FFFF as they are; v2 escapes them. */
  readonly printsAstral: boolean;
  /** v3 lets a tab stand in a literal block; v2 takes it for a special character. */
  readonly keepsTabs: boolean;
}

/** Whether the emitter writes the character as it is. LF counts as printable; BOM does not. */
export function isPrintable(code: number, dialect: Dialect): boolean {
  if (code < 0x7f) return code >= 0x20 || code === 0x0a;
  if (code > 0xffff) return dialect.printsAstral;
  return code >= 0xa0 && code !== 0xfeff && code < 0xfffe && (code < 0xd800 || code > 0xdfff);
}

/** Analyses a string as libyaml does before it chooses a style. The flags are those above. */
export function analyse(value: string, dialect: Dialect): number {
  const { length } = value;
  if (length === 0) return NO_FLOW_PLAIN | NO_BLOCK;
  let flags = startFlags(value);
  let previous = 0;
  for (let index = 0; index < length; index++) {
    let code = value.charCodeAt(index);
    if (code < 128 && HARMLESS[code] === 1) {
      previous = 0;
      continue;
    }
    if (code >= 128) {
      flags |= NON_ASCII;
      code = value.codePointAt(index) as number;
    }
    if (index > 0 && code < 128) flags |= indicatorFlags(value, index, code, previous);
    if (!isPrintable(code, dialect)) flags |= code === 9 && dialect.keepsTabs ? TAB_FLAGS : SPECIAL_FLAGS;
    const isLast = index === length - 1;
    if (code === 32) {
      flags |= spaceFlags(index === 0, isLast, previous === BREAK);
      previous = SPACE;
    } else if (isBreak(code)) {
      flags |= breakFlags(index === 0, isLast, previous === SPACE);
      previous = BREAK;
    } else {
      previous = code === 9 ? OTHER_BLANK : 0;
    }
    if (code > 0xffff) index++;
  }
  return flags;
}

const SPACE = 1;
const BREAK = 2;
const OTHER_BLANK = 3;
const NO_PLAIN = NO_FLOW_PLAIN | NO_BLOCK_PLAIN;
const SPECIAL_FLAGS = NO_PLAIN | NO_SINGLE | NO_BLOCK | SPECIAL;

/** A tab rules all out but double quotes and blocks. */
const TAB_FLAGS = NO_PLAIN | NO_SINGLE;

function startFlags(value: string): number {
  const code = value.charCodeAt(0);
  let flags = 0;
  if (value.startsWith("---") || value.startsWith("...")) flags |= NO_PLAIN;
  if (code < 128 && FIRST[code] === 1) flags |= NO_PLAIN;
  const isFollowedByBlank = isBlankOrEnd(value, 1);
  if (code === 63 || code === 58) flags |= isFollowedByBlank ? NO_PLAIN : NO_FLOW_PLAIN;
  if (code === 45 && isFollowedByBlank) flags |= NO_PLAIN;
  return flags;
}

function isBlankOrEnd(value: string, index: number): boolean {
  if (index >= value.length) return true;
  const code = value.charCodeAt(index);
  return code === 32 || code === 9;
}

function indicatorFlags(value: string, index: number, code: number, previous: number): number {
  if (INSIDE[code] === 1) return NO_FLOW_PLAIN;
  if (code === 58) return isBlankOrEnd(value, index + 1) ? NO_PLAIN : NO_FLOW_PLAIN;
  return code === 35 && previous !== 0 ? NO_PLAIN : 0;
}

function spaceFlags(isFirst: boolean, isLast: boolean, isAfterBreak: boolean): number {
  let flags = isFirst || isLast ? NO_PLAIN : 0;
  if (isLast) flags |= NO_BLOCK;
  if (isAfterBreak) flags |= NO_PLAIN | NO_SINGLE;
  return flags;
}

function breakFlags(isFirst: boolean, isLast: boolean, isAfterSpace: boolean): number {
  let flags = MULTILINE | NO_PLAIN;
  if (isFirst || isLast) flags |= NO_PLAIN;
  if (isAfterSpace) flags |= NO_PLAIN | NO_SINGLE | NO_BLOCK;
  return flags;
}
