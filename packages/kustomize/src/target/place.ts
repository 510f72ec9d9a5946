import type { Problem } from "@fairlead/base";
import { parseYaml } from "@fairlead/yaml";
import { positionAt } from "../kustomization/position.ts";
import type { ReadKustomization } from "../kustomization/read.ts";

/** Where in a kustomization file something is written; the file is only read again for its positions when this is asked for. */
export function positionOf(kustomization: ReadKustomization, path: readonly (string | number)[]): Partial<Problem> {
  const { file, text } = kustomization;
  let position: { line: number; column: number } | undefined;
  const at = (): { line: number; column: number } | undefined => {
    const [document] = parseYaml(text, { file }).documents;
    return document && positionAt(document.content, path);
  };
  return {
    file,
    get line() {
      return (position ??= at())?.line;
    },
    get column() {
      return (position ??= at())?.column;
    },
  };
}
