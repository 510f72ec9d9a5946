/**
 * The order in which go-yaml v2 writes the string keys of a map: letters by code point, other characters before letters, runs of
 * digits by their number (k9 before k10).
 */
export function compareKeysV2(a: string, b: string): number {
  return compareKeys(a, b, false);
}

/** v3's order: the same, but behind a digit a letter comes before other characters (1a before 12). */
export function compareKeysV3(a: string, b: string): number {
  return compareKeys(a, b, true);
}

function compareKeys(a: string, b: string, isV3: boolean): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shorter) return a.length - b.length;
  const codeA = a.charCodeAt(at);
  const codeB = b.charCodeAt(at);
  if (codeA >= 128 || codeB >= 128 || isDigitCode(codeA) || isDigitCode(codeB)) return compareRunes(a, b, isV3);
  const aIsLetter = isAsciiLetter(codeA);
  if (aIsLetter === isAsciiLetter(codeB)) return codeA - codeB;
  if (isV3 && at > 0 && !isAsciiNonDigit(a.charCodeAt(at - 1))) return compareRunes(a, b, isV3);
  return aIsLetter ? 1 : -1;
}

function isAsciiLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function isDigitCode(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isAsciiNonDigit(code: number): boolean {
  return code < 128 && !isDigitCode(code);
}

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

function compareRunes(a: string, b: string, isV3: boolean): number {
  const runesA = Array.from(a);
  const runesB = Array.from(b);
  let at = 0;
  while (runesA[at] === runesB[at]) at++;
  const runeA = runesA[at] ?? "";
  const runeB = runesB[at] ?? "";
  const aIsLetter = LETTER.test(runeA);
  const bIsLetter = LETTER.test(runeB);
  const byCode = (runeA.codePointAt(0) ?? 0) - (runeB.codePointAt(0) ?? 0);
  if (aIsLetter && bIsLetter) return byCode;
  if (aIsLetter || bIsLetter) {
    const isLetterFirst = isV3 && at > 0 && DIGIT.test(runesA[at - 1] as string);
    return aIsLetter === isLetterFirst ? -1 : 1;
  }
  // A zero among the digits only counts when digits that are not zero stand before it.
  const seed = (runeA === "0" || runeB === "0") && hasNonZeroBefore(runesA, at) ? 1n : 0n;
  const numberA = digitRun(runesA, at, seed);
  const numberB = digitRun(runesB, at, seed);
  if (numberA.value !== numberB.value) return numberA.value < numberB.value ? -1 : 1;
  return numberA.end === numberB.end ? byCode : numberA.end - numberB.end;
}

function hasNonZeroBefore(runes: readonly string[], at: number): boolean {
  for (let index = at - 1; index >= 0 && DIGIT.test(runes[index] as string); index--) {
    if (runes[index] !== "0") return true;
  }
  return false;
}

/** The number that the digits from `at` on make; Go counts in 64 bits, which wrap. */
function digitRun(runes: readonly string[], at: number, seed: bigint): { value: bigint; end: number } {
  let value = seed;
  let end = at;
  for (; end < runes.length && DIGIT.test(runes[end] as string); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt(((runes[end] as string).codePointAt(0) ?? 0) - 48));
  }
  return { value, end };
}
