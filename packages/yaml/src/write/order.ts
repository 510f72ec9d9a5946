/**
 * The order in which go-yaml writes the string keys of a map: letters by code point, other characters before letters, runs of digits by
 * their number (k9 before k10). Applies to v2 and v3.
 */
export function compareKeys(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shorter) return a.length - b.length;
  const codeA = a.charCodeAt(at);
  const codeB = b.charCodeAt(at);
  if (codeA < 128 && codeB < 128 && !isDigitCode(codeA) && !isDigitCode(codeB)) {
    return compareCodes(codeA, codeB, isAsciiLetter(codeA), isAsciiLetter(codeB));
  }
  return compareFrom(a, b, at);
}

function isAsciiLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function isDigitCode(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Both letters or both not: by code point. Else the one that is no letter comes first. */
function compareCodes(a: number, b: number, aIsLetter: boolean, bIsLetter: boolean): number {
  if (aIsLetter !== bIsLetter) return bIsLetter ? -1 : 1;
  return a - b;
}

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

function compareFrom(a: string, b: string, differsAt: number): number {
  const runesA = [...a.slice(0, differsAt), ...runesFrom(a, differsAt)];
  const runesB = [...b.slice(0, differsAt), ...runesFrom(b, differsAt)];
  let at = 0;
  while (runesA[at] === runesB[at]) at++;
  const runeA = runesA[at] ?? "";
  const runeB = runesB[at] ?? "";
  const aIsLetter = LETTER.test(runeA);
  const bIsLetter = LETTER.test(runeB);
  const byCode = (runeA.codePointAt(0) ?? 0) - (runeB.codePointAt(0) ?? 0);
  if (aIsLetter || bIsLetter) return aIsLetter === bIsLetter ? byCode : bIsLetter ? -1 : 1;
  // A zero among the digits only counts when digits that are not zero stand before it.
  const seed = (runeA === "0" || runeB === "0") && hasNonZeroBefore(runesA, at) ? 1n : 0n;
  const numberA = digitRun(runesA, at, seed);
  const numberB = digitRun(runesB, at, seed);
  if (numberA.value !== numberB.value) return numberA.value < numberB.value ? -1 : 1;
  return numberA.end === numberB.end ? byCode : numberA.end - numberB.end;
}

/** The characters from an offset on; a surrogate pair that the offset splits is taken whole. */
function runesFrom(text: string, offset: number): string[] {
  return [...text.slice(offset)];
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
