import { problemError } from "./problem.ts";

const UNIT_MS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

/**
 * Milliseconds of a duration as Go's time.ParseDuration reads it: `1h30m`, `-1.5s`, `0`.
 * @throws ProblemError InvalidDuration
 */
export function parseGoDuration(text: string): number {
  if (text === "0" || text === "+0" || text === "-0") return 0;
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  while (part.lastIndex < body.length) {
    const match = part.exec(body);
    if (!match) throw invalid(text);
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN);
  }
  if (body === "") throw invalid(text);
  return sign * total;
}

function invalid(text: string): Error {
  return problemError("InvalidDuration", `time: invalid duration ${JSON.stringify(text)}`, {
    hint: "write it as Go does: 300ms, 90s, 5m, 1h30m",
  });
}

/** As Go's Duration.String prints it: `1h30m0s`, `1.5s`, `250ms`, `0s`. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return "0s";
  const sign = ms < 0 ? "-" : "";
  const absolute = Math.abs(ms);
  if (absolute < 1e-3) return `${sign}${trimmed(absolute * 1e6)}ns`;
  if (absolute < 1) return `${sign}${trimmed(absolute * 1e3)}µs`;
  if (absolute < 1e3) return `${sign}${trimmed(absolute)}ms`;
  const hours = Math.floor(absolute / 3.6e6);
  const minutes = Math.floor((absolute % 3.6e6) / 6e4);
  const seconds = trimmed((absolute % 6e4) / 1e3);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(9)));
}
