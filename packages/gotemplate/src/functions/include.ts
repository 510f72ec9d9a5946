import { errorText, GoError, LimitError, StackFullError, TemplateError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { goQuote } from "../fmt/quote.ts";

const NESTED_MAX = 1000;
const NO_VALUE = "<no value>";
const counts = Symbol("include counts");

/** How often each name is being included at the moment, over the whole execution. */
function includeCounts(context: CallContext): Map<string, number> {
  const known = context.shared.get(counts) as Map<string, number> | undefined;
  if (known !== undefined) return known;
  const fresh = new Map<string, number>();
  context.shared.set(counts, fresh);
  return fresh;
}

/** Helm's include: the output of a named template as a value. */
export function include(context: CallContext, name: string, data: unknown): string {
  const active = includeCounts(context);
  const count = active.get(name) ?? 0;
  if (count > NESTED_MAX) {
    throw nestedTooDeep(name);
  }
  active.set(name, count + 1);
  const output = executed(context, name, data);
  active.set(name, count);
  return output;
}

/** A full JavaScript stack is what Helm's bound on nesting is for, reached earlier: it is told in the same words. */
function executed(context: CallContext, name: string, data: unknown): string {
  try {
    return context.execute(context.set, name, data);
  } catch (error) {
    if (error instanceof TemplateError && error.inner instanceof StackFullError) throw nestedTooDeep(name);
    throw error;
  }
}

function nestedTooDeep(name: string): LimitError {
  return new LimitError(`rendering template has a nested reference name: ${name}: unable to execute template`);
}

/** Helm's tpl: a text executed as a template, which sees what is defined, and whose own defines end with it. */
export function tpl(context: CallContext, text: string, data: unknown): string {
  if (!text.includes("{{")) return text.replaceAll(NO_VALUE, "");
  const set = context.set.clone();
  try {
    set.replace(set.name, text);
  } catch (error) {
    throw new GoError(`cannot parse template ${goQuote(text)}: ${errorText(error)}`, { cause: error });
  }
  try {
    return context.execute(set, set.name, data).replaceAll(NO_VALUE, "");
  } catch (error) {
    throw new GoError(`error during tpl function execution for ${goQuote(text)}: ${errorText(error)}`, {
      cause: error,
    });
  }
}
