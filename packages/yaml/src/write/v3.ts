import { problemError } from "@fairlead/base";
import { mappingNode, scalarNode, sequenceNode, type Node, type YamlDocument } from "../node.ts";
import { formatFloat } from "../schema/float.ts";
import { isOldBoolean, resolvePlainV3 } from "../schema/v3.ts";
import { NodeWriter } from "./node-writer.ts";
import { compareKeysV3 } from "./order.ts";
import { BASE_60, isIntegerLike, ownKeys } from "./values.ts";

export interface EncodeV3Options {
  /** Columns of one level, 2 to 9; go-yaml's own is 4. */
  readonly indent?: number | undefined;
  /** Sequences at the column of their key, as kyaml writes them. */
  readonly compactSequences?: boolean | undefined;
}

const INDENT = 4;

/**
 * Writes node trees as go.yaml.in/yaml/v3 does: order, comments and styles as they are, quotes where the text would read back as
 * something else. Several documents are parted by `---`.
 * @throws ProblemError YamlEncode on anchors that cannot be read back.
 */
export function encodeNodes(documents: readonly (YamlDocument | Node)[], options: EncodeV3Options = {}): string {
  const indent = options.indent ?? INDENT;
  const writer = new NodeWriter({
    indent: indent < 2 || indent > 9 ? 2 : indent,
    compactSequences: options.compactSequences ?? false,
  });
  for (const document of documents) {
    writer.document("kind" in document ? { content: document, headComment: "", footComment: "" } : document);
  }
  return writer.text;
}

/**
 * Writes a plain value as go.yaml.in/yaml/v3 does, which is what Helm's toYamlPretty uses (indent 2): keys in go-yaml's order,
 * sequences indented, no folding. A number is a float64 and written as such (1e+06); bigint, YamlInteger and the like are integers.
 * @throws ProblemError YamlEncode on what is no value, such as a function.
 */
export function encodeYamlV3(value: unknown, options: EncodeV3Options = {}): string {
  return encodeNodes([valueNode(value)], options);
}

/** A plain value as a tree, which encodeNodes writes as encodeYamlV3 would: for trees made of values and comments. */
export function valueNode(value: unknown): Node {
  switch (typeof value) {
    case "string":
      return stringNode(value);
    case "number":
      return scalarNode(formatFloat(value), "");
    case "bigint":
      return scalarNode(String(value), "!!int");
    case "boolean":
      return scalarNode(String(value), "!!bool");
    case "undefined":
      return scalarNode("null", "!!null");
    case "object":
      return value === null ? scalarNode("null", "!!null") : objectNode(value);
    default:
      throw problemError("YamlEncode", `yaml: cannot marshal type: ${typeof value}`);
  }
}

function objectNode(value: object): Node {
  if (Array.isArray(value)) return sequenceNode(value.map(valueNode));
  if (isIntegerLike(value)) return scalarNode(String(value.value), "!!int");
  const record = value as Record<string, unknown>;
  const keys = ownKeys(record).sort(compareKeysV3);
  return mappingNode(keys.map((key) => ({ key: stringNode(key), value: valueNode(record[key]) })));
}

function stringNode(value: string): Node {
  if (value.includes("\n")) return scalarNode(value, "!!str", "literal");
  const isPlain = resolvePlainV3(value) === undefined && !BASE_60.test(value) && !isOldBoolean(value);
  return scalarNode(value, "!!str", isPlain ? "plain" : "double");
}
