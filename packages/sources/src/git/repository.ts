import { problemError, systemClock, type Clock, type FileTree } from "@fairlead/base";
import { Backoff } from "../http/backoff.ts";
import { readCommit, type GitCommit } from "./commit.ts";
import { ObjectStore } from "./objects/store.ts";
import { readRefs, refsDiffer, resolveName, type RefSnapshot, type ResolvedRevision } from "./refs.ts";
import { gitTree, ListingCache } from "./tree.ts";

/** Trees kept by commit, so that a thousand applications at one commit share one. */
const TREES_KEPT_MAX = 16;
const COMMIT_ID = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
const SHORT_COMMIT_ID = /^[0-9a-f]{4,39}$/;

/** How the repository's objects get here; in place for a local one, by `git fetch` for a remote one. */
export interface GitOrigin {
  /** The address as it was given, credentials masked. */
  readonly url: string;
  readonly gitDirectory: string;
  readonly hashBytes: 20 | 32;
  /** Whether the host was asked to leave files out that are larger than what is ever read. */
  readonly isPartial?: boolean;
  /** Brings new objects in. Nothing to do for a local repository. @throws ProblemError GitFailed */
  fetch(): Promise<void>;
  /** Brings one commit or full ref that is no branch or tag. @returns false when there is none @throws ProblemError Source* */
  fetchOne?(revision: string): Promise<boolean>;
  /** Calls back when refs may have moved; the returned function ends it. */
  watch(onHint: () => void): () => void;
}

export interface GitRepositoryOptions {
  readonly clock?: Clock | undefined;
  /** Lays over a tree what it says is elsewhere. @param depth submodules around it */
  readonly complete?: ((tree: FileTree, depth: number) => Promise<FileTree>) | undefined;
}

const KEY = "fetch";

/** One Git repository, read without a working tree. */
export class GitRepository {
  readonly url: string;
  readonly #origin: GitOrigin;
  readonly #store: ObjectStore;
  readonly #listings: ListingCache;
  readonly #trees = new Map<string, FileTree>();
  readonly #listeners = new Set<() => void>();
  #snapshot: RefSnapshot;
  #unwatch: (() => void) | undefined;
  #refreshing: Promise<boolean> | undefined;
  #refreshAgain = false;
  readonly #backoff: Backoff;
  readonly #complete: NonNullable<GitRepositoryOptions["complete"]>;
  readonly #checkouts = new Map<string, Promise<FileTree>>();

  static async open(origin: GitOrigin, options: GitRepositoryOptions = {}): Promise<GitRepository> {
    return new GitRepository(origin, await readRefs(origin.gitDirectory), options);
  }

  private constructor(origin: GitOrigin, snapshot: RefSnapshot, options: GitRepositoryOptions) {
    this.#backoff = new Backoff(options.clock ?? systemClock);
    this.#complete = options.complete ?? ((tree) => Promise.resolve(tree));
    this.url = origin.url;
    this.#origin = origin;
    this.#snapshot = snapshot;
    this.#store = new ObjectStore(`${origin.gitDirectory}/objects`, origin.hashBytes);
    this.#listings = new ListingCache(this.#store, origin.hashBytes);
  }

  get refs(): RefSnapshot {
    return this.#snapshot;
  }

  /** What the revision means in the refs as last read; undefined when nothing has that name. */
  lookUp(revision: string, tagPrefix?: string): ResolvedRevision | undefined {
    const named = resolveName(this.#snapshot, revision, tagPrefix);
    if (named) return named;
    const lower = revision.toLowerCase();
    if (COMMIT_ID.test(lower)) return this.#store.find(lower) && { commit: lower, kind: "commit", name: lower };
    if (!SHORT_COMMIT_ID.test(lower)) return undefined;
    const commits = this.#store.matching(lower).filter((id) => this.#store.find(id)?.type === "commit");
    return commits.length === 1 ? { commit: commits[0] ?? "", kind: "commit", name: lower } : undefined;
  }

  /** As lookUp, but asks the origin once more before it gives up. @throws ProblemError RevisionNotFound, GitFailed */
  async resolve(revision: string, tagPrefix?: string): Promise<ResolvedRevision> {
    const known = this.lookUp(revision, tagPrefix);
    if (known) return known;
    // Many applications may ask for what is not there, of a host that is down: one attempt a pause serves them all.
    this.#backoff.check(KEY);
    await this.refresh();
    const found = this.lookUp(revision, tagPrefix) ?? (await this.#fetchOne(revision));
    if (found) return found;
    throw problemError("RevisionNotFound", `revision ${JSON.stringify(revision)} is not in ${this.url}`, {
      hint: `name a branch, a tag or a commit; ${describeBranches(this.#snapshot)}`,
    });
  }

  commit(id: string): GitCommit {
    return readCommit(this.#store, id);
  }

  /**
   * The files of a commit, with those it says are elsewhere: submodules and files in LFS.
   * @throws ProblemError GitObjectMissing, SubmoduleFailed, LfsFailed, …
   */
  checkout(commit: string, depth = 0): Promise<FileTree> {
    const known = this.#checkouts.get(commit);
    if (known) return known;
    const made = Promise.resolve().then(() => this.#complete(this.tree(commit), depth));
    this.#checkouts.set(commit, made);
    made.catch(() => this.#checkouts.delete(commit));
    const oldest = this.#checkouts.keys().next().value;
    if (this.#checkouts.size > TREES_KEPT_MAX && oldest !== undefined) this.#checkouts.delete(oldest);
    return made;
  }

  /**
   * What a signature is made over: the annotated tag that a revision names, else the commit. @returns the object's content without
   * its header @throws ProblemError GitObjectMissing
   */
  signedObject(revision: string, commit: string): Uint8Array {
    const { tagObjects } = this.#snapshot;
    const { kind, name } = this.lookUp(revision) ?? {};
    const tag =
      kind === "tag" ? tagObjects.get(`refs/tags/${name}`) : kind === "ref" ? tagObjects.get(name ?? "") : undefined;
    return this.#store.read(tag ?? commit).content;
  }

  /** The files of a commit. @throws ProblemError GitObjectMissing */
  tree(commit: string): FileTree {
    const known = this.#trees.get(commit);
    if (known) return known;
    const tree = gitTree(this.#store, this.#listings, this.commit(commit).tree, this.#origin.isPartial === true);
    this.#trees.set(commit, tree);
    const oldest = this.#trees.keys().next().value;
    if (this.#trees.size > TREES_KEPT_MAX && oldest !== undefined) this.#trees.delete(oldest);
    return tree;
  }

  /**
   * Fetches and reads the refs again; true when any moved. Calls that arrive meanwhile share one more round after the current one,
   * since theirs may be about a commit that came after it began. @throws ProblemError GitFailed
   */
  refresh(): Promise<boolean> {
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refreshUntilQuiet().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Calls back after refs moved. The returned function ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#unwatch ??= this.#origin.watch(() => void this.refresh().catch(() => undefined));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#unwatch?.();
      this.#unwatch = undefined;
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#store.close();
  }

  /** A commit that no branch has, or one beyond a shallow fetch; a pull request's ref. */
  async #fetchOne(revision: string): Promise<ResolvedRevision | undefined> {
    const wanted = revision.startsWith("refs/") ? revision : revision.toLowerCase();
    if (!(await this.#origin.fetchOne?.(wanted))) return undefined;
    this.#snapshot = await readRefs(this.#origin.gitDirectory);
    return this.lookUp(revision);
  }

  async #refreshUntilQuiet(): Promise<boolean> {
    let moved = false;
    do {
      this.#refreshAgain = false;
      await this.#backoff.run(KEY, () => this.#origin.fetch());
      const next = await readRefs(this.#origin.gitDirectory);
      if (!refsDiffer(this.#snapshot, next)) continue;
      this.#snapshot = next;
      moved = true;
      for (const listener of this.#listeners) listener();
    } while (this.#refreshAgain);
    return moved;
  }
}

function describeBranches(snapshot: RefSnapshot): string {
  const branches = [...snapshot.refs.keys()].filter((ref) => ref.startsWith("refs/heads/")).map((ref) => ref.slice(11));
  if (branches.length === 0) return "the repository has no branch yet";
  return `branches there: ${branches.slice(0, 10).join(", ")}${branches.length > 10 ? ", …" : ""}`;
}
