import type { Answer } from "./answers.ts";

const SHOWN_CHARACTERS = 400;
const PEM = /-----BEGIN [A-Z0-9 ]+-----[^]*?-----END [A-Z0-9 ]+-----/g;

/**
 * What differs between the real tool's answer and ours, undefined where nothing does. Functions of chance and time are masked: whatever
 * the real tool itself says differently when it is asked again is only held to its place and its surroundings.
 */
export async function difference(
  real: Answer,
  ours: Answer,
  again: () => Promise<Answer>,
  /** With --debug helm prints templates' output by chance. */
  isUnordered = false,
): Promise<string | undefined> {
  if (real.code !== ours.code)
    return `exit ${real.code} and ${ours.code}\nreal: ${cut(failureOf(real.error))}\nours: ${cut(failureOf(ours.error))}`;
  if (real.out !== ours.out && inNoOrder(real.out, isUnordered) !== inNoOrder(ours.out, isUnordered)) {
    const second = await again();
    const detail = differenceUnderMask(real.out, second.out, ours.out);
    if (detail !== undefined) return detail;
  }
  if (real.code === 0) return undefined;
  const [a, b] = [failureOf(real.error), failureOf(ours.error)];
  if (a === b || inNoOrder(a) === inNoOrder(b)) return undefined;
  const second = failureOf((await again()).error);
  return differenceUnderMask(a, second, b) === undefined ? undefined : `real: ${cut(a)}\nours: ${cut(b)}`;
}

/** What stands behind `Error: `, log lines and our own hints left out. */
function failureOf(text: string): string {
  const at = text.search(/^Error: /m);
  return (
    text
      .slice(Math.max(at, 0))
      .split("\n")
      .filter((line) => !line.startsWith("  hint:") && !/^(level=|time=|\d{4}\/)/.test(line))
      .join("\n")
      // With --debug, where in helm's own source it happened.
      .replace(/^helm\.go:[^]*/m, "")
      .trim()
  );
}

/** Helm tells what breaks a schema in an order that changes from run to run. */
function inNoOrder(text: string, isUnordered = false): string {
  if (!isUnordered && !/^ *- at '|: - at '/m.test(text)) return text;
  const sortList = (all: string, list: string): string => all.replace(list, list.split(", ").sort().join(", "));
  return text
    .split("\n")
    .map((line) =>
      line.replace(/additional properties (.*) not allowed/, sortList).replace(/^\[ERROR\] values.yaml: /, ""),
    )
    .filter((line) => line.trim() !== "")
    .sort()
    .join("\n");
}

function differenceUnderMask(first: string, second: string, ours: string): string | undefined {
  const [a, b, c] = [first, second, ours].map((text) => text.replace(PEM, "(PEM)").split("\n"));
  if (!a || !b || !c) return undefined;
  const isStable = a.length === b.length;
  for (let at = 0; at < Math.max(a.length, c.length); at++) {
    const [one, two, own] = [a[at], isStable ? b[at] : a[at], c[at]];
    if (one === own || (one !== two && isAlike(one ?? "", two ?? "", own ?? ""))) continue;
    return `line ${at + 1}\nreal: ${cut(a.slice(at).join("\n"))}\nours: ${cut(c.slice(at).join("\n"))}`;
  }
  return undefined;
}

/** The same words before and behind the part that changes, which may by chance begin or end alike. */
function isAlike(one: string, two: string, own: string): boolean {
  let head = 0;
  while (head < one.length && one[head] === two[head]) head++;
  let tail = 0;
  while (tail < one.length - head && one.at(-1 - tail) === two.at(-1 - tail)) tail++;
  const before = one.slice(0, head).replace(/[A-Za-z0-9+/=.:-]+$/, "");
  const behind = one.slice(one.length - tail).replace(/^[A-Za-z0-9+/=.:-]+/, "");
  return own.startsWith(before) && own.endsWith(behind);
}

function cut(text: string): string {
  return text.slice(0, SHOWN_CHARACTERS).trimEnd();
}
