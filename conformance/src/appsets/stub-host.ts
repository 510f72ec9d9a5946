import { createServer, type Server } from "node:http";

/** A code host and a plugin in one, on loopback: every API below its own path, all with the same few repositories. */
export interface StubHost {
  readonly url: string;
  close(): Promise<void>;
}

const PULLS = [
  {
    number: 1,
    title: "One",
    ref: "feat/A&B_c",
    base: "main",
    sha: "0123456789abcdef0123456789abcdef01234567",
    labels: ["preview", "big"],
    author: "ann",
  },
  {
    number: 2,
    title: "Two",
    ref: "fix-x",
    base: "main",
    sha: "1123456789abcdef0123456789abcdef01234567",
    labels: ["preview"],
    author: "bob",
  },
  {
    number: 3,
    title: "Three",
    ref: `a-very-long-branch-name-${"with-many-words-".repeat(4)}end`,
    base: "release/1.0",
    sha: "2123456789abcdef0123456789abcdef01234567",
    labels: [],
    author: "cid",
  },
];
interface Repo {
  readonly id: number;
  readonly name: string;
  readonly branch: string;
  readonly topics: readonly string[];
  readonly branches: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
}

const REPOS: readonly Repo[] = [
  {
    id: 11,
    name: "web",
    branch: "main",
    topics: ["team-a", "js"],
    branches: { main: "aaaaaaaaaaaaaaaa", "feat/x": "bbbbbbbbbbbbbbbb" },
    paths: ["deploy", "Chart.yaml"],
  },
  {
    id: 12,
    name: "api",
    branch: "trunk",
    topics: ["go"],
    branches: { trunk: "cccccccccccccccc" },
    paths: ["Chart.yaml"],
  },
  { id: 13, name: "empty", branch: "main", topics: [], branches: {}, paths: [] },
];

type Answer = { readonly status?: number; readonly body: unknown; readonly headers?: Record<string, string> };
const NOT_FOUND: Answer = { status: 404, body: { message: "Not Found" } };
const HTML: Answer = { body: "<html>sign in</html>", headers: { "content-type": "text/html" } };

/** `METHOD path` → what is answered; the first that matches counts. */
const ROUTES: readonly (readonly [RegExp, (match: RegExpExecArray, query: URLSearchParams) => Answer])[] = [
  [
    /^\/api\/v1\/getparams\.execute$/,
    () => ({ body: { output: { parameters: [{ key: "k1", nested: { n: 4, l: ["x", "y"] } }, { key: "k2" }] } } }),
  ],
  [/^\/api\/v3\/repos\/o\/r\/pulls$/, (_, query) => page(query, PULLS.map(githubPull))],
  [/^\/api\/v3\/repos\/o\/html\/pulls$/, () => HTML],
  [/^\/api\/v3\/orgs\/o\/repos$/, () => ({ body: REPOS.map(githubRepo) })],
  [
    /^\/api\/v3\/repos\/o\/(\w+)\/branches$/,
    ([, name = ""]) => ({ body: branchesOf(name).map(([branch, sha]) => ({ name: branch, commit: { sha } })) }),
  ],
  [
    /^\/api\/v3\/repos\/o\/(\w+)\/branches\/(.+)$/,
    ([, name = "", branch = ""]) => oneBranch(name, branch, (sha) => ({ name: branch, commit: { sha } })),
  ],
  [
    /^\/api\/v3\/repos\/o\/(\w+)\/contents\/(.+)$/,
    ([, name = "", path = ""]) => (hasPath(name, path) ? { body: { type: "file", name: path } } : NOT_FOUND),
  ],
  [
    /^\/api\/v4\/projects\/42\/merge_requests$/,
    (_, query) => ({
      body: PULLS.filter((one) => labelsIn(query).every((label) => one.labels.includes(label))).map(gitlabPull),
    }),
  ],
  [
    /^\/api\/v4\/groups\/g\/projects$/,
    () => ({ body: REPOS.map(gitlabRepo), headers: { "x-total-pages": "1", "x-page": "1" } }),
  ],
  [
    /^\/api\/v4\/projects\/(\d+)\/repository\/branches\/(.+)$/,
    ([, id, branch = ""]) => oneBranch(nameOf(id), branch, (sha) => ({ name: branch, commit: { id: sha } })),
  ],
  [/^\/api\/v1\/version$/, () => ({ body: { version: "1.21.0" } })],
  [/^\/api\/v1\/repos\/o\/r\/pulls$/, () => ({ body: PULLS.map(githubPull) })],
  [/^\/api\/v1\/orgs\/o\/repos$/, () => ({ body: REPOS.slice(0, 2).map(githubRepo) })],
  [
    /^\/api\/v1\/repos\/o\/(\w+)\/labels$/,
    () => ({
      body: [
        { id: 1, name: "l1" },
        { id: 2, name: "l2" },
      ],
    }),
  ],
  [
    /^\/api\/v1\/repos\/o\/(\w+)\/branches\/(.+)$/,
    ([, name = "", branch = ""]) => oneBranch(name, branch, (sha) => ({ name: branch, commit: { id: sha } })),
  ],
  [
    /^\/rest\/api\/1\.0\/projects\/P\/repos\/r\/pull-requests$/,
    () => ({ body: { values: PULLS.map(serverPull), isLastPage: true } }),
  ],
  [
    /^\/repositories\/o\/r\/pullrequests\/?$/,
    () => ({ body: { values: PULLS.map(cloudPull), size: 3, page: 1, pagelen: 10 } }),
  ],
];

export async function startStubHost(): Promise<StubHost> {
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://stub");
    const path = decodeURIComponent(url.pathname);
    const route = ROUTES.map(([pattern, answer]) => [pattern.exec(path), answer] as const).find(
      ([match]) => match !== null,
    );
    const answer = route?.[0] ? route[1](route[0], url.searchParams) : NOT_FOUND;
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Two a page, by number, as GitHub pages. */
function page(query: URLSearchParams, all: readonly unknown[]): Answer {
  const number = Number(query.get("page") ?? "1");
  const items = all.slice((number - 1) * 2, number * 2);
  const next =
    number * 2 < all.length ? { link: `</api/v3/repos/o/r/pulls?page=${number + 1}>; rel="next"` } : undefined;
  return { body: items, ...(next ? { headers: next } : {}) };
}

type Pull = (typeof PULLS)[number];

function githubPull(one: Pull): unknown {
  const labels = one.labels.map((name) => ({ name }));
  return {
    number: one.number,
    title: one.title,
    head: { ref: one.ref, sha: one.sha },
    base: { ref: one.base },
    labels,
    user: { login: one.author },
  };
}

function gitlabPull(one: Pull): unknown {
  return {
    iid: one.number,
    title: one.title,
    source_branch: one.ref,
    target_branch: one.base,
    sha: one.sha,
    labels: one.labels,
    author: { username: one.author },
    state: "opened",
  };
}

function serverPull(one: Pull): unknown {
  const fromRef = { displayId: one.ref, latestCommit: one.sha };
  return {
    id: one.number,
    title: one.title,
    fromRef,
    toRef: { displayId: one.base },
    author: { user: { name: one.author } },
  };
}

function cloudPull(one: Pull): unknown {
  const source = { branch: { name: one.ref }, commit: { hash: one.sha } };
  return {
    id: one.number,
    title: one.title,
    source,
    destination: { branch: { name: one.base } },
    author: { nickname: one.author },
  };
}

function githubRepo(one: Repo): unknown {
  const urls = {
    ssh_url: `git@h:o/${one.name}.git`,
    clone_url: `https://h/o/${one.name}.git`,
    html_url: `https://h/o/${one.name}`,
  };
  return { id: one.id, name: one.name, owner: { login: "o" }, default_branch: one.branch, topics: one.topics, ...urls };
}

function gitlabRepo(one: Repo): unknown {
  const urls = { ssh_url_to_repo: `git@h:g/${one.name}.git`, http_url_to_repo: `https://h/g/${one.name}.git` };
  return {
    id: one.id,
    path: one.name,
    name: one.name,
    namespace: { full_path: "g/sub" },
    default_branch: one.branch,
    topics: one.topics,
    ...urls,
  };
}

function repoNamed(name: string): Repo | undefined {
  return REPOS.find((repo) => repo.name === name);
}

function branchesOf(name: string): [string, string][] {
  return Object.entries(repoNamed(name)?.branches ?? {});
}

function oneBranch(name: string, branch: string, shape: (sha: string) => unknown): Answer {
  const found = branchesOf(name).find(([known]) => known === branch);
  return found ? { body: shape(found[1]) } : NOT_FOUND;
}

function hasPath(name: string, path: string): boolean {
  return repoNamed(name)?.paths.includes(path) === true;
}

function nameOf(id: string | undefined): string {
  return REPOS.find((repo) => String(repo.id) === id)?.name ?? "";
}

function labelsIn(query: URLSearchParams): string[] {
  return (query.get("labels") ?? "").split(",").filter((label) => label !== "");
}
