import type { IncomingMessage } from "node:http";
import type { TargetAnswer } from "./types.ts";

/** What a case sees of an answer whose body is `text`. */
export function answerOf(response: IncomingMessage, text: string): TargetAnswer {
  const type = response.headers["content-type"] ?? "";
  const warnings = warningsIn(response.headers["warning"] ?? "");
  return { code: response.statusCode ?? 0, type, warnings, body: type.includes("json") ? parsed(text) : text };
}

export function warningsIn(header: string): string[] {
  return header.split(/, (?=299 )/).filter((warning) => warning !== "");
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
