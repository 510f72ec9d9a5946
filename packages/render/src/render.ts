import { ProblemError, recordingTree, type FileTree } from "@fairlead/base";
import { detectType } from "./detect.ts";
import { MoreThanAsked, renderDirectory } from "./directory/render.ts";
import { renderHelm } from "./helm/render.ts";
import { renderKustomize } from "./kustomize/render.ts";
import { RENDER_LIMITS } from "./limits.ts";
import { openedTree } from "./encrypted/opened-tree.ts";
import type { Rendered, RenderAids, RenderEnvironment, RenderOutcome, SourceSpec } from "./types.ts";

/**
 * Renders a source: pure, synchronous, the same answer for the same tree and options. The answer names everything that was read,
 * so that the next commit is checked against that (base's `firstChange`) instead of rendering again.
 * @throws ProblemError with every fault of the source
 */
export function render(
  tree: FileTree,
  spec: SourceSpec,
  environment: RenderEnvironment,
  aids: RenderAids = {},
): Rendered {
  const recording = recordingTree(tree);
  const opened = opener(aids);
  const type = detectType(recording.tree, spec);
  if (type === "Directory") {
    const objects = renderDirectory(opened(recording.tree), spec.path, spec.directory ?? {});
    return { type, objects, warnings: [], reads: recording.reads };
  }
  if (type === "Kustomize") {
    const built = renderKustomize(recording.tree, spec, environment, { remote: aids.remote, opened });
    return { type, ...built, reads: recording.reads };
  }
  const rendered = renderHelm(recording.tree, spec, environment, opened);
  return { type, ...rendered, reads: recording.reads };
}

function opener({ encrypted }: RenderAids): (tree: FileTree) => FileTree {
  return encrypted ? (tree) => openedTree(tree, encrypted.keysId, encrypted.open) : (tree) => tree;
}

/** As `render`, with what is wrong as a value. */
export function renderInline(tree: FileTree, spec: SourceSpec, environment: RenderEnvironment): RenderOutcome {
  const recording = recordingTree(tree);
  try {
    return { outcome: render(recording.tree, spec, environment), reads: recording.reads };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { outcome: error, reads: recording.reads };
  }
}

/**
 * A directory of few manifests; undefined for every source that may cost more than reading it.
 * @param hasKeys encrypted files are to be opened, which takes more than this thread
 */
export function renderSmall(tree: FileTree, spec: SourceSpec, hasKeys = false): RenderOutcome | undefined {
  const { tree: recorded, reads } = recordingTree(tree);
  try {
    const type = detectType(recorded, spec);
    if (type !== "Directory") return undefined;
    const seen = hasKeys ? openedTree(recorded, "", refuse) : recorded;
    const objects = renderDirectory(seen, spec.path, spec.directory ?? {}, RENDER_LIMITS.hereBytesMax);
    return { outcome: { type, objects, warnings: [], reads }, reads };
  } catch (error) {
    if (error instanceof MoreThanAsked) return undefined;
    if (!(error instanceof ProblemError)) throw error;
    return { outcome: error, reads };
  }
}

function refuse(): never {
  throw new MoreThanAsked();
}
