/** Limits of this package; units are in the names. Each can be lowered or raised for one call through the options. */
export const YAML_LIMITS = {
  /** UTF-16 units of one text. */
  textCharsMax: 64 * 1024 * 1024,
  /** Documents of one stream. */
  documentsMax: 100_000,
  /** Problems of one stream; reading ends there, since more would help nobody. */
  problemsMax: 1_000,
  /** Collections inside each other. go-yaml stops at 10,000; nothing a person or a tool writes comes near this. */
  depthMax: 1_000,
} as const;

export interface YamlLimits {
  readonly textCharsMax: number;
  readonly documentsMax: number;
  readonly problemsMax: number;
  readonly depthMax: number;
}

/** Characters an implicit key may span (YAML 1.2 §7.4.2, and libyaml). */
export const SIMPLE_KEY_CHARS_MAX = 1024;

/** Columns the v2 emitter folds at; go.yaml.in/yaml/v2 uses libyaml's default. */
export const FOLD_COLUMNS = 80;

/** How far go.yaml.in/yaml/v3 looks ahead of a token for a comment. */
export const COMMENT_LOOKAHEAD_CHARS = 512;

/** Keys listed in one Go-syntax rendering of a value inside an error message, so that messages stay short. */
export const MESSAGE_VALUE_CHARS_MAX = 400;
