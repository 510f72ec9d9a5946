import {
  baseName,
  type FileStat,
  type FileTree,
  joinPath,
  parentPath,
  problemError,
  ProblemError,
} from "@fairlead/base";
import { type ChartSpec, isRemoteFile, parseRepositoryUrl, type RemoteSource, type RepositorySpec } from "./remote.ts";

export interface LoaderOptions {
  readonly restrict: boolean;
  /** Put before paths in messages; the absolute path of the tree's root for the command line, "" elsewhere. */
  readonly displayRoot: string;
  readonly remote: RemoteSource | undefined;
}

/** Thrown inside a build for something remote that is not at hand; `buildWithRemotes` fetches it. */
export class MissingRemote extends Error {
  readonly repository: RepositorySpec | undefined;
  readonly chart: ChartSpec | undefined;
  readonly url: string | undefined;

  constructor(missing: { repository?: RepositorySpec; chart?: ChartSpec; url?: string }) {
    super(`not at hand: ${missing.repository?.raw ?? missing.chart?.name ?? missing.url}`);
    this.repository = missing.repository;
    this.chart = missing.chart;
    this.url = missing.url;
  }
}

export interface LoadedFile {
  readonly bytes: Uint8Array;
  /** Path in the tree; for remote ones the URL, with the repository's ref. */
  readonly file: string;
  /** Content id, on demand; undefined for remote files. */
  id(): string | undefined;
}

/**
 * A kustomization's view of the files: paths are relative to its directory, which is also the limit unless restrictions are off.
 * Loaders know who made them, so that a kustomization cannot lead back to itself.
 */
export class Loader {
  readonly tree: FileTree;
  /** The directory within the tree, symlinks resolved. */
  readonly root: string;
  readonly repository: RepositorySpec | undefined;
  readonly #referrer: Loader | undefined;
  readonly #options: LoaderOptions;

  private constructor(
    tree: FileTree,
    root: string,
    options: LoaderOptions,
    referrer?: Loader,
    repository?: RepositorySpec,
  ) {
    this.tree = tree;
    this.root = root;
    this.#options = options;
    this.#referrer = referrer;
    this.repository = repository ?? referrer?.repository;
  }

  /** @throws ProblemError KustomizeLoad when the path is no directory */
  static at(tree: FileTree, path: string, options: LoaderOptions): Loader {
    const repository = parseRepositoryUrl(path);
    if (repository) return Loader.#clone(repository, options, undefined);
    const start = new Loader(tree, "", options);
    return new Loader(tree, start.#directory(path), options);
  }

  /** A file's name in a build that may have several trees: equal paths of two repositories are two files. */
  #named(path: string): string {
    if (!this.repository) return path;
    const { url, ref } = this.repository;
    return `${url}//${path}${ref === "" ? "" : `?ref=${ref}`}`;
  }

  /** How a path of this tree is written in messages. */
  show(path: string): string {
    if (this.repository) return `${this.repository.url}//${path}`;
    return this.#options.displayRoot === "" ? path || "." : `${this.#options.displayRoot.replace(/\/$/, "")}/${path}`;
  }

  get depth(): number {
    return (this.#referrer?.depth ?? 0) + 1;
  }

  /** @throws ProblemError KustomizeLoad, KustomizeRestricted, KustomizeRemote; MissingRemote */
  load(path: string): LoadedFile {
    if (isRemoteFile(path)) return this.#loadRemote(path);
    const full = this.#locate(path);
    const found = this.#options.restrict || this.repository ? this.#restricted(full) : this.#unrestricted(full);
    return { bytes: this.tree.read(found.path), file: this.#named(found.path), id: () => found.id };
  }

  #loadRemote(url: string): LoadedFile {
    const answer = this.#options.remote?.file(url);
    if (!answer) throw new MissingRemote({ url });
    if (answer.status >= 200 && answer.status <= 299) return { bytes: answer.body, file: url, id: () => undefined };
    if (parseRepositoryUrl(url)) throw problemError("KustomizeRemote", "URL is a git repository", { file: url });
    throw new HttpFault(url, answer.status);
  }

  /** A chart that is not in the tree. @param place where it was looked for @throws ProblemError KustomizeRemote; MissingRemote */
  chart(spec: ChartSpec, place: string): FileTree {
    const { remote } = this.#options;
    if (!remote?.chart) {
      throw problemError("KustomizeRemote", `chart ${spec.name} of ${spec.repo} is not in ${this.show(place)}`, {
        hint: "pull the chart into the repository, or name a chart that is there",
      });
    }
    const tree = remote.chart(spec);
    if (!tree) throw new MissingRemote({ chart: spec });
    return tree;
  }

  /** A path of the tree. Absolute paths are those of the machine, where the root's place on it is known. */
  #locate(path: string): string {
    const prefix = this.#options.displayRoot.replace(/\/$/, "");
    try {
      if (!path.startsWith("/")) return joinPath(this.root, path);
      if (this.#options.displayRoot !== "" && path.startsWith(`${prefix}/`))
        return joinPath(path.slice(prefix.length + 1));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
    }
    throw this.#escapes(path);
  }

  #escapes(path: string): Error {
    const message = `security; file '${path}' is not in or below '${this.show(this.root)}'`;
    return problemError("KustomizeRestricted", message, { hint: RESTRICTED_HINT });
  }

  #restricted(full: string): FileStat {
    const found = this.tree.stat(full);
    if (!found) throw problemError("KustomizeLoad", this.#notThere(full));
    if (found.kind === "directory") {
      throw problemError("KustomizeLoad", `'${this.show(found.path)}' must resolve to a file`);
    }
    if (!isWithin(parentPath(found.path), this.root)) throw this.#escapes(this.show(found.path));
    return found;
  }

  #unrestricted(full: string): FileStat {
    const found = this.tree.stat(full);
    if (!found) throw problemError("KustomizeLoad", `open ${this.show(full)}: no such file or directory`);
    if (found.kind === "directory") throw problemError("KustomizeLoad", `read ${this.show(full)}: is a directory`);
    return found;
  }

  /** What Go says when a link or a file on the way does not exist. */
  #notThere(full: string): string {
    const parts = full.split("/");
    let missing = full;
    for (let count = 1; count < parts.length; count++) {
      const part = parts.slice(0, count).join("/");
      if (!this.tree.stat(part)) {
        missing = part;
        break;
      }
    }
    return `evalsymlink failure on '${this.show(full)}' : lstat ${this.show(missing)}: no such file or directory`;
  }

  /** The loader of another kustomization: a directory, or a repository. @throws ProblemError; MissingRemote */
  child(path: string): Loader {
    if (path === "") throw problemError("KustomizeLoad", "new root cannot be empty");
    const repository = parseRepositoryUrl(path);
    if (repository) {
      this.#refuseRepositoryCycle(repository);
      return Loader.#clone(repository, this.#options, this);
    }
    if (path.startsWith("/")) throw problemError("KustomizeLoad", `new root '${path}' cannot be absolute`);
    if (path.split("/").some((part) => part !== "." && part !== ".." && part.includes(".."))) throw ambiguous(path);
    let full: string;
    try {
      full = joinPath(this.root, path);
    } catch (error) {
      throw this.#outside(path, error);
    }
    const root = this.#directory(full);
    this.#refuseCycle(root);
    return new Loader(this.tree, root, this.#options, this);
  }

  #outside(path: string, cause: unknown): Error {
    const where = this.repository ? this.repository.url : "the tree";
    return problemError(
      "KustomizeRestricted",
      `security; bases in kustomizations found in cloned git repos must be within the repo, but base '${path}' is outside '${where}'`,
      { hint: "a kustomization can only build on directories of its own repository, or on a URL" },
      cause,
    );
  }

  #directory(full: string): string {
    const found = this.tree.stat(full);
    if (!found)
      throw problemError("KustomizeLoad", `must build at directory: not a valid directory: ${this.#notThere(full)}`);
    if (found.kind === "file") {
      throw problemError("KustomizeLoad", `must build at directory: '${this.show(found.path)}': file is not directory`);
    }
    return found.path;
  }

  *#lineage(): Generator<Loader> {
    yield this;
    if (this.#referrer) yield* this.#referrer.#lineage();
  }

  #refuseCycle(candidate: string): void {
    for (const loader of this.#lineage()) {
      if (loader.tree === this.tree && isWithin(loader.root, candidate)) {
        const [root, visited] = [this.show(candidate), this.show(loader.root)];
        throw problemError(
          "KustomizeCycle",
          `cycle detected: candidate root '${root}' contains visited root '${visited}'`,
          { hint: "a kustomization may not build on itself or on a directory above it" },
        );
      }
    }
  }

  #refuseRepositoryCycle(next: RepositorySpec): void {
    for (const loader of this.#lineage()) {
      const known = loader.repository?.raw;
      if (known?.startsWith(next.raw)) {
        const message = `cycle detected: URI '${next.raw}' referenced by previous URI '${known}'`;
        throw problemError("KustomizeCycle", message);
      }
    }
  }

  static #clone(spec: RepositorySpec, options: LoaderOptions, referrer: Loader | undefined): Loader {
    const tree = options.remote?.repository(spec);
    if (!tree) throw new MissingRemote({ repository: spec });
    const start = new Loader(tree, "", options, referrer, spec);
    return new Loader(tree, start.#directory(spec.path), options, referrer, spec);
  }
}

const RESTRICTED_HINT =
  "files must be in or below the kustomization's directory; directories may be anywhere, or use --load-restrictor LoadRestrictionsNone";

/** Whether a directory is at or below another. */
function isWithin(directory: string, root: string): boolean {
  return root === "" || directory === root || directory.startsWith(`${root}/`);
}

/** Two list entries run together by wrong indentation become one path; the real tool refuses what looks like it. */
function ambiguous(path: string): Error {
  const cleaned = path.split("/").reduce<string[]>((parts, part) => {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
    return parts;
  }, []);
  return problemError(
    "KustomizeLoad",
    `path ${JSON.stringify(path)} is ambiguous: resolves to ${JSON.stringify(cleaned.join("/") || ".")} after normalization, ` +
      "which is likely not the intended target; check for YAML indentation errors in your kustomization file",
  );
}

/** An HTTP answer that says no; nothing else is tried after it. */
export class HttpFault extends ProblemError {
  constructor(url: string, status: number) {
    super({ code: "KustomizeRemote", message: `HTTP Error: status code ${status}`, file: url });
  }
}

/** The name of the directory itself, for defaults that are taken from it. */
export function directoryName(loader: Loader): string {
  return baseName(loader.root);
}
