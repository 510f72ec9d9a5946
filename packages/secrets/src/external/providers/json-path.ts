import type { JsonNode } from "../values/json-text.ts";

type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" };

const STEP = /\.([\w-]+)|\.(\*)|\[(-?\d+)\]|\[(\*)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;

/** `$.a.b[0]['c d'].*` of JSONPath. Filters and scripts are refused: a path that runs code has no place here. undefined: not such a path. */
export function parseJsonPath(path: string): readonly Step[] | undefined {
  const text = path.startsWith("$") ? path.slice(1) : `.${path}`;
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const name = match[1] ?? match[5]?.replace(/\\(.)/g, "$1") ?? match[6]?.replace(/\\(.)/g, "$1");
    if (name !== undefined) steps.push({ kind: "member", name });
    else if (match[3] !== undefined) steps.push({ kind: "index", index: Number(match[3]) });
    else steps.push({ kind: "all" });
  }
  return steps;
}

export function followJsonPath(node: JsonNode, steps: readonly Step[]): JsonNode | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return node;
  if (step.kind === "member") {
    const next = node.kind === "object" ? node.members.get(step.name) : undefined;
    return next && followJsonPath(next, rest);
  }
  const items =
    node.kind === "array"
      ? node.items
      : node.kind === "object" && step.kind === "all"
        ? [...node.members.values()]
        : [];
  if (step.kind === "index") {
    const next = items.at(step.index);
    return next && followJsonPath(next, rest);
  }
  const found = items.flatMap((item) => followJsonPath(item, rest) ?? []);
  return { kind: "array", raw: `[${found.map(({ raw }) => raw).join(",")}]`, items: found };
}
