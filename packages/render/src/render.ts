import { recordingTree, type FileTree } from "@fairlead/base";
import { detectType } from "./detect.ts";
import { renderDirectory } from "./directory/render.ts";
import { renderHelm } from "./helm/render.ts";
import { renderKustomize } from "./kustomize/render.ts";
import type { Rendered, RenderEnvironment, SourceSpec } from "./types.ts";

/**
 * Renders a source: pure, synchronous, the same answer for the same tree and options. The answer names everything that was read,
 * so that the next commit is checked against that (base's `firstChange`) instead of rendering again.
 * @throws ProblemError with every fault of the source
 */
export function render(tree: FileTree, spec: SourceSpec, environment: RenderEnvironment): Rendered {
  const recording = recordingTree(tree);
  const type = detectType(recording.tree, spec);
  if (type === "Directory") {
    const objects = renderDirectory(recording.tree, spec.path, spec.directory ?? {});
    return { type, objects, warnings: [], reads: recording.reads };
  }
  if (type === "Kustomize") {
    const built = renderKustomize(recording.tree, spec, environment);
    return { type, ...built, reads: recording.reads };
  }
  const rendered = renderHelm(recording.tree, spec, environment);
  return { type, ...rendered, reads: recording.reads };
}
