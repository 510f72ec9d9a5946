/** Where a node is (offsets, -1 for what nobody wrote) and what surrounds it, which `addContext` fills in. */
interface Place {
  readonly begin: number;
  readonly end: number;
  context: string;
}

export type BinaryOperator =
  | "*"
  | "/"
  | "%"
  | "+"
  | "-"
  | "<<"
  | ">>"
  | ">"
  | ">="
  | "<"
  | "<="
  | "in"
  | "=="
  | "!="
  | "&"
  | "^"
  | "|"
  | "&&"
  | "||";

export type UnaryOperator = "!" | "~" | "+" | "-";

export type Node = Place &
  (
    | { readonly kind: "literal"; readonly value: null | boolean | number | string }
    | { readonly kind: "array"; readonly items: readonly Node[] }
    | { readonly kind: "arrayComp"; readonly body: Node; readonly spec: ForSpec }
    | ApplyFields
    | { readonly kind: "applyBrace"; readonly left: Node; readonly right: Node }
    | { readonly kind: "assert"; readonly test: Node; readonly message: Node | undefined; readonly rest: Node }
    | { readonly kind: "binary"; readonly op: BinaryOperator; readonly left: Node; readonly right: Node }
    | { readonly kind: "if"; readonly test: Node; readonly yes: Node; readonly no: Node | undefined }
    | { readonly kind: "dollar" }
    | { readonly kind: "self" }
    | { readonly kind: "error"; readonly message: Node }
    | FunctionFields
    | { readonly kind: "import" | "importstr" | "importbin"; readonly path: string }
    | { readonly kind: "index"; readonly target: Node; readonly index: Node; readonly isDotted: boolean }
    | {
        readonly kind: "slice";
        readonly target: Node;
        readonly from: Node | undefined;
        readonly to: Node | undefined;
        readonly step: Node | undefined;
      }
    | { readonly kind: "local"; readonly binds: readonly Bind[]; readonly body: Node }
    | { readonly kind: "object"; readonly fields: readonly Field[] }
    | { readonly kind: "objectComp"; readonly fields: readonly Field[]; readonly spec: ForSpec }
    | { readonly kind: "parens"; readonly inner: Node }
    | { readonly kind: "superIndex"; readonly index: Node; readonly isDotted: boolean }
    | { readonly kind: "inSuper"; readonly index: Node }
    | { readonly kind: "unary"; readonly op: UnaryOperator; readonly operand: Node }
    | { readonly kind: "var"; readonly name: string }
  );

interface ApplyFields {
  readonly kind: "apply";
  readonly target: Node;
  readonly args: readonly Node[];
  readonly named: readonly { readonly name: string; readonly value: Node }[];
  readonly isTailStrict: boolean;
}

interface FunctionFields {
  readonly kind: "function";
  readonly params: readonly Param[];
  readonly body: Node;
}

export type ApplyNode = Place & ApplyFields;
export type FunctionNode = Place & FunctionFields;
export type NodeOf<K extends Node["kind"]> = Extract<Node, { readonly kind: K }>;

export interface Param {
  readonly name: string;
  readonly fallback: Node | undefined;
}

export interface Bind {
  readonly name: string;
  readonly value: Node;
}

/** How a field shows: as what it overrides does, never, always. */
export type Visibility = "inherit" | "hidden" | "visible";

export type Field =
  | {
      readonly kind: "field";
      /** A literal for names that are written down. */
      readonly name: Node;
      readonly isComputed: boolean;
      readonly visibility: Visibility;
      readonly isPlus: boolean;
      readonly value: Node;
    }
  | { readonly kind: "local"; readonly name: string; readonly value: Node }
  | {
      readonly kind: "assert";
      readonly test: Node;
      readonly message: Node | undefined;
      readonly begin: number;
      readonly end: number;
    };

/** `for NAME in items if … if …`; `outer` is the one before it. */
export interface ForSpec {
  readonly name: string;
  readonly items: Node;
  readonly conditions: readonly Node[];
  readonly outer: ForSpec | undefined;
}
