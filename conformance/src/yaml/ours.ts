import { problemError, ProblemError } from "@fairlead/base";
import {
  decodeNode,
  decodeYaml,
  encodeNodes,
  encodeYaml,
  encodeYamlV3,
  parseYaml,
  scalarNode,
  type Node,
  type YamlDocument,
} from "@fairlead/yaml";
import type { Request } from "./judge.ts";

/** What the judge's `nodes` gives for a node. */
interface GoNode {
  kind: string;
  style: number;
  tag: string;
  value: string;
  anchor: string;
  line: number;
  column: number;
  head: string;
  lineComment: string;
  foot: string;
  content: GoNode[];
}

const SCALAR_STYLES = { plain: 0, double: 2, single: 4, literal: 8, folded: 16 } as const;
const TAGGED = 1;
const FLOW = 32;

function goNode(node: Node): GoNode {
  const { tag, anchor, line, column } = node;
  const shared = {
    tag,
    anchor,
    line,
    column,
    head: node.headComment,
    lineComment: node.lineComment,
    foot: node.footComment,
  };
  const tagged = node.isTagged ? TAGGED : 0;
  if (node.kind === "scalar") {
    return { kind: "scalar", style: SCALAR_STYLES[node.style] | tagged, value: node.value, ...shared, content: [] };
  }
  if (node.kind === "alias") return { kind: "alias", style: 0, value: node.name, ...shared, content: [] };
  const children = node.kind === "sequence" ? node.items : node.pairs.flatMap((pair) => [pair.key, pair.value]);
  return {
    kind: node.kind,
    style: tagged | (node.isFlow ? FLOW : 0),
    value: "",
    ...shared,
    content: children.map(goNode),
  };
}

function goDocument(document: YamlDocument): GoNode {
  const { line, column, headComment, lineComment, footComment } = document;
  return {
    kind: "document",
    style: 0,
    tag: "",
    value: "",
    anchor: "",
    line,
    column,
    head: headComment,
    lineComment,
    foot: footComment,
    content: [goNode(document.content)],
  };
}

function parsed(text: string): YamlDocument[] {
  const { documents, problems } = parseYaml(text);
  if (problems.length > 0) throw new ProblemError(problems);
  return documents;
}

/** Our answer to the same request. Values are given as values, to be compared as JSON. */
export function ourAnswer(request: Request): { value: unknown } | { error: string } {
  try {
    return { value: compute(request) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { error: error.problems[0]?.message ?? "" };
  }
}

function compute({ op, text, value, indent, compact }: Request): unknown {
  switch (op) {
    case "json":
      return decodeYaml(text);
    case "values":
      return decodeYaml(text, { numbers: "float64" });
    case "strict":
      return decodeYaml(text, { uniqueKeys: true });
    case "marshal":
      return encodeYaml(value);
    case "nodes":
      return parsed(text).map(goDocument);
    case "rewrite3":
      return encodeNodes(parsed(text), { indent, compactSequences: compact });
    case "decode3": {
      // Unmarshal looks at the first document only.
      const [first] = parseYaml(text).documents;
      return decodeNode(
        first === undefined ? (parsed(text)[0]?.content ?? scalarNode("null", "!!null")) : first.content,
      );
    }
    case "kyaml": {
      const document = parseYaml(text).documents[0] ?? parsed(text)[0];
      if (document === undefined) throw problemError("YamlSyntax", "EOF");
      return encodeNodes([document], { indent: 2, compactSequences: true });
    }
    case "value3":
      return encodeYamlV3(value, { indent });
    default:
      throw new Error(`no answer to ${op}`);
  }
}
