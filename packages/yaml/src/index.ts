// Reading into plain values, as sigs.k8s.io/yaml does
export { decodeYaml, type DecodeOptions } from "./read/decode.ts";
export { decodeDocuments, type DecodedDocument, type DecodedStream } from "./read/documents.ts";
export { type NumberStyle } from "./read/numbers.ts";
export { YamlInteger, type IntegerKind } from "./schema/integer.ts";

// Reading into node trees, as go.yaml.in/yaml/v3 does
export { decodeNode, type DecodeNodeOptions } from "./read/decode-node.ts";
export { parseYaml, type ParsedStream, type ParseOptions } from "./read/parse.ts";
export {
  mappingNode,
  scalarNode,
  sequenceNode,
  valueAt,
  type Alias,
  type Mapping,
  type Node,
  type Pair,
  type Scalar,
  type ScalarStyle,
  type Sequence,
  type YamlDocument,
} from "./node.ts";

// Writing
export { encodeYaml } from "./write/v2.ts";
export { encodeNodes, encodeYamlV3, valueNode, type EncodeV3Options } from "./write/v3.ts";

// Changing a text in place
export { editScalar, type EditOptions } from "./edit/edit-scalar.ts";

export { YAML_CODES } from "./codes.ts";
export { YAML_LIMITS, type YamlLimits } from "./limits.ts";
