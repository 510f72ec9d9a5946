import { goQuote } from "../fmt/quote.ts";
import type { BranchNode, CommandNode, Node, OperandNode, PipeNode, TemplateNode } from "./nodes.ts";

/** A node as Go's Node.String() writes it: the text error messages quote, and a template that parses to the same tree. */
export function printNode(node: Node): string {
  switch (node.type) {
    case "list":
      return node.nodes.map(printNode).join("");
    case "text":
      return node.text;
    case "comment":
      return `{{${node.text}}}`;
    case "action":
      return `{{${printPipe(node.pipe)}}}`;
    case "if":
    case "with":
    case "range":
      return printBranch(node);
    case "template":
      return printTemplate(node);
    case "break":
    case "continue":
      return `{{${node.type}}}`;
    case "command":
      return printCommand(node);
    default:
      return printOperand(node);
  }
}

function printBranch({ type, pipe, list, elseList }: BranchNode): string {
  const otherwise = elseList === undefined ? "" : `{{else}}${printNode(elseList)}`;
  return `{{${type} ${printPipe(pipe)}}}${printNode(list)}${otherwise}{{end}}`;
}

function printTemplate({ name, pipe }: TemplateNode): string {
  const argument = pipe === undefined ? "" : ` ${printPipe(pipe)}`;
  return `{{template ${goQuote(name)}${argument}}}`;
}

function printPipe({ decl, isAssign, cmds }: PipeNode): string {
  const names = decl.map((variable) => variable.ident.join(".")).join(", ");
  const declared = decl.length === 0 ? "" : `${names} ${isAssign ? "=" : ":="} `;
  return declared + cmds.map(printCommand).join(" | ");
}

function printCommand({ args }: CommandNode): string {
  return args.map((arg) => (arg.type === "pipe" ? `(${printPipe(arg)})` : printOperand(arg))).join(" ");
}

function printOperand(node: OperandNode): string {
  switch (node.type) {
    case "identifier":
      return node.ident;
    case "variable":
      return node.ident.join(".");
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "field":
      return node.ident.map((name) => `.${name}`).join("");
    case "chain": {
      const inner = node.node.type === "pipe" ? `(${printPipe(node.node)})` : printOperand(node.node);
      return inner + node.field.map((name) => `.${name}`).join("");
    }
    case "bool":
      return String(node.value);
    case "number":
      return node.text;
    case "string":
      return node.quoted;
    case "pipe":
      return printPipe(node);
  }
}
