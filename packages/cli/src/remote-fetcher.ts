import { problemError, type FileTree } from "@fairlead/base";
import type { ChartSpec, RemoteFetcher } from "@fairlead/kustomize";
import type { ChartSources, Repositories } from "@fairlead/sources";

/** A file that a kustomization names by its address. */
const REMOTE_FILE_BYTES_MAX = 32 * 1024 * 1024;
const REMOTE_FILE_TIMEOUT_MS = 27_000;

export interface RemoteFetcherOptions {
  /** Whose credentials may be used. */
  readonly project?: string | undefined;
  /** What is fetched from. Where strangers write kustomizations, `file` would show them this machine's disk. */
  readonly schemes: readonly ("https" | "http" | "ssh" | "file")[];
  readonly signal?: AbortSignal | undefined;
  /** How long a remote file may take, in milliseconds; kustomize's own limit for remotes unless given. */
  readonly fileTimeoutMs?: number | undefined;
}

/** Any version, those before a release too: what `helm pull --devel` looks for. */
const DEVEL_VERSIONS = ">0.0.0-0";

/** Remote bases by Git, remote files by HTTP, charts from their repositories. */
export function remoteFetcher(
  { repositories, charts }: { readonly repositories: Repositories; readonly charts: ChartSources },
  options: RemoteFetcherOptions,
): Required<RemoteFetcher> {
  return {
    async chart({ repo, name, version, devel }: ChartSpec) {
      const wanted = version === "" && devel ? DEVEL_VERSIONS : version;
      const { project } = options;
      const request = { repoURL: repo.replace(/\/$/, ""), chart: name, version: wanted, project };
      return (await charts.chart(request)).tree;
    },
    async repository({ raw, url, ref, timeoutMs }): Promise<FileTree> {
      assertScheme(raw, url, options.schemes);
      const fetched = openTree(repositories, url, ref, options.project);
      return withTimeout(fetched, timeoutMs, () =>
        problemError("GitFailed", `${JSON.stringify(raw)} did not arrive within ${timeoutMs / 1000} s`, {
          hint: "raise the limit with ?timeout=SECONDS in the address",
        }),
      );
    },
    file: (url) => fetchFile(url, options),
  };
}

async function openTree(
  repositories: Repositories,
  url: string,
  ref: string,
  project: string | undefined,
): Promise<FileTree> {
  const repository = await repositories.open(url, project);
  const { commit } = await repository.resolve(ref);
  return repository.checkout(commit);
}

/** `git@host:path` is SSH; a path of this machine has no scheme. */
function assertScheme(raw: string, url: string, schemes: RemoteFetcherOptions["schemes"]): void {
  const named = /^([a-z]+):\/\//i.exec(url)?.[1]?.toLowerCase();
  const scheme = named ?? (/^[^/]+:/.test(url) ? "ssh" : "file");
  if (schemes.some((allowed) => allowed === scheme)) return;
  throw problemError("UnsupportedSource", `remote base ${JSON.stringify(raw)} is not fetched over ${scheme}`, {
    hint: `use one of ${schemes.join(", ")}`,
  });
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), timeoutMs);
  });
  // Whoever comes second is not listened to.
  promise.catch(() => undefined);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function fetchFile(
  url: string,
  { signal, fileTimeoutMs = REMOTE_FILE_TIMEOUT_MS }: RemoteFetcherOptions,
): Promise<{ status: number; body: Uint8Array }> {
  const timeout = AbortSignal.timeout(fileTimeoutMs);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([timeout, signal]) : timeout });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > REMOTE_FILE_BYTES_MAX) {
        throw problemError("LimitExceeded", `${url} is larger than ${REMOTE_FILE_BYTES_MAX} bytes`);
      }
      chunks.push(chunk);
    }
    return { status: response.status, body: Buffer.concat(chunks) };
  } catch (error) {
    if (!timeout.aborted || signal?.aborted === true) throw error;
    throw problemError("SourceUnreachable", `${url} did not arrive within ${fileTimeoutMs / 1000} s`, {
      hint: "copy the file into the repository, or name a host that answers",
    });
  }
}
