/** What parsing gives: the tree of one template. Trees are immutable and shared between sets. */
export interface ParseTree {
  /** The template's name: the one given to parse, or the one in its define or block. */
  readonly name: string;
  /** The name of the text it stands in; positions in errors are given in it. */
  readonly parseName: string;
  readonly text: string;
  readonly root: ListNode;
}

/** Where a node's text comes from, shared by all nodes of one text. */
export interface Source {
  readonly parseName: string;
  readonly text: string;
}

interface Base {
  /** Index into the source text, in UTF-16 units. */
  readonly pos: number;
  readonly source: Source;
}

export interface ListNode extends Base {
  readonly type: "list";
  readonly nodes: readonly StatementNode[];
}

interface TextNode extends Base {
  readonly type: "text";
  readonly text: string;
}

interface CommentNode extends Base {
  readonly type: "comment";
  readonly text: string;
}

export interface ActionNode extends Base {
  readonly type: "action";
  readonly pipe: PipeNode;
}

export interface BranchNode extends Base {
  readonly type: "if" | "with" | "range";
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly elseList: ListNode | undefined;
}

export interface TemplateNode extends Base {
  readonly type: "template";
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}

interface BreakNode extends Base {
  readonly type: "break" | "continue";
}

export interface PipeNode extends Base {
  readonly type: "pipe";
  readonly isAssign: boolean;
  readonly decl: readonly VariableNode[];
  readonly cmds: readonly CommandNode[];
}

export interface CommandNode extends Base {
  readonly type: "command";
  readonly args: readonly OperandNode[];
}

export interface IdentifierNode extends Base {
  readonly type: "identifier";
  readonly ident: string;
}

export interface VariableNode extends Base {
  readonly type: "variable";
  /** `$x.a.b` is ["$x", "a", "b"]. */
  readonly ident: readonly string[];
}

interface DotNode extends Base {
  readonly type: "dot" | "nil";
}

interface FieldNode extends Base {
  readonly type: "field";
  readonly ident: readonly string[];
}

interface ChainNode extends Base {
  readonly type: "chain";
  readonly node: OperandNode;
  readonly field: readonly string[];
}

interface BoolNode extends Base {
  readonly type: "bool";
  readonly value: boolean;
}

export interface NumberNode extends Base {
  readonly type: "number";
  readonly text: string;
  /** Set when the constant can be this; one constant can be several. */
  readonly int: bigint | undefined;
  readonly uint: bigint | undefined;
  readonly float: number | undefined;
  readonly complex: readonly [real: number, imaginary: number] | undefined;
}

interface StringNode extends Base {
  readonly type: "string";
  readonly quoted: string;
  readonly text: string;
}

export type OperandNode =
  | IdentifierNode
  | VariableNode
  | DotNode
  | FieldNode
  | ChainNode
  | BoolNode
  | NumberNode
  | StringNode
  | PipeNode;

export type StatementNode = TextNode | CommentNode | ActionNode | BranchNode | TemplateNode | BreakNode;

export type Node = ListNode | StatementNode | OperandNode | CommandNode;

/** A tree that defines nothing: white space and comments only. */
export function isEmptyList(list: ListNode): boolean {
  return list.nodes.every((node) => node.type === "comment" || (node.type === "text" && /^\s*$/.test(node.text)));
}
