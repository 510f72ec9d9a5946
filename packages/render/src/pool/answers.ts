import { normalizePath, parentPath, problemError, problemsOf, type FileEntry, type FileTree } from "@fairlead/base";
import type { ChartSpec, RemoteFetcher } from "@fairlead/kustomize";
import { RENDER_LIMITS } from "../limits.ts";
import type { RenderOutside } from "../types.ts";
import type { Answer, Known, Question } from "./protocol.ts";

/** The main thread's side of a job: its trees, and what the thread asks about them. */
export class Answers {
  readonly #trees: FileTree[];
  readonly #outside: RenderOutside;
  /** Directories whose files were sent along. */
  readonly #sent = new Set<string>();

  constructor(tree: FileTree, outside: RenderOutside) {
    this.#trees = [tree];
    this.#outside = outside;
  }

  /** What a render of `path` most likely reads: everything below it, within limits. */
  likely(path: string): Known[] {
    const known: Known[] = [];
    try {
      this.#gather(0, normalizePath(path), known, newBudget(), true);
    } catch {
      // A path that leads out of the tree: the render will say so.
    }
    return known;
  }

  /** Never throws: a fault is an answer too. */
  async answer(question: Question): Promise<Answer> {
    try {
      if (question.about === "repository") {
        const tree = await this.#remotes().repository(question.spec);
        return { tree: this.#trees.push(tree) - 1 };
      }
      if (question.about === "chart") return { tree: this.#trees.push(await this.#chart(question.spec)) - 1 };
      if (question.about === "encrypted") {
        const opened = await this.#outside.encrypted?.open(question.file, question.content);
        return { opened: opened ?? null };
      }
      if (question.about === "file") return await this.#remotes().file(question.url);
      return { known: this.#lookUp(question) };
    } catch (error) {
      return { problems: problemsOf(error, {}) };
    }
  }

  #remotes(): RemoteFetcher {
    if (this.#outside.remotes) return this.#outside.remotes;
    throw problemError("UnsupportedSource", "remote bases and files are not fetched here");
  }

  #chart(spec: ChartSpec): Promise<FileTree> {
    const remotes = this.#remotes();
    if (remotes.chart) return remotes.chart(spec);
    throw problemError("UnsupportedSource", "charts are not fetched here");
  }

  #lookUp({ about, tree: number, path }: Extract<Question, { tree: number }>): Known[] {
    const tree = this.#trees[number];
    if (!tree) throw problemError("Internal", `there is no tree ${number}`);
    const at = { tree: number, path };
    const known: Known[] = [];
    const directory = tree.stat(path)?.kind === "directory" ? path : parentPath(path);
    if (tree.stat(directory)?.kind === "directory") this.#gather(number, directory, known, newBudget(), false);
    if (about === "list") known.push({ ...at, list: entriesOf(tree, path) });
    else if (about === "read") known.push({ ...at, content: ownCopy(tree.read(path)) });
    else {
      const found = tree.stat(path);
      known.push({ ...at, stat: found ? plain(found) : null });
    }
    return known;
  }

  /** A directory with its files; directories that went along before are not sent again. Faults are left for the question. */
  #gather(number: number, directory: string, known: Known[], budget: Budget, deep: boolean): void {
    const tree = this.#trees[number];
    if (!tree || this.#sent.has(`${number}:${directory}`)) return;
    this.#sent.add(`${number}:${directory}`);
    try {
      const stat = tree.stat(directory);
      if (stat?.kind !== "directory") return;
      const list = entriesOf(tree, directory);
      known.push({ tree: number, path: directory, stat: plain(stat), list });
      for (const { name, kind } of list) {
        if (--budget.entries < 0 || budget.bytes < 0) return;
        const path = directory === "" ? name : `${directory}/${name}`;
        if (kind === "directory" && deep) this.#gather(number, path, known, budget, true);
        const found = kind === "file" ? tree.stat(path) : undefined;
        if (found?.kind !== "file") continue;
        const content = ownCopy(tree.read(path));
        budget.bytes -= content.length;
        known.push({ tree: number, path, stat: plain(found), content });
      }
    } catch {
      // Whoever reads what is broken here will be told; whoever does not must not be.
    }
  }
}

interface Budget {
  entries: number;
  bytes: number;
}

function newBudget(): Budget {
  return { entries: RENDER_LIMITS.sentEntriesMax, bytes: RENDER_LIMITS.sentBytesMax };
}

/** Bytes in a buffer of their own: with a view the whole buffer behind it would travel. */
function ownCopy(content: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(content);
}

/** The buffers of an answer, to be moved rather than copied. */
export function buffersOf(known: readonly Known[]): ArrayBuffer[] {
  return known.flatMap(({ content }) => (content ? [content.buffer as ArrayBuffer] : []));
}

/** Ids may be computed when they are looked at, which does not travel. */
function plain<T extends { readonly id: string }>(found: T): T {
  return { ...found, id: found.id };
}

function entriesOf(tree: FileTree, path: string): FileEntry[] {
  return tree.list(path).map(plain);
}
