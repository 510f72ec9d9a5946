import type { Case } from "./common.ts";

const INSERTS = [
  "{{",
  "}}",
  "-",
  " ",
  "\n",
  ".",
  "$",
  ":=",
  "=",
  "|",
  "(",
  ")",
  '"',
  "`",
  "'",
  "/*",
  "*/",
  ",",
  "1",
  "x",
  "é",
  "\\",
  "{{end}}",
  "{{else}}",
  "{{- ",
  " -}}",
  "nil",
  "end",
  "0x",
  "e5",
  "_",
  "\t",
  "@",
  "\u0000",
];

/** Templates with a few characters changed: nearly right, so that every message of the parser comes up. */
export function* mutatedCases(base: readonly Case[], seed: number, rounds: number): Generator<Case> {
  let state = seed >>> 0;
  const below = (bound: number): number => {
    // A linear congruential generator: what matters is that a seed gives the same cases everywhere.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * bound);
  };
  for (let round = 0; round < rounds; round++) {
    for (const { text, ...rest } of base) {
      let changed = text;
      for (let edits = 1 + below(3); edits > 0; edits--) {
        const at = below(changed.length + 1);
        const cut = below(3) === 0 ? 1 + below(4) : 0;
        const insert = below(4) === 0 ? "" : (INSERTS[below(INSERTS.length)] ?? "");
        changed = changed.slice(0, at) + insert + changed.slice(at + cut);
      }
      // Go can slice up to a capacity, which depends on how a list came to be; ours have none beyond their length.
      if (changed.isWellFormed() && !/\bslice\s+\.list/.test(changed)) yield { ...rest, text: changed };
    }
  }
}
