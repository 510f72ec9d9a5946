import { canonicalJson, firstChange, ProblemError, recordingTree, type FileTree, type ReadSet } from "@fairlead/base";
import { render } from "./render.ts";
import type { Rendered, RenderEnvironment, SourceSpec } from "./types.ts";

export interface CachedRender {
  readonly rendered: Rendered;
  /** Why it was rendered now: `first render`, `options changed`, or the path that changed. Undefined: nothing did. */
  readonly why: string | undefined;
}

interface Kept {
  readonly options: string;
  readonly outcome: Rendered | ProblemError;
  readonly reads: ReadSet;
}

/**
 * The last render of each source, kept with what it read. Content decides, not commits: a tree in which everything reads the same
 * is not rendered again. A failure is remembered the same way, so that a broken file costs one render, not one a commit.
 */
export class RenderCache {
  readonly #kept = new Map<string, Kept>();

  /**
   * @param owner whose render it is, e.g. the application's key and the source's index; one render is kept per owner
   * @throws ProblemError as `render` does, also when the failure was remembered
   */
  render(owner: string, tree: FileTree, spec: SourceSpec, environment: RenderEnvironment): CachedRender {
    const options = canonicalJson({ spec, environment });
    const known = this.#kept.get(owner);
    const why = known ? reasonToRender(known, options, tree) : "first render";
    const kept = known && why === undefined ? known : renderNow(options, tree, spec, environment);
    this.#kept.set(owner, kept);
    if (kept.outcome instanceof ProblemError) throw kept.outcome;
    return { rendered: kept.outcome, why };
  }

  forget(owner: string): void {
    this.#kept.delete(owner);
  }
}

function reasonToRender(known: Kept, options: string, tree: FileTree): string | undefined {
  if (known.options !== options) return "options changed";
  const path = firstChange(tree, known.reads);
  return path === undefined ? undefined : `${path} changed`;
}

function renderNow(options: string, tree: FileTree, spec: SourceSpec, environment: RenderEnvironment): Kept {
  const recording = recordingTree(tree);
  try {
    return { options, outcome: render(recording.tree, spec, environment), reads: recording.reads };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { options, outcome: error, reads: recording.reads };
  }
}
