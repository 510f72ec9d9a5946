/** JSON as sops reads and writes it: keys in order, whole numbers of 64 bits as such, tabs. */
import { problemError } from "@fairlead/base";
import { parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { Branch, Comment, Timestamp, type TreeElement, type TreeValue } from "../tree.ts";
import { putMetadata, takeMetadata } from "./nested.ts";
import type { Store } from "./types.ts";

/** @param indent spaces of one level, tabs unless given (stores.json.indent of .sops.yaml) */
export function jsonStore(indent?: number): Store {
  const step = indent === undefined ? "\t" : " ".repeat(Math.max(indent, 0));
  const write = ([branch = new Branch([])]: readonly Branch[]): string => {
    if (indent !== undefined && indent < 0)
      throw problemError("InvalidSopsFile", `JSON cannot be indented by ${indent} columns`);
    return `${print(branch, step, "")}\n`;
  };
  return {
    read: (text, file) => [readJson(text, file)],
    write,
    readSealed: (text, file) => takeMetadata([readJson(text, file)]),
    writeSealed: (branches, metadata) => write(putMetadata(branches, metadata)),
    // A mapping is printed as a file is, anything else without the line's end.
    writeValue: (value) => (value instanceof Branch ? write([value]) : print(value, step, "")),
  };
}

function readJson(text: string, file: string | undefined): Branch {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const [fault] = errors;
  if (fault || root === undefined) {
    const why = fault ? `: ${printParseErrorCode(fault.error)}` : "";
    throw problemError("InvalidSopsFile", `it is no JSON${why}`, { file, ...placeOf(text, fault?.offset ?? 0) });
  }
  if (root.type === "object") return branchOf(root, text);
  throw problemError("InvalidSopsFile", "the top level is no object, and sops supports no other", { file });
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function branchOf(node: Node, text: string): Branch {
  return new Branch(
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
      key && value ? [{ key: String(key.value), value: valueOf(value, text) }] : [],
    ),
  );
}

const INTEGER = /^-?\d+$/;
const INT64_LIMIT = 2n ** 63n;

function valueOf(node: Node, text: string): TreeValue {
  switch (node.type) {
    case "object":
      return branchOf(node, text);
    case "array":
      return (node.children ?? []).map((child) => valueOf(child, text));
    case "number":
      return numberOf(text.slice(node.offset, node.offset + node.length));
    default:
      return node.value as string | boolean | null;
  }
}

/** Whole numbers as they are written, beyond 2^53 too; what 64 bits do not hold becomes a float. */
function numberOf(digits: string): bigint | number {
  if (!INTEGER.test(digits)) return finite(digits);
  const exact = BigInt(digits);
  return exact >= -INT64_LIMIT && exact < INT64_LIMIT ? exact : finite(digits);
}

function finite(digits: string): number {
  const value = Number(digits);
  if (Number.isFinite(value)) return value;
  throw problemError("InvalidSopsFile", "a number is out of the range 64 bits hold");
}

function print(value: TreeElement, step: string, indent: string): string {
  const deeper = indent + step;
  if (value instanceof Branch) {
    const entries = value.entries().map((entry) => `${deeper}${quote(entry.key)}: ${print(entry.value, step, deeper)}`);
    return wrap("{}", entries, indent);
  }
  if (Array.isArray(value)) {
    // JSON has no comments: what came from another format is left out.
    const elements = (value as readonly TreeElement[]).filter((element) => !(element instanceof Comment));
    return wrap(
      "[]",
      elements.map((element) => deeper + print(element, step, deeper)),
      indent,
    );
  }
  if (value instanceof Comment || value instanceof Timestamp) return quote(value.text);
  if (typeof value === "string") return quote(value);
  if (typeof value !== "number") return String(value);
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  throw problemError("InvalidSopsFile", "JSON has no number without end, and none that is no number");
}

function wrap([open = "", close = ""]: string, lines: readonly string[], indent: string): string {
  return lines.length === 0 ? open + close : `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** As Go writes text into JSON: safe within HTML, and with a mark for each byte that is no UTF-8. */
function quote(text: string): string {
  const quoted = text.isWellFormed() ? JSON.stringify(text) : JSON.stringify(text).replace(/\\ud[89a-f]../g, "\\ufffd");
  return quoted.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A value in one line, without spaces. */
export function jsonLine(value: TreeElement): string {
  if (value instanceof Branch) {
    return `{${value
      .entries()
      .map((entry) => `${quote(entry.key)}:${jsonLine(entry.value)}`)
      .join(",")}}`;
  }
  if (!Array.isArray(value)) return print(value, "", "");
  const elements = (value as readonly TreeElement[]).filter((element) => !(element instanceof Comment));
  return `[${elements.map(jsonLine).join(",")}]`;
}
