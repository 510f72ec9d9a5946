import { RecentMap } from "@fairlead/base";
import { goFunctions } from "../functions/builtins.ts";
import { mergeFunctions } from "../functions/define.ts";
import type { ParseTree } from "../parse/nodes.ts";
import { parseText, type ParsedText } from "../parse/parse.ts";
import type { FunctionSet } from "../values/types.ts";
import { compileTree } from "./compile.ts";
import type { Execute } from "./flow.ts";

/**
 * What the kept texts of one generation may cost, in items of their grammar: 180 bytes each with nodes and closures, 30 MiB together.
 * The largest public chart, kube-prometheus-stack with all its parts, has 150,000; a chart that does not fit would be parsed every time.
 */
const COST_MAX = 160_000;
const CHARS_AN_ITEM = 150;

/**
 * What template sets with the same functions share: parsed texts and compiled trees. A chart's templates, and the texts its
 * values hand to tpl, are parsed once and executed many times.
 */
export class Program {
  readonly functions: FunctionSet;
  readonly #leftDelim: string;
  readonly #rightDelim: string;
  /** By text, then by name: both together as one key would be a copy of the text for every look. */
  readonly #texts = new RecentMap<string, ReadonlyMap<string, ParsedText>>(COST_MAX);
  readonly #compiled = new WeakMap<ParseTree, Execute>();

  constructor(functions: FunctionSet, leftDelim: string, rightDelim: string) {
    this.functions = mergeFunctions(goFunctions, functions);
    this.#leftDelim = leftDelim;
    this.#rightDelim = rightDelim;
  }

  /** The trees of a text, parsed now if they are not kept. @throws TemplateError */
  parse(name: string, text: string): ReadonlyMap<string, ParseTree> {
    const byName = this.#texts.get(text);
    const known = byName?.get(name);
    if (known !== undefined) return known.trees;
    const parsed = parseText(name, text, {
      leftDelim: this.#leftDelim,
      rightDelim: this.#rightDelim,
      hasFunction: (candidate) => this.functions[candidate] !== undefined,
    });
    const cost = 1 + parsed.items + Math.ceil(text.length / CHARS_AN_ITEM);
    const names = new Map(byName ?? []).set(name, parsed);
    this.#texts.set(text, names, cost * names.size);
    return parsed.trees;
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
