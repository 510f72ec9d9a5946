import type { Answer } from "./real.ts";

/** The first difference between two answers, a few lines; undefined when they are alike. */
export function firstDifference(real: Answer, ours: Answer, compareMessages: boolean): string | undefined {
  if ((real.status === 0) !== (ours.status === 0)) {
    const reason = firstLines(real.status === 0 ? ours.stderr : real.stderr);
    return `exit status ${real.status} of the real tool, ours ${ours.status}\n${reason}`;
  }
  const warnings = different("warnings", warningsOf(real.stderr), warningsOf(ours.stderr));
  if (warnings !== undefined) return warnings;
  if (real.status === 0) return different("output", real.stdout, ours.stdout);
  return compareMessages ? different("message", messageOf(real.stderr), messageOf(ours.stderr)) : undefined;
}

const LINES_SHOWN = 3;
const CHARS_SHOWN = 600;

function different(what: string, real: string, ours: string): string | undefined {
  if (real === ours) return undefined;
  const [realLines, ourLines] = [real.split("\n"), ours.split("\n")];
  let line = 0;
  while (realLines[line] === ourLines[line]) line++;
  const show = (lines: readonly string[]): string =>
    lines
      .slice(line, line + LINES_SHOWN)
      .join("\n      ")
      .slice(0, CHARS_SHOWN);
  return `${what}, line ${line + 1}\nreal: ${show(realLines)}\nours: ${show(ourLines)}`;
}

function firstLines(text: string): string {
  return text.split("\n").slice(0, LINES_SHOWN).join("\n").slice(0, CHARS_SHOWN);
}

/** Log lines lose their time. */
function warningsOf(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, ""));
  return lines.filter((line) => /^(?:# Warning|Warning|Flag --|well-defined vars)/.test(line)).join("\n");
}

/** The message of an error without addresses in memory, and without the places and hints that ours has behind it. */
function messageOf(stderr: string): string {
  const start = stderr.indexOf("Error: ");
  const lines = stderr.slice(Math.max(start, 0)).split("\n");
  return lines
    .filter((line) => !/^(?: {2}at | {2}hint: |also: | {4,}\S)/.test(line))
    .join("\n")
    .replace(
      /merging from generator (?:&\{0x[0-9a-f]+ (?:<nil>|0x[0-9a-f]+)\}|\w+Generator)/g,
      "merging from generator …",
    )
    .trim();
}
