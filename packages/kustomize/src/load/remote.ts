import { type FileTree, parseGoDuration } from "@fairlead/base";

/** A Git repository, and a directory in it, as a kustomization names them. */
export interface RepositorySpec {
  readonly raw: string;
  /** What to clone: scheme, user, host and path of the repository. */
  readonly url: string;
  /** The directory within the repository; "" is its root. */
  readonly path: string;
  /** Branch, tag or commit; "" is the default branch. */
  readonly ref: string;
  readonly timeoutMs: number;
  readonly submodules: boolean;
}

/** A chart that is not in the tree, as `helm pull` would be told of it. */
export interface ChartSpec {
  readonly repo: string;
  readonly name: string;
  /** A version, a range, or "" for the newest. */
  readonly version: string;
  /** Versions before a release count, too. */
  readonly devel: boolean;
}

/**
 * Where remote bases, charts and files come from. A build does no I/O of its own: what these do not have makes it stop with a
 * MissingRemote, and `buildWithRemotes` fetches that and builds again.
 */
export interface RemoteSource {
  /** The repository's tree at the ref; undefined if it is not at hand. */
  repository(spec: RepositorySpec): FileTree | undefined;
  /** The chart at the root of a tree; undefined if it is not at hand. Absent where charts are not pulled. */
  chart?(spec: ChartSpec): FileTree | undefined;
  /** The body; a status other than 2xx is an error of the kustomization. */
  file(url: string): { readonly status: number; readonly body: Uint8Array } | undefined;
}

const DEFAULT_TIMEOUT_MS = 27_000;
const SCHEMES = ["ssh://", "https://", "http://", "file://"] as const;

/** Whether a path names a file over HTTP. */
export function isRemoteFile(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/** Undefined for what is no URL of a repository, so that it may be a path. The forms are those of facts/render.md §4. */
export function parseRepositoryUrl(raw: string): RepositorySpec | undefined {
  if (raw.startsWith("/")) return undefined;
  const question = raw.indexOf("?");
  const location = question < 0 ? raw : raw.slice(0, question);
  const host = splitHost(location);
  if (!host) return undefined;
  const split = splitRepository(host.rest, host.host.toLowerCase().startsWith("file://"));
  if (!split || split.repository === "" || leavesRepository(split.path)) return undefined;
  return {
    raw,
    url: host.host + split.repository,
    path: split.path.replace(/^\//, ""),
    ...parseQuery(question < 0 ? "" : raw.slice(question + 1)),
  };
}

function splitHost(location: string): { host: string; rest: string } | undefined {
  const text = location.replace(/^git::/i, "");
  const scheme = SCHEMES.find((one) => text.slice(0, one.length).toLowerCase() === one) ?? "";
  const afterScheme = text.slice(scheme.length);
  const user = /^[a-zA-Z][a-zA-Z0-9-]*@/.exec(afterScheme)?.[0] ?? "";
  const rest = afterScheme.slice(user.length);
  const isGithub = /^github\.com[/:]/i.test(rest);
  const isScp = scheme === "" && (user !== "" || isGithub);
  if (scheme === "" && !isScp) return undefined;
  if (scheme === "file://") return { host: scheme, rest: user + rest };
  const end = separatorIndex(rest, isScp);
  const [name, path] = end < 0 ? [rest, ""] : [rest.slice(0, end + 1), rest.slice(end + 1)];
  if (isGithub) {
    const overSsh = scheme === "ssh://" || user !== "";
    return { host: overSsh ? `${user}github.com:` : "https://github.com/", rest: path };
  }
  return name === "" ? undefined : { host: scheme + user + name, rest: path };
}

function separatorIndex(text: string, isScp: boolean): number {
  const slash = text.indexOf("/");
  const colon = isScp ? text.indexOf(":") : -1;
  return isScp && (slash < 0 || (colon > 0 && colon < slash)) ? colon : slash;
}

/** Where the repository ends and the directory in it begins: `_git/NAME`, `//`, `.git`, else the second part of the path. */
function splitRepository(path: string, isFile: boolean): { repository: string; path: string } | undefined {
  const azure = path.indexOf("_git/");
  if (azure >= 0) {
    const start = azure + "_git/".length;
    const [name = "", ...rest] = path.slice(start).split("/");
    return { repository: path.slice(0, start) + name, path: rest.join("/") };
  }
  const double = path.indexOf("//");
  if (double >= 0) return { repository: path.slice(0, double), path: path.slice(double + 2) };
  const suffix = path.indexOf(".git");
  if (suffix >= 0) return { repository: path.slice(0, suffix + 4), path: path.slice(suffix + 4) };
  if (isFile) return { repository: path, path: "" };
  const parts = path.split("/");
  return parts.length < 2 ? undefined : { repository: parts.slice(0, 2).join("/"), path: parts.slice(2).join("/") };
}

function leavesRepository(path: string): boolean {
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

function parseQuery(query: string): Pick<RepositorySpec, "ref" | "timeoutMs" | "submodules"> {
  const values = new URLSearchParams(query);
  const submodules = values.get("submodules") ?? "";
  return {
    ref: values.get("ref") || values.get("version") || "",
    timeoutMs: timeoutOf(values.get("timeout") ?? ""),
    submodules: !["0", "f", "F", "false", "FALSE", "False"].includes(submodules),
  };
}

function timeoutOf(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text) * 1000;
  try {
    const parsed = text === "" ? 0 : parseGoDuration(text);
    return parsed > 0 ? parsed : DEFAULT_TIMEOUT_MS;
  } catch {
    return DEFAULT_TIMEOUT_MS;
  }
}
