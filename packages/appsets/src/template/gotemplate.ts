import { problemError, problemsOf } from "@fairlead/base";
import {
  applicationSetFunctions,
  errorText,
  parseTemplate,
  type MissingKey,
  type TemplateSet,
} from "@fairlead/gotemplate";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";
import type { Dialect, TextFiller } from "./dialect.ts";

/** One table for the process: parsed texts are cached by the functions they were parsed with. */
const FUNCTIONS = applicationSetFunctions({
  encodeYaml: (value) => encodeYaml(value),
  decodeYaml(text) {
    try {
      return decodeYaml(text, { numbers: "float64" });
    } catch (error) {
      throw new Error(problemsOf(error)[0]?.message ?? String(error), { cause: error });
    }
  },
});
const COMPILED_MAX = 5000;

/** What one text may cost: a template in a set is a line or a page, never a program. */
const TEXT_LIMITS = { stepsMax: 2_000_000, outputCharsMax: 4 * 1024 * 1024 };

/** text/template with sprig and Argo CD's functions. Options are those of goTemplateOptions; of several for one thing the last counts. */
export function goDialect(options: readonly string[]): Dialect {
  const missingKey = missingKeyOf(options);
  const compiled = new Map<string, TextFiller | null>();
  return {
    isGo: true,
    compile(text) {
      let filler = compiled.get(text);
      if (filler === undefined) {
        filler = text.includes("{{") ? compileText(text, missingKey) : null;
        if (compiled.size >= COMPILED_MAX) compiled.clear();
        compiled.set(text, filler);
      }
      return filler ?? undefined;
    },
  };
}

function missingKeyOf(options: readonly string[]): MissingKey {
  const last = options.findLast((option) => option.startsWith("missingkey="))?.slice("missingkey=".length);
  return last === "zero" || last === "error" ? last : "default";
}

function compileText(text: string, missingKey: MissingKey): TextFiller {
  let set: TemplateSet;
  try {
    set = parseTemplate("", text, { functions: FUNCTIONS });
  } catch (error) {
    throw templateFault(text, "cannot be read", error);
  }
  const options = { missingKey, environment: {}, limits: TEXT_LIMITS };
  return (row) => {
    try {
      return set.execute("", row, options);
    } catch (error) {
      throw templateFault(text, "cannot be filled", error);
    }
  };
}

function templateFault(text: string, what: string, error: unknown): Error {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return problemError("SetTemplateFailed", `${JSON.stringify(shown)} ${what}: ${errorText(error)}`, {}, error);
}
