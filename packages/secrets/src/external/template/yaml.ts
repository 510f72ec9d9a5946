import { ANY_MAP, fn, P, STRING, toPlain, type FunctionSet } from "@fairlead/gotemplate";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";

export const yamlFunctions: FunctionSet = {
  /** Without the final newline; "" for what cannot be written, as Helm's. */
  toYaml: fn([P.any], STRING, (_, value) => {
    try {
      return encodeYaml(toPlain(value) as never).replace(/\n$/, "");
    } catch {
      return "";
    }
  }),
  fromYaml: fn([P.string], ANY_MAP, (_, text) => {
    try {
      return decodeYaml(text, { numbers: "float64" });
    } catch (error) {
      throw new Error("not YAML", { cause: error });
    }
  }),
};
