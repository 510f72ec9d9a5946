import { type Problem, ProblemError } from "@fairlead/base";
import { type Mapping, type Node, parseYaml, type Scalar } from "@fairlead/yaml";
import { KUSTOMIZE_LIMITS } from "../limits.ts";
import type { KNode, MappingNode } from "./types.ts";

/** The documents of a file, as nobody has changed them yet: users copy before they write. */
export interface ParsedFile {
  readonly file: string;
  readonly documents: readonly { readonly node: KNode; readonly line: number }[];
  /** Pieces between `---` lines, the empty ones too. */
  readonly chunks: number;
}

/** The same documents under another path. */
export function renamed(parsed: ParsedFile, file: string): ParsedFile {
  return parsed.file === file ? parsed : { ...parsed, file };
}

/** Line ends as the real tool has them before it looks at anything. */
export function unixLines(text: string): string {
  return text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
}

/**
 * Reads every document, with anchors and merge keys expanded.
 * @throws ProblemError with every problem; messages begin with MalformedYAMLError, as the real tool's do
 */
export function parseFile(text: string, file: string): ParsedFile {
  const unix = unixLines(text);
  const problems: Problem[] = [];
  const chunks = countChunks(unix, file, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  const parsed = parseYaml(unix, { file });
  problems.push(
    ...parsed.problems.map((problem) => ({ ...problem, message: `MalformedYAMLError: ${problem.message}` })),
  );
  const reader = new Reader(file, problems);
  const documents = parsed.documents.map(({ content }) => ({ node: reader.read(content, 0), line: content.line }));
  if (problems.length > 0) throw new ProblemError(problems);
  return { file, documents, chunks };
}

/** Separators are lines that begin with `---`; behind them only a comment may stand. */
function countChunks(text: string, file: string, problems: Problem[]): number {
  let chunks = 1;
  for (let at = text.indexOf("\n---"); at >= 0; at = text.indexOf("\n---", at + 1)) {
    const end = text.indexOf("\n", at + 1);
    if (end < 0) break;
    chunks++;
    const rest = text.slice(at + 4, end).trim();
    if (rest === "" || rest.startsWith("#")) continue;
    const line = text.slice(0, at + 1).split("\n").length;
    const separator = text.slice(at + 1, end).trim();
    problems.push({
      code: "KustomizeResource",
      message: `invalid document separator: ${separator}`,
      file,
      line,
      column: 1,
    });
  }
  return chunks;
}

class Reader {
  readonly #file: string;
  readonly #problems: Problem[];
  #expanded = 0;

  constructor(file: string, problems: Problem[]) {
    this.#file = file;
    this.#problems = problems;
  }

  read(node: Node, depth: number): KNode {
    if (node.kind === "scalar") {
      const isFolded = node.style === "folded" ? true : undefined;
      return { kind: "scalar", text: node.value, tag: node.tag, quoted: isQuoted(node), isFolded };
    }
    if (depth > KUSTOMIZE_LIMITS.depthMax)
      throw this.#limit(node, `more than ${KUSTOMIZE_LIMITS.depthMax} levels deep`);
    if (node.kind === "sequence") {
      const items: KNode[] = [];
      for (const item of node.items) items.push(this.read(item, depth + 1));
      return { kind: "sequence", items };
    }
    if (node.kind === "mapping") return this.#mapping(node, depth);
    return this.#alias(node.target, depth);
  }

  /** Each alias becomes a copy of its own, so the copies are counted: that is how a YAML bomb grows. */
  #alias(target: Node, depth: number): KNode {
    this.#expanded += sizeOf(target, KUSTOMIZE_LIMITS.aliasNodesMax);
    if (this.#expanded > KUSTOMIZE_LIMITS.aliasNodesMax) {
      throw this.#limit(target, `aliases expand to more than ${KUSTOMIZE_LIMITS.aliasNodesMax} nodes`);
    }
    return this.read(target, depth + 1);
  }

  #mapping(node: Mapping, depth: number): MappingNode {
    const fields = new Map<string, KNode>();
    const result: MappingNode = { kind: "mapping", fields };
    let merges: Node | undefined;
    for (const { key, value } of node.pairs) {
      const name = key.kind === "alias" ? key.target : key;
      if (name.kind !== "scalar") {
        // Only refused when it is written, as in the real tool: a patch may take it away.
        result.badKey = "of several parts";
        continue;
      }
      if (name.tag === "!!merge") {
        if (merges) this.#report(key, "duplicate merge key");
        merges = value;
        continue;
      }
      if (fields.has(name.value))
        this.#report(key, `mapping key ${JSON.stringify(name.value)} already defined in this mapping`);
      if (name.tag !== "!!str") result.badKey = name.value;
      fields.set(name.value, this.read(value, depth + 1));
    }
    if (merges) this.#merge(result, merges, depth);
    return result;
  }

  /** Own fields win over merged ones, and earlier mappings of a list over later ones. */
  #merge(into: MappingNode, source: Node, depth: number): void {
    for (const one of source.kind === "sequence" ? source.items : [source]) {
      const merged = this.read(one, depth + 1);
      if (merged.kind !== "mapping") {
        this.#report(one, "map merge requires map or sequence of maps as the value");
        continue;
      }
      for (const [key, value] of merged.fields) if (!into.fields.has(key)) into.fields.set(key, value);
    }
  }

  #report(at: Node, message: string): void {
    const { line, column } = at;
    this.#problems.push({ code: "KustomizeResource", message, file: this.#file, line, column });
  }

  #limit(at: Node, what: string): Error {
    const { line, column } = at;
    const message = `the file is refused: ${what}`;
    return new ProblemError([...this.#problems, { code: "LimitExceeded", message, file: this.#file, line, column }]);
  }
}

/** A written tag counts more than quotes: `!!int "7"` is a number. */
function isQuoted({ style, isTagged, tag }: Scalar): boolean {
  return style !== "plain" && !(isTagged && tag !== "!!str");
}

/** Nodes in a tree with its aliases expanded, counted up to a limit. */
function sizeOf(node: Node, max: number): number {
  let count = 0;
  const stack: Node[] = [node];
  for (let next = stack.pop(); next && count <= max; next = stack.pop()) {
    count++;
    if (next.kind === "alias") stack.push(next.target);
    else if (next.kind === "sequence") stack.push(...next.items);
    else if (next.kind === "mapping") for (const { key, value } of next.pairs) stack.push(key, value);
  }
  return count;
}
