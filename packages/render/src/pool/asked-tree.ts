import { normalizePath, type FileEntry, type FileStat, type FileTree } from "@fairlead/base";
import type { Known, Question } from "./protocol.ts";

type TreeQuestion = Extract<Question, { tree: number }>;

/** What one job learned of its trees. */
export class TreeMemory {
  readonly #known = new Map<string, Known>();

  learn(entries: readonly Known[]): void {
    for (const entry of entries) {
      const key = keyOf(entry.tree, entry.path);
      this.#known.set(key, { ...this.#known.get(key), ...entry });
    }
  }

  get(tree: number, path: string): Known | undefined {
    return this.#known.get(keyOf(tree, path));
  }
}

function keyOf(tree: number, path: string): string {
  return `${tree}:${path}`;
}

/**
 * A tree that lives in the main thread. What is not known yet is asked for, and the answer brings what lies beside it too, so that
 * a directory costs one question.
 * @param ask blocks until there is an answer @throws ProblemError what the tree threw
 */
export function askedTree(
  tree: number,
  memory: TreeMemory,
  ask: (question: TreeQuestion) => readonly Known[],
): FileTree {
  const look = (about: TreeQuestion["about"], path: string, has: (known: Known) => boolean): Known => {
    // The same errors as any tree's for paths that leave it; the rest is about normalized paths.
    const normal = normalizePath(path);
    const known = memory.get(tree, normal);
    if (known && has(known)) return known;
    memory.learn(ask({ about, tree, path: normal }));
    return memory.get(tree, normal) ?? { tree, path: normal };
  };
  return {
    stat: (path): FileStat | undefined => look("stat", path, (known) => known.stat !== undefined).stat ?? undefined,
    list: (path): readonly FileEntry[] => look("list", path, (known) => known.list !== undefined).list ?? [],
    read: (path): Uint8Array => look("read", path, (known) => known.content !== undefined).content ?? new Uint8Array(),
  };
}
