import type { HelmHooks } from "../../src/index.ts";

/** JSON in the place of YAML and TOML: the codecs of other packages are not this package's affair. */
export const plainHooks: HelmHooks = {
  encodeYaml: (value) => `${JSON.stringify(value)}\n`,
  encodeYamlPretty: (value) => `${JSON.stringify(value, undefined, 2)}\n`,
  decodeYaml: (text) => {
    if (text === "") return null;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new Error("error converting YAML to JSON: yaml: bad");
    }
  },
  encodeToml: (value) => `toml ${JSON.stringify(value)}`,
  decodeToml: (text) => {
    if (text === "bad") throw new Error("toml: bad");
    return { text };
  },
};
