import { problemError, problemsOf } from "@fairlead/base";
import {
  mergeFunctions,
  parseTemplate,
  sprigFunctions,
  TemplateError,
  withoutFunctions,
  type MissingKey,
} from "@fairlead/gotemplate";
import { cryptoFunctions } from "./crypto.ts";
import { pkcs12Functions } from "./pkcs12.ts";
import { yamlFunctions } from "./yaml.ts";

/** One table for the process: parsed texts are cached by it. No function does I/O (CVE-2026-34984 was getHostByName). */
const FUNCTIONS = mergeFunctions(
  withoutFunctions(sprigFunctions, ["env", "expandenv", "getHostByName"]),
  cryptoFunctions,
  pkcs12Functions,
  yamlFunctions,
);
const TEXT_LIMITS = { stepsMax: 2_000_000, outputCharsMax: 4 * 1024 * 1024 };

/**
 * One text filled. Values are text in which a byte that is not UTF-8 is a lone surrogate. An error tells where in the template,
 * never with what: a value could stand in the error of a function.
 * @throws ProblemError SecretTemplateFailed
 */
export function fillText(
  name: string,
  text: string,
  data: Readonly<Record<string, unknown>>,
  missingKey: MissingKey = "error",
): string {
  if (!text.includes("{{")) return text;
  try {
    return parseTemplate(name, text, { functions: FUNCTIONS }).execute(name, data, {
      missingKey,
      environment: {},
      limits: TEXT_LIMITS,
    });
  } catch (error) {
    throw problemError("SecretTemplateFailed", `unable to execute template at key ${name}: ${why(error)}`);
  }
}

/** Go's text for faults of the template itself; for a function that failed only which, since it may quote its argument. */
function why(error: unknown): string {
  if (!(error instanceof TemplateError)) return problemsOf(error)[0]?.code ?? "cannot be filled";
  const text = error.goText;
  const call = /error calling ([\w.]+):/.exec(text);
  return call ? `${text.slice(0, call.index)}error calling ${call[1] ?? ""}` : text;
}
