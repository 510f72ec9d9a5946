import { problemError } from "@fairlead/base";
import { isEmpty, textOf } from "../node/ops.ts";
import type { KNode, MappingNode, SequenceNode } from "../node/types.ts";

const DIRECTIVE = "$patch";
export type Directive = "merge" | "replace" | "delete";

/** What `$patch` in a patch's mapping or list asks for; it is taken out. `merge` where there is none. @throws for unknown words */
export function takeDirective(patch: KNode | undefined): Directive {
  if (patch?.kind === "mapping") return fromMapping(patch);
  return patch?.kind === "sequence" ? fromSequence(patch) : "merge";
}

function fromMapping(patch: MappingNode): Directive {
  const found = patch.fields.get(DIRECTIVE);
  if (!found) return "merge";
  const directive = directiveOf(textOf(found));
  patch.fields.delete(DIRECTIVE);
  return directive;
}

/** Only an element that holds nothing else speaks for the whole list. */
function fromSequence(patch: SequenceNode): Directive {
  const element = patch.items.find((item) => item.kind === "mapping" && item.fields.has(DIRECTIVE));
  if (element?.kind !== "mapping" || element.fields.size > 1) return "merge";
  const text = textOf(element.fields.get(DIRECTIVE));
  const directive = directiveOf(text);
  // Empty elements go along with it, as kyaml's ElementSetter has it.
  patch.items = patch.items.filter(
    (item) => !isBlank(item) && !(item.kind === "mapping" && textOf(item.fields.get(DIRECTIVE)) === text),
  );
  return directive;
}

/** Null or an empty mapping: no element of a list that merges by key. */
export function isBlank(node: KNode): boolean {
  return node.kind !== "sequence" && isEmpty(node);
}

function directiveOf(text: string): Directive {
  if (text === "merge" || text === "replace" || text === "delete") return text;
  throw problemError("KustomizePatch", `unknown patch strategy '${text}'`, {
    hint: "$patch is merge, replace or delete",
  });
}
