import { canonicalJson, firstChange, ProblemError, type FileTree, type ReadSet } from "@fairlead/base";
import { renderInline } from "./render.ts";
import type { Rendered, RenderEnvironment, RenderOutcome, RenderOutside, SourceSpec } from "./types.ts";

export interface CachedRender {
  readonly rendered: Rendered;
  /** Why it was rendered now: `first render`, `options changed`, or the path that changed. Undefined: nothing did. */
  readonly why: string | undefined;
}

/** What renders: a pool's threads, or this very thread. */
export type RenderFunction = (
  tree: FileTree,
  spec: SourceSpec,
  environment: RenderEnvironment,
  outside?: RenderOutside,
) => Promise<RenderOutcome> | RenderOutcome;

interface Kept {
  readonly options: string;
  readonly outcome: Rendered | ProblemError;
  /** Without it the whole tree counts. */
  readonly reads: ReadSet | undefined;
  readonly treeId: string | undefined;
  /** Of the keys that opened encrypted files, if there were any. */
  readonly keysId: string | undefined;
}

/**
 * The last render of each source, kept with what it read. Content decides, not commits: a tree in which everything reads the same
 * is not rendered again. A failure is remembered the same way, so that a broken file costs one render, not one a commit; a render
 * that had to be stopped is tried again when anything in the tree changed.
 */
export class RenderCache {
  readonly #kept = new Map<string, Kept>();
  readonly #render: RenderFunction;

  constructor(render: RenderFunction = renderInline) {
    this.#render = render;
  }

  /**
   * @param owner whose render it is, e.g. the application's key and the source's index; one render is kept per owner
   * @param outside its remote bases do not count as read: they are fetched again when something else changed; its keys count where
   *   something was encrypted
   * @throws ProblemError as `render` does, also when the failure was remembered
   */
  async render(
    owner: string,
    tree: FileTree,
    spec: SourceSpec,
    environment: RenderEnvironment,
    outside?: RenderOutside,
  ): Promise<CachedRender> {
    const options = canonicalJson({ spec, environment });
    const known = this.#kept.get(owner);
    const why = known ? reasonToRender(known, options, tree, outside?.encrypted?.keysId) : "first render";
    if (known && why === undefined) return answer(known.outcome, undefined);
    const { outcome, reads, keysId } = await this.#render(tree, spec, environment, outside);
    // What may go better next time (a remote base that did not answer) is not worth remembering.
    if (outcome instanceof ProblemError && outcome.isRetryable) this.#kept.delete(owner);
    else this.#kept.set(owner, { options, outcome, reads, treeId: reads ? undefined : treeIdOf(tree), keysId });
    return answer(outcome, why);
  }

  forget(owner: string): void {
    this.#kept.delete(owner);
  }
}

function answer(outcome: Rendered | ProblemError, why: string | undefined): CachedRender {
  if (outcome instanceof ProblemError) throw outcome;
  return { rendered: outcome, why };
}

function reasonToRender(known: Kept, options: string, tree: FileTree, keysId: string | undefined): string | undefined {
  if (known.options !== options) return "options changed";
  if (known.keysId !== undefined && known.keysId !== keysId) return "keys changed";
  if (!known.reads) return known.treeId === treeIdOf(tree) ? undefined : "the last render was stopped";
  const path = firstChange(tree, known.reads);
  return path === undefined ? undefined : `${path} changed`;
}

function treeIdOf(tree: FileTree): string | undefined {
  return tree.stat("")?.id;
}
