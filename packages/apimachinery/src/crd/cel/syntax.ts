/** A node of the library's syntax tree; positions are offsets into the text. */
export interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
}

export interface CelFault {
  readonly at: number;
  readonly message: string;
}

export function operands(node: SyntaxNode): SyntaxNode[] {
  const args = Array.isArray(node.args) ? (node.args as unknown[]) : [node.args];
  return args.filter(
    (item): item is SyntaxNode => typeof item === "object" && item !== null && "op" in item && "start" in item,
  );
}

/** The compiler's text of faults, in the order of their places. */
export function describeFaults(text: string, faults: readonly CelFault[]): string {
  const inOrder = [...faults].sort((a, b) => a.at - b.at);
  return inOrder.map((fault) => describeFault(text, fault)).join("\n");
}

/** The place, and the line with a mark under it. */
function describeFault(text: string, { at, message }: CelFault): string {
  const before = text.slice(0, at).split("\n");
  const passed = Array.from(before.at(-1) ?? "");
  const line = (text.split("\n")[before.length - 1] ?? "").replaceAll("\t", " ");
  const isWide = (char: string | undefined): boolean => (char ?? "") > "\u007f";
  const dots = passed.map((char) => (isWide(char) ? "．" : ".")).join("");
  const mark = isWide(Array.from(line)[passed.length]) ? "＾" : "^";
  return `ERROR: <input>:${before.length}:${passed.length + 1}: ${message}\n | ${line}\n | ${dots}${mark}`;
}
