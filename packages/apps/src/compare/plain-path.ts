import { isJsonObject } from "@fairlead/base";

/** From the root to a value: names of fields, positions in lists. */
export type ValuePath = readonly (string | number)[];
type Step = { readonly field: string } | "each";

const PLAIN = /^(?:\.(?:[A-Za-z_][A-Za-z0-9_]*)?|\.?"[^"\\]*"|\.?\["[^"\\]*"\]|\[\]\??|\?)+$/;
const STEP = /\.?\["([^"\\]*)"\]|\.?"([^"\\]*)"|(\[\])\??|\.([A-Za-z_][A-Za-z0-9_]*)|\.|\?/y;

/**
 * jq expressions that are nothing but a path (`.spec.template.spec.containers[].image`) need no jq: they are nearly all there are,
 * and reading them here costs microseconds. Undefined for every other expression. What is not there is no path, as `del` has it.
 */
export function compilePlainPath(expression: string): ((object: unknown) => ValuePath[]) | undefined {
  const text = expression.trim();
  if (!text.startsWith(".") || !PLAIN.test(text)) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [whole, index, quoted, each, field] = match;
    // `..` and a dot that names nothing are jq's business.
    if (whole === "." && text !== "." && text[STEP.lastIndex] !== "[") return undefined;
    if (each !== undefined) steps.push("each");
    else if (index !== undefined || quoted !== undefined || field !== undefined) {
      steps.push({ field: index ?? quoted ?? field ?? "" });
    }
  }
  return steps.length === 0 ? undefined : (object) => walk(object, steps);
}

function walk(object: unknown, steps: readonly Step[]): ValuePath[] {
  let found: { readonly path: ValuePath; readonly value: unknown }[] = [{ path: [], value: object }];
  for (const step of steps) {
    found = found.flatMap(({ path, value }) => {
      if (step === "each") return children(value).map(([name, item]) => ({ path: [...path, name], value: item }));
      if (!isJsonObject(value) || !Object.hasOwn(value, step.field)) return [];
      return [{ path: [...path, step.field], value: value[step.field] }];
    });
  }
  return found.map(({ path }) => path);
}

function children(value: unknown): (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item] as const);
  return isJsonObject(value) ? Object.entries(value) : [];
}
