import type { FunctionSet } from "../values/types.ts";

/** Codecs and lookups that are not this package's; each throws an Error whose message is what the Go library says. */
export interface HelmHooks {
  /** sigs.k8s.io/yaml.Marshal, with its final newline. The value is template data (GoValues included): see `toPlain`. */
  readonly encodeYaml: (value: unknown) => string;
  /** go yaml v3's encoder with indent 2. */
  readonly encodeYamlPretty: (value: unknown) => string;
  /** sigs.k8s.io/yaml.Unmarshal of one document into any. */
  readonly decodeYaml: (text: string) => unknown;
  readonly encodeToml: (value: unknown) => string;
  readonly decodeToml: (text: string) => unknown;
  /** A cluster's answer; nothing (an empty map) when there is no cluster. `environment` is what execute was given. */
  readonly lookup?: (
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
    environment: unknown,
  ) => Record<string, unknown>;
  /** Linting: required and fail give "" instead of an error. */
  readonly lintMode?: boolean;
  /** Same as execute's missingKey "error"; tpl passes it on. */
  readonly strict?: boolean;
}

export { goFunctions } from "./builtins.ts";

/** sprig 3.3 complete, without env, expandenv and getHostByName (no template function does I/O). */
export const sprigFunctions: FunctionSet = {};

/** What `helm template` offers: sprig and Helm's own, of Helm 3.19 or Helm 4.3. */
export function helmFunctions(_version: "v3" | "v4", _hooks: HelmHooks): FunctionSet {
  throw new Error("not yet");
}

/** What Argo CD's ApplicationSet offers: sprig without env, expandenv, getHostByName, and normalize, slugify, toYaml, fromYaml, fromYamlArray. */
export function applicationSetFunctions(_hooks: Pick<HelmHooks, "encodeYaml" | "decodeYaml">): FunctionSet {
  throw new Error("not yet");
}
