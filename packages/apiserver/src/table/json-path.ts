import { isJsonObject, type Json } from "@fairlead/base";

/**
 * The part of kubectl's JSONPath that printer columns and CRD field paths use: `.a.b`, `['a.b']`, `[0]`, `[*]`, `.*`, `..a` and
 * filters like `[?(@.type=="Ready")]`. Escaped dots (`.a\.b`) belong to a name.
 */
export type JsonPath = (root: Json) => Json[];

type Step = (values: readonly Json[]) => Json[];

/** undefined for a path that cannot be read: such a column stays empty. */
export function compileJsonPath(path: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = path.trim().replace(/^\$/, "");
  if (rest !== "" && !/^[.[]/.test(rest)) rest = `.${rest}`;
  while (rest !== "" && rest !== ".") {
    const taken = takeStep(rest);
    if (taken === undefined) return undefined;
    steps.push(taken.step);
    rest = rest.slice(taken.length);
  }
  return (root) => steps.reduce<Json[]>((values, step) => step(values), [root]);
}

function takeStep(text: string): { step: Step; length: number } | undefined {
  const recursive = /^\.\.((?:[^.[\]\\]|\\.)+)/.exec(text);
  if (recursive !== null) return { step: descend(unescape(recursive[1] ?? "")), length: recursive[0].length };
  const dotted = /^\.((?:[^.[\]\\]|\\.)+)/.exec(text);
  if (dotted !== null) {
    const name = dotted[1] ?? "";
    return { step: name === "*" ? everyChild : child(unescape(name)), length: dotted[0].length };
  }
  const filter = /^\[\?\(\s*@([^=!<>]*?)\s*(==|!=|>=|<=|>|<)?\s*("[^"]*"|'[^']*'|[^)"']*)\s*\)\]/.exec(text);
  if (filter !== null) return takeFilter(filter);
  const quoted = /^\.?\[(?:'([^']*)'|"([^"]*)")\]/.exec(text);
  if (quoted !== null) return { step: child(unescape(quoted[1] ?? quoted[2] ?? "")), length: quoted[0].length };
  const index = /^\.?\[(-?\d+)\]/.exec(text);
  if (index !== null) return { step: at(Number(index[1])), length: index[0].length };
  const all = /^\.?\[\*\]/.exec(text);
  return all === null ? undefined : { step: everyChild, length: all[0].length };
}

function takeFilter(match: RegExpExecArray): { step: Step; length: number } | undefined {
  const [whole, path = "", operator, literal = ""] = match;
  const read = compileJsonPath(path);
  if (read === undefined) return undefined;
  const wanted = literalOf(literal.trim());
  const step: Step = (values) =>
    values
      .flatMap((value) => (Array.isArray(value) ? value : isJsonObject(value) ? childrenOf(value) : []))
      .filter((item) => {
        const found = read(item);
        return operator === undefined ? found.length > 0 : found.some((value) => compare(value, operator, wanted));
      });
  return { step, length: whole.length };
}

function literalOf(text: string): Json {
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function compare(left: Json, operator: string, right: Json): boolean {
  if (operator === "==") return left === right || String(left) === String(right);
  if (operator === "!=") return left !== right && String(left) !== String(right);
  const a = Number(left);
  const b = Number(right);
  if (operator === ">") return a > b;
  if (operator === "<") return a < b;
  return operator === ">=" ? a >= b : a <= b;
}

function child(name: string): Step {
  return (values) =>
    values.flatMap((value) => {
      const found = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      return found === undefined ? [] : [found];
    });
}

function at(index: number): Step {
  return (values) =>
    values.flatMap((value) => (Array.isArray(value) ? value.slice(index, index === -1 ? undefined : index + 1) : []));
}

const everyChild: Step = (values) =>
  values.flatMap((value) => (Array.isArray(value) ? value : isJsonObject(value) ? childrenOf(value) : []));

function descend(name: string): Step {
  const own = child(name);
  const search = (value: Json): Json[] => {
    const children = Array.isArray(value) ? value : isJsonObject(value) ? childrenOf(value) : [];
    return [...own([value]), ...children.flatMap(search)];
  };
  return (values) => values.flatMap(search);
}

function childrenOf(value: { [key: string]: Json | undefined }): Json[] {
  return Object.values(value).filter((item): item is Json => item !== undefined);
}

function unescape(name: string): string {
  return name.replace(/\\(.)/g, "$1");
}
