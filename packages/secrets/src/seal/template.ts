/** spec.template.data: Go templates over the unsealed values. */
import { ProblemError, setOwn, type Problem } from "@fairlead/base";
import {
  fromBytes,
  parseTemplate,
  sprigFunctions,
  TemplateError,
  toBytes,
  withoutFunctions,
} from "@fairlead/gotemplate";
import type { SecretTemplate } from "./types.ts";

/** No function may reach outside: the environment and the network would leak into, or out of, a Secret. */
const FUNCTIONS = withoutFunctions(sprigFunctions, ["env", "expandenv", "getHostByName"]);

/**
 * The values with the template's texts filled in and laid over them; null in the template drops a value. A key that is not there
 * prints `<no value>`, as Go's default has it.
 * @throws ProblemError SecretTemplateFailed with every text that fails, named by its key
 */
export function fillTemplate(
  values: ReadonlyMap<string, Uint8Array>,
  template: SecretTemplate | undefined,
  place: Partial<Problem> = {},
): Map<string, Uint8Array> {
  const texts = Object.entries(template?.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const filled = new Map(values);
  if (texts.length === 0) return filled;
  const context: Record<string, string> = {};
  for (const [key, text] of texts) setOwn(context, key, text ?? "");
  for (const [key, value] of values) setOwn(context, key, fromBytes(value));
  const problems: Problem[] = [];
  for (const [key, text] of texts) {
    if (text === null) filled.delete(key);
    else {
      try {
        filled.set(key, toBytes(parseTemplate(key, text, { functions: FUNCTIONS }).execute(key, context, {})));
      } catch (error) {
        problems.push({ code: "SecretTemplateFailed", message: `${whyOf(error, key)} (${key})`, ...place });
      }
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return filled;
}

/** What went wrong without what functions said of their arguments: these may be values. */
function whyOf(error: unknown, key: string): string {
  if (!(error instanceof TemplateError)) return `template: ${key}: cannot be filled`;
  return error.kind === "parse" || error.inner === undefined
    ? error.goText
    : error.goText.replace(/: error calling (\w+): [\s\S]*$/, ": error calling $1");
}
