import { goFunctions } from "../functions/builtins.ts";
import { mergeFunctions } from "../functions/define.ts";
import type { ParseTree } from "../parse/nodes.ts";
import { parseText } from "../parse/parse.ts";
import type { FunctionSet } from "../values/types.ts";
import { compileTree } from "./compile.ts";
import type { Execute } from "./flow.ts";

/** Texts kept parsed for one set of functions and delimiters, by count and by characters. */
const TEXTS_MAX = 5000;
const CHARS_MAX = 16 * 1024 * 1024;

/**
 * What template sets with the same functions share: parsed texts and compiled trees. A chart's templates, and the texts its
 * values hand to tpl, are parsed once and executed many times.
 */
export class Program {
  readonly functions: FunctionSet;
  readonly #leftDelim: string;
  readonly #rightDelim: string;
  /** By name and text; text that stays the same object is hashed once. */
  readonly #texts = new Map<string, Map<string, ReadonlyMap<string, ParseTree>>>();
  readonly #compiled = new WeakMap<ParseTree, Execute>();
  #count = 0;
  #chars = 0;

  constructor(functions: FunctionSet, leftDelim: string, rightDelim: string) {
    this.functions = mergeFunctions(goFunctions, functions);
    this.#leftDelim = leftDelim;
    this.#rightDelim = rightDelim;
  }

  /** The trees of a text, parsed now if they are not kept. @throws TemplateError */
  parse(name: string, text: string): ReadonlyMap<string, ParseTree> {
    const known = this.#texts.get(name)?.get(text);
    if (known !== undefined) return known;
    const trees = parseText(name, text, {
      leftDelim: this.#leftDelim,
      rightDelim: this.#rightDelim,
      hasFunction: (candidate) => this.functions[candidate] !== undefined,
    });
    this.#keep(name, text, trees);
    return trees;
  }

  #keep(name: string, text: string, trees: ReadonlyMap<string, ParseTree>): void {
    if (text.length > CHARS_MAX / 4) return;
    // What is still used after a clear-out is parsed again.
    if (++this.#count > TEXTS_MAX || this.#chars + text.length > CHARS_MAX) {
      this.#texts.clear();
      this.#count = 1;
      this.#chars = 0;
    }
    this.#chars += text.length;
    const byText = this.#texts.get(name);
    if (byText === undefined) this.#texts.set(name, new Map([[text, trees]]));
    else byText.set(text, trees);
  }

  compiled(tree: ParseTree): Execute {
    let body = this.#compiled.get(tree);
    if (body === undefined) {
      body = compileTree(tree, this.functions);
      this.#compiled.set(tree, body);
    }
    return body;
  }
}

const programs = new WeakMap<FunctionSet, Map<string, Program>>();

/** The program of a set of functions; the same object gives the same program. */
export function programFor(functions: FunctionSet, leftDelim: string, rightDelim: string): Program {
  let byDelims = programs.get(functions);
  if (byDelims === undefined) {
    byDelims = new Map();
    programs.set(functions, byDelims);
  }
  const key = `${leftDelim}\0${rightDelim}`;
  let program = byDelims.get(key);
  if (program === undefined) {
    program = new Program(functions, leftDelim, rightDelim);
    byDelims.set(key, program);
  }
  return program;
}
