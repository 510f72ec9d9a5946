import { isJsonObject } from "@fairlead/base";

/** The paths of an object that a jq path expression selects. */
export interface JqPaths {
  paths(object: unknown): (string | number)[][];
}

type Path = (string | number)[];
type Value = { readonly path: Path; readonly value: unknown };
/** From one place in the object to the places it selects. */
type Step = (at: Value) => Value[];
type Test = (at: Value) => unknown;

const EXPRESSION_CHARS_MAX = 2_000;
const PATHS_MAX = 10_000;

/**
 * The part of jq that selects paths, which is what ignoreDifferences needs (Argo CD evaluates `del(expression)`): fields, `[]`,
 * `[n]`, `["key"]`, `?`, `..`, pipes, commas, parentheses, and `select(…)` with comparisons, `and`, `or`, `not`, `test`, `startswith`,
 * `endswith`, `contains`, `has`, `any`-free. Evaluated here rather than by a jq engine so that it stays synchronous and bounded.
 * @returns what is wrong, as the end of a sentence, when it is not such an expression
 */
export function compileJq(expression: string): JqPaths | string {
  if (expression.length > EXPRESSION_CHARS_MAX) return `is longer than ${EXPRESSION_CHARS_MAX} characters`;
  try {
    const parser = new Parser(tokenize(expression));
    const step = parser.pipe();
    parser.end();
    return {
      paths: (object) =>
        step({ path: [], value: object })
          .slice(0, PATHS_MAX)
          .map(({ path }) => path),
    };
  } catch (error) {
    if (error instanceof JqError) return error.message;
    throw error;
  }
}

class JqError extends Error {}

interface Token {
  readonly kind: "field" | "string" | "number" | "word" | "mark";
  readonly text: string;
}

const TOKEN =
  /\s+|(\.\.|\.[A-Za-z_][A-Za-z0-9_]*|\."(?:[^"\\]|\\.)*")|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|<=|>=|[.|,()[\]?<>])/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new JqError(`cannot be read at ${JSON.stringify(text.slice(at, at + 10))}`);
    const [, field, string, number, word, mark] = match;
    if (field === "..") tokens.push({ kind: "mark", text: ".." });
    else if (field !== undefined)
      tokens.push({ kind: "field", text: field.startsWith('."') ? unquote(field.slice(1)) : field.slice(1) });
    else if (string !== undefined) tokens.push({ kind: "string", text: unquote(string) });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
  }
  return tokens;
}

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new JqError(`holds a string that cannot be read: ${text}`);
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token) throw new JqError(`has ${JSON.stringify(token.text)} where it should end`);
  }

  pipe(): Step {
    let step = this.#comma();
    while (this.#take("|")) {
      const left = step;
      const right = this.#comma();
      step = (at) => left(at).flatMap(right);
    }
    return step;
  }

  #comma(): Step {
    let step = this.#path();
    while (this.#take(",")) {
      const left = step;
      const right = this.#path();
      step = (at) => [...left(at), ...right(at)];
    }
    return step;
  }

  #path(): Step {
    let step = this.#start();
    for (;;) {
      const next = this.#suffix();
      if (!next) return step;
      const before = step;
      step = (at) => before(at).flatMap(next);
    }
  }

  #start(): Step {
    const token = this.#tokens[this.#at];
    if (!token) throw new JqError("ends too early");
    if (token.kind === "field") return (this.#at++, fieldStep(token.text));
    if (this.#take("..")) return everything;
    if (this.#take(".")) {
      const next = this.#tokens[this.#at];
      if (next?.kind === "string") return (this.#at++, fieldStep(next.text));
      return (at) => [at];
    }
    if (this.#take("(")) {
      const inner = this.pipe();
      this.#need(")");
      return inner;
    }
    if (token.kind === "word") return this.#call(token.text);
    throw new JqError(`has ${JSON.stringify(token.text)}, which selects no path`);
  }

  #call(name: string): Step {
    this.#at++;
    if (name === "empty") return () => [];
    if (name === "recurse") return everything;
    if (name !== "select") throw new JqError(`uses ${JSON.stringify(name)}, which is not supported in a path`);
    this.#need("(");
    const test = this.#or();
    this.#need(")");
    return (at) => (isTruthy(test(at)) ? [at] : []);
  }

  #suffix(): Step | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind === "field") return (this.#at++, fieldStep(token.text));
    if (this.#take("?")) return (at) => [at];
    if (token?.text === "." && this.#tokens[this.#at + 1]?.text === "[") return (this.#at++, this.#suffix());
    if (!this.#take("[")) return undefined;
    if (this.#take("]")) return children;
    const inner = this.#tokens[this.#at++];
    if (inner?.kind !== "string" && inner?.kind !== "number")
      throw new JqError("has an index that is neither a text nor a number");
    this.#need("]");
    return inner.kind === "string" ? fieldStep(inner.text) : indexStep(Number(inner.text));
  }

  #or(): Test {
    let test = this.#and();
    while (this.#takeWord("or")) {
      const left = test;
      const right = this.#and();
      test = (at) => isTruthy(left(at)) || isTruthy(right(at));
    }
    return test;
  }

  #and(): Test {
    let test = this.#comparison();
    while (this.#takeWord("and")) {
      const left = test;
      const right = this.#comparison();
      test = (at) => isTruthy(left(at)) && isTruthy(right(at));
    }
    return test;
  }

  #comparison(): Test {
    const left = this.#operand();
    const operator = ["==", "!=", "<", "<=", ">", ">="].find((mark) => this.#tokens[this.#at]?.text === mark);
    if (operator === undefined || this.#tokens[this.#at]?.kind !== "mark") return left;
    this.#at++;
    const right = this.#operand();
    return (at) => compare(operator, left(at), right(at));
  }

  #operand(): Test {
    const token = this.#tokens[this.#at];
    if (token?.kind === "string") return (this.#at++, () => token.text);
    if (token?.kind === "number") return (this.#at++, () => Number(token.text));
    if (token?.kind === "word" && ["true", "false", "null"].includes(token.text)) {
      this.#at++;
      return () => (token.text === "null" ? null : token.text === "true");
    }
    if (token?.kind === "word") return this.#function(token.text);
    if (this.#take("(")) {
      const inner = this.#or();
      this.#need(")");
      return this.#piped(inner);
    }
    const path = this.#path();
    return this.#piped((at) => path(at)[0]?.value ?? null);
  }

  /** `.name | test("^x")` inside select. */
  #piped(from: Test): Test {
    let test = from;
    while (this.#take("|")) {
      const before = test;
      const next = this.#operand();
      test = (at) => next({ path: at.path, value: before(at) });
    }
    return test;
  }

  #function(name: string): Test {
    this.#at++;
    if (name === "not") return (at) => !isTruthy(at.value);
    if (name === "length") return (at) => lengthOf(at.value);
    this.#need("(");
    const argument = this.#operand();
    this.#need(")");
    const test = FUNCTIONS[name];
    if (!test) throw new JqError(`uses ${JSON.stringify(name)}, which is not supported`);
    return (at) => test(at.value, argument(at));
  }

  #take(mark: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "mark" || token.text !== mark) return false;
    this.#at++;
    return true;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" || token.text !== word) return false;
    this.#at++;
    return true;
  }

  #need(mark: string): void {
    if (this.#take(mark)) return;
    throw new JqError(
      `lacks ${JSON.stringify(mark)}${this.#tokens[this.#at] ? ` before ${JSON.stringify(this.#tokens[this.#at]?.text)}` : ""}`,
    );
  }
}

const FUNCTIONS: Readonly<Record<string, ((value: unknown, argument: unknown) => unknown) | undefined>> = {
  test: (value, pattern) => typeof value === "string" && new RegExp(String(pattern)).test(value),
  startswith: (value, text) => typeof value === "string" && value.startsWith(String(text)),
  endswith: (value, text) => typeof value === "string" && value.endsWith(String(text)),
  contains: (value, part) =>
    typeof value === "string" ? value.includes(String(part)) : Array.isArray(value) && value.includes(part),
  has: (value, key) =>
    isJsonObject(value) ? Object.hasOwn(value, String(key)) : Array.isArray(value) && Number(key) in value,
};

function isTruthy(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

function lengthOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function compare(operator: string, a: unknown, b: unknown): boolean {
  if (operator === "==") return a === b;
  if (operator === "!=") return a !== b;
  if (typeof a !== typeof b || (typeof a !== "number" && typeof a !== "string")) return false;
  const order = a < (b as typeof a) ? -1 : a > (b as typeof a) ? 1 : 0;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function fieldStep(name: string): Step {
  return ({ path, value }) => {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return [];
    return [{ path: [...path, name], value: value[name] }];
  };
}

function indexStep(index: number): Step {
  return ({ path, value }) => {
    if (!Array.isArray(value)) return [];
    const at = index < 0 ? value.length + index : index;
    return at in value ? [{ path: [...path, at], value: value[at] }] : [];
  };
}

function children({ path, value }: Value): Value[] {
  if (Array.isArray(value)) return value.map((item, index) => ({ path: [...path, index], value: item }));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).map(([name, item]) => ({ path: [...path, name], value: item }));
}

function everything(at: Value): Value[] {
  const found: Value[] = [at];
  for (let i = 0; i < found.length && found.length < PATHS_MAX; i++) {
    const next = found[i];
    if (next) found.push(...children(next));
  }
  return found;
}
