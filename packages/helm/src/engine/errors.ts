import { errorText, TemplateError, trimSpace } from "@fairlead/gotemplate";

const MARKED = /HELM_ERR_START([^]*)HELM_ERR_END/;

/** The text of a parse error as Helm tells it: place and last message, whatever stands between. */
export function parseErrorText(file: string, error: unknown): string {
  const text = errorText(error);
  const parts = text.split(": ");
  if (parts.length === 1) return `parse error in (${file}): ${text}`;
  return `parse error at (${parts[1]}): ${parts.at(-1)}`;
}

/**
 * The text of an execution error as Helm tells it: `required` and `fail` alone with their place; Helm 3 hands Go's line on, Helm 4 lays
 * the chain of templates out over several lines (facts/render.md §3).
 */
export function execErrorText(error: unknown, compat: "v3" | "v4"): string {
  const text = errorText(error);
  if (!(error instanceof TemplateError)) return `rendering template failed: ${text}`;
  const [, location, rest] = splitHead(text);
  if (rest === undefined) return error.kind === "exec" ? text : text;
  const marked = MARKED.exec(rest);
  if (marked) return `execution error at (${location}): ${marked[1]}`;
  return compat === "v3" ? text : traceText(error);
}

/** `template: FILE:LINE:COL: rest` in three. */
function splitHead(text: string): [head?: string, location?: string, rest?: string] {
  const first = text.indexOf(": ");
  const second = first < 0 ? -1 : text.indexOf(": ", first + 2);
  return second < 0 ? [text] : [text.slice(0, first), text.slice(first + 2, second), text.slice(second + 2)];
}

interface Step {
  readonly location: string;
  readonly executing: string;
  readonly message: string;
}

/** One block for each error of the chain that reads as a template's; a chain with another one is told as it is. */
function traceText(error: unknown): string {
  const steps: Step[] = [];
  for (let current: unknown = error; current !== undefined && current !== null; current = causeOf(current)) {
    const step = parseStep(errorText(current));
    if (!step) return errorText(error);
    const last = steps.at(-1);
    if (JSON.stringify(last) !== JSON.stringify(step)) steps.push(step);
  }
  const blocks = steps.map(({ location, executing, message }) => {
    return `${location ? `${location}\n  ` : ""}${executing ? `${executing}\n    ` : ""}${message ? `${message}\n` : ""}`;
  });
  return trimSpace(blocks.join(""));
}

function causeOf(error: unknown): unknown {
  return error instanceof TemplateError ? error.inner : (error as Error).cause;
}

function parseStep(text: string): Step | undefined {
  if (!text.startsWith("template: ")) return undefined;
  const rest = text.slice("template: ".length);
  if (rest.startsWith("no template ")) return { location: "", executing: "", message: text };
  const executing = /^([^]*?): executing "([^"]*)" at <([^]*?)>: ([^]*)$/.exec(rest);
  if (executing) {
    const [, location = "", name, expression, message = ""] = executing;
    return { location, executing: `executing "${name}" at <${expression}>:`, message: beforeNext(message) };
  }
  const last = rest.lastIndexOf(": ");
  return last < 0
    ? undefined
    : { location: rest.slice(0, last), executing: "", message: beforeNext(rest.slice(last + 2)) };
}

/** The next error of the chain follows in the same text; it has a block of its own. */
function beforeNext(message: string): string {
  const next = message.indexOf(" template:");
  return next < 0 ? message : message.slice(0, next);
}
