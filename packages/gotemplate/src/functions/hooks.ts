/** Codecs and lookups that are not this package's; each throws an Error whose message is what the Go library says. */
export interface HelmHooks {
  /** sigs.k8s.io/yaml.Marshal, with its final newline, of plain JSON (see toPlain). */
  readonly encodeYaml: (value: unknown) => string;
  /** go yaml v3's encoder with indent 2, of plain JSON. */
  readonly encodeYamlPretty: (value: unknown) => string;
  /** sigs.k8s.io/yaml.Unmarshal of one document into an interface: numbers are float64, so integers are numbers too. */
  readonly decodeYaml: (text: string) => unknown;
  /** BurntSushi/toml's encoder. The value is template data: an int and a float64 are written differently. */
  readonly encodeToml: (value: unknown) => string;
  /** BurntSushi/toml.Unmarshal into a map: integers are int64. */
  readonly decodeToml: (text: string) => Record<string, unknown>;
  /**
   * A cluster's answer: an object, or a list when the name is empty. Without it, and for nothing found, an empty map.
   * `environment` is what execute was given.
   */
  readonly lookup?: (
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
    environment: unknown,
  ) => Record<string, unknown>;
  /** Linting: required and fail give "" instead of an error, and tell what they would have said. */
  readonly onLint?: (message: string, environment: unknown) => void;
}

/** The codecs an ApplicationSet needs. */
export type YamlHooks = Pick<HelmHooks, "encodeYaml" | "decodeYaml">;
