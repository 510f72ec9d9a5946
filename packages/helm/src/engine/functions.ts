import { helmFunctions, type FunctionSet, type HelmHooks } from "@fairlead/gotemplate";
import { decodeYaml, encodeYaml, encodeYamlV3 } from "@fairlead/yaml";
import { problemsOf, type Json } from "@fairlead/base";
import { decodeToml, encodeToml } from "./toml.ts";

/** What one render hands to functions through the template engine's environment. */
export interface RenderContext {
  readonly lookup?:
    | ((apiVersion: string, kind: string, namespace: string, name: string) => Record<string, unknown>)
    | undefined;
  readonly onLint?: ((message: string) => void) | undefined;
}

export const CODECS = {
  encodeYaml: (value: unknown) => encodeYaml(value),
  encodeYamlPretty: (value: unknown) => encodeYamlV3(value, { indent: 2 }),
  decodeYaml: (text: string) => decodeGo(text),
  encodeToml,
  decodeToml,
  lookup: (apiVersion: string, kind: string, namespace: string, name: string, environment: unknown) =>
    (environment as RenderContext | undefined)?.lookup?.(apiVersion, kind, namespace, name) ?? {},
} satisfies HelmHooks;

/** Go's error is the message alone, without our address. */
function decodeGo(text: string): Json {
  try {
    return decodeYaml(text, { numbers: "float64" });
  } catch (error) {
    throw new Error(problemsOf(error)[0]?.message ?? String(error), { cause: error });
  }
}

const onLint = (message: string, environment: unknown): void => (environment as RenderContext).onLint?.(message);

/** One set each for the life of the process: parsed templates are cached by the set they were parsed for. */
const SETS: Readonly<Record<string, FunctionSet>> = {
  v3: helmFunctions("v3", CODECS),
  v4: helmFunctions("v4", CODECS),
  "v3-lint": helmFunctions("v3", { ...CODECS, onLint }),
  "v4-lint": helmFunctions("v4", { ...CODECS, onLint }),
};

export function functionsFor(compat: "v3" | "v4", isLint: boolean): FunctionSet {
  return SETS[isLint ? `${compat}-lint` : compat] as FunctionSet;
}
