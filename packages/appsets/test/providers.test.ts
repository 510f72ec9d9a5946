import assert from "node:assert/strict";
import { generateKeyPairSync, createVerify } from "node:crypto";
import { describe, test } from "node:test";
import { ProblemError, systemClock, type Clock } from "@fairlead/base";
import { CodeHosts } from "../src/index.ts";
import type { PullRequestProvider, ScmProvider } from "../src/providers/types.ts";
import { stubServer, type StubAnswer, type StubRequest } from "./support/stub-server.ts";

type Routes = Readonly<Record<string, StubAnswer | ((request: StubRequest) => StubAnswer | undefined)>>;

/** Time that passes at once, so that no test waits for a host. */
const hasty: Clock = { now: () => Date.now(), after: (_ms, callback) => systemClock.after(0, callback) };

async function withHost<T>(
  routes: Routes,
  use: (hosts: CodeHosts, url: string, requests: readonly StubRequest[]) => Promise<T>,
): Promise<T> {
  const server = await stubServer((request) => {
    const route = routes[request.path] ?? routes[`${request.method} ${request.path}`];
    return typeof route === "function" ? route(request) : route;
  });
  try {
    return await use(new CodeHosts({ clock: hasty }), server.url, server.requests);
  } finally {
    await server.close();
  }
}

const pull = (
  kind: PullRequestProvider["kind"],
  api: string,
  more: Partial<PullRequestProvider> = {},
): PullRequestProvider => ({
  kind,
  api,
  credentials: { type: "token", token: "tok" },
  insecure: false,
  ca: undefined,
  owner: "o",
  project: undefined,
  repository: "r",
  labels: [],
  state: undefined,
  ...more,
});

const scm = (kind: ScmProvider["kind"], api: string, more: Partial<ScmProvider> = {}): ScmProvider => ({
  kind,
  api,
  credentials: { type: "token", token: "tok" },
  insecure: false,
  ca: undefined,
  owner: "o",
  project: undefined,
  allBranches: false,
  cloneProtocol: "",
  includeSubgroups: false,
  includeSharedProjects: true,
  includeArchived: false,
  excludeArchived: false,
  topic: undefined,
  ...more,
});

const GITHUB_PULL = (number: number): unknown => ({
  number,
  title: `t${number}`,
  head: { ref: `b${number}`, sha: `sha${number}`, repo: { full_name: "fork/r" } },
  base: { ref: "main" },
  labels: [{ name: "l" }],
  user: { login: "ann" },
  html_url: "https://h/1",
});
const ONE = {
  number: 1,
  title: "t1",
  branch: "b1",
  targetBranch: "main",
  headSha: "sha1",
  labels: ["l"],
  author: "ann",
};

const failureOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return `${error.code}: ${error.problems[0]?.message}`;
  }
  assert.fail("did not fail");
};

describe("pull requests of each host", () => {
  test("GitHub: by Link header, token in the header, below /api/v3 or without", async () => {
    const list = (request: StubRequest): StubAnswer =>
      request.query.get("page") === "2"
        ? { body: [GITHUB_PULL(2)] }
        : {
            body: [GITHUB_PULL(1)],
            headers: { link: `<${request.path}?page=2>; rel="next", <${request.path}?page=2>; rel="last"` },
          };
    for (const prefix of ["/api/v3", ""]) {
      await withHost({ [`${prefix}/repos/o/r/pulls`]: list }, async (hosts, url, requests) => {
        const all = await hosts.pullRequests(pull("github", url));
        assert.deepEqual(
          all.map(({ number }) => number),
          [1, 2],
        );
        assert.deepEqual(all[0], { ...ONE, headRepository: "fork/r", url: "https://h/1" });
        assert.equal(requests.at(-1)?.headers.authorization, "Bearer tok");
      });
    }
  });

  test("GitLab: by x-next-page, labels and state asked of the host", async () => {
    const one = {
      iid: 1,
      title: "t1",
      source_branch: "b1",
      target_branch: "main",
      sha: "sha1",
      labels: ["l"],
      author: { username: "ann" },
      state: "opened",
      source_project_id: 1,
      target_project_id: 1,
    };
    const list = ({ query }: StubRequest): StubAnswer =>
      query.get("page") === "2"
        ? { body: [{ ...one, iid: 2 }], headers: { "x-next-page": "" } }
        : { body: [one], headers: { "x-next-page": "2" } };
    await withHost({ "/api/v4/projects/g/p/merge_requests": list }, async (hosts, url, requests) => {
      const all = await hosts.pullRequests(
        pull("gitlab", url, { owner: "g/p", repository: "", labels: ["l", "m"], state: "opened" }),
      );
      assert.deepEqual(
        all.map(({ number }) => number),
        [1, 2],
      );
      assert.deepEqual(
        { ...all[0], headRepository: undefined, state: undefined, url: undefined },
        { ...ONE, headRepository: undefined, state: undefined, url: undefined },
      );
      assert.equal(requests[0]?.query.get("labels"), "l,m");
      assert.equal(requests[0]?.query.get("state"), "opened");
      assert.equal(requests[0]?.headers["private-token"], "tok");
    });
  });

  test("Gitea: until a page is not full", async () => {
    const list = ({ query }: StubRequest): StubAnswer => ({
      body: Array.from({ length: query.get("page") === "1" ? 50 : 1 }, (_, index) => GITHUB_PULL(index + 1)),
    });
    await withHost({ "/api/v1/repos/o/r/pulls": list }, async (hosts, url, requests) => {
      assert.equal((await hosts.pullRequests(pull("gitea", url))).length, 51);
      assert.equal(requests[0]?.headers.authorization, "token tok");
    });
  });

  test("Bitbucket Server: by nextPageStart", async () => {
    const one = (id: number): unknown => ({
      id,
      title: "t1",
      fromRef: { displayId: "b1", latestCommit: "sha1", repository: { slug: "r", project: { key: "P" } } },
      toRef: { displayId: "main" },
      author: { user: { name: "ann" } },
    });
    const list = ({ query }: StubRequest): StubAnswer => ({
      body:
        query.get("start") === "1"
          ? { values: [one(2)], isLastPage: true }
          : { values: [one(1)], isLastPage: false, nextPageStart: 1 },
    });
    await withHost({ "/rest/api/1.0/projects/P/repos/r/pull-requests": list }, async (hosts, url, requests) => {
      const basic = { type: "basic", username: "u", password: "p" } as const;
      const all = await hosts.pullRequests(pull("bitbucketServer", `${url}/rest/`, { owner: "P", credentials: basic }));
      assert.deepEqual(all, [
        { ...ONE, labels: [], headRepository: "P/r" },
        { ...ONE, number: 2, labels: [], headRepository: "P/r" },
      ]);
      assert.equal(requests[0]?.headers.authorization, "Basic dTpw");
    });
  });

  test("Bitbucket Cloud: by the address of the next page", async () => {
    const one = (id: number): unknown => ({
      id,
      title: "t1",
      source: { branch: { name: "b1" }, commit: { hash: "sha1" } },
      destination: { branch: { name: "main" } },
      author: { nickname: "ann" },
    });
    const list = ({ query, headers }: StubRequest): StubAnswer => ({
      body:
        query.get("page") === "2"
          ? { values: [one(2)] }
          : { values: [one(1)], next: `http://${headers.host}/repositories/o/r/pullrequests?page=2` },
    });
    await withHost({ "/repositories/o/r/pullrequests": list }, async (hosts, url) => {
      const all = await hosts.pullRequests(pull("bitbucket", url));
      assert.deepEqual(
        all.map(({ number, branch, headSha }) => [number, branch, headSha]),
        [
          [1, "b1", "sha1"],
          [2, "b1", "sha1"],
        ],
      );
    });
  });

  test("Azure DevOps: only of the repository, names without refs/heads", async () => {
    const one = (name: string): unknown => ({
      pullRequestId: 1,
      title: "t1",
      repository: { name },
      sourceRefName: "refs/heads/b1",
      targetRefName: "refs/heads/main",
      lastMergeSourceCommit: { commitId: "sha1" },
      labels: [{ name: "l" }],
      createdBy: { uniqueName: "ann@example.com" },
    });
    await withHost(
      { "/o/team/_apis/git/pullrequests": { body: { value: [one("r"), one("other")] } } },
      async (hosts, url, requests) => {
        const all = await hosts.pullRequests(pull("azureDevOps", url, { project: "team" }));
        assert.deepEqual(all, [{ ...ONE, headRepository: "o/r" }]);
        assert.equal(requests[0]?.headers.authorization, `Basic ${Buffer.from(":tok").toString("base64")}`);
      },
    );
  });
});

const REPO = (name: string, more: object = {}): unknown => ({
  id: 5,
  name,
  owner: { login: "o" },
  default_branch: "main",
  ssh_url: `git@h:o/${name}`,
  clone_url: `https://h/o/${name}`,
  topics: ["t"],
  ...more,
});
const BRANCH = { name: "main", commit: { sha: "s1" } };

describe("repositories", () => {
  const routes: Routes = {
    "/api/v3/orgs/o/repos": { body: [REPO("web"), REPO("old", { archived: true }), REPO("empty")] },
    "/api/v3/repos/o/web/branches/main": { body: BRANCH },
    "/api/v3/repos/o/old/branches/main": { body: BRANCH },
    "/api/v3/repos/o/web/branches": { body: [BRANCH, { name: "feat/x", commit: { sha: "s2" } }] },
    "/api/v3/repos/o/old/branches": { body: [] },
    "/api/v3/repos/o/empty/branches": { body: [] },
    "/api/v3/repos/o/web/contents/deploy": { body: [] },
  };
  const none = {
    repositoryMatch: undefined,
    labelMatch: undefined,
    branchMatch: undefined,
    pathsExist: [],
    pathsDoNotExist: [],
  };

  test("GitHub: default branch, an empty repository gives none, archived ones are left out where asked", async () => {
    await withHost(routes, async (hosts, url) => {
      const all = await hosts.repositories(scm("github", url, { excludeArchived: true }), []);
      assert.deepEqual(all, [
        {
          organization: "o",
          repository: "web",
          repositoryId: 5,
          url: "git@h:o/web",
          branch: "main",
          sha: "s1",
          labels: ["t"],
        },
      ]);
    });
  });

  test("every branch, filtered by item: repositories first, then branches, all conditions of one item", async () => {
    await withHost(routes, async (hosts, url) => {
      const named = async (filters: readonly object[]): Promise<string[]> => {
        const all = await hosts.repositories(
          scm("github", url, { allBranches: true, cloneProtocol: "https" }),
          filters.map((filter) => ({ ...none, ...filter })),
        );
        return all.map(({ repository, branch }) => `${repository}@${branch}`);
      };
      assert.deepEqual(await named([]), ["web@main", "web@feat/x"]);
      assert.deepEqual(await named([{ branchMatch: "^feat" }]), ["web@feat/x"]);
      assert.deepEqual(await named([{ repositoryMatch: "^old$" }, { branchMatch: "." }]), []);
      assert.deepEqual(await named([{ labelMatch: "^t$" }, { pathsExist: ["deploy/"], pathsDoNotExist: ["none"] }]), [
        "web@main",
        "web@feat/x",
      ]);
      assert.deepEqual(await named([{ pathsExist: ["none"] }]), []);
    });
  });

  test("GitLab, Gitea, Bitbucket and Azure list theirs", async () => {
    const gitlab: Routes = {
      "/api/v4/groups/g/s/projects": {
        body: [
          {
            id: 7,
            path: "web",
            namespace: { full_path: "g/s" },
            default_branch: "main",
            http_url_to_repo: "https://h/web",
            tag_list: ["t"],
          },
        ],
        headers: { "x-next-page": "" },
      },
      "/api/v4/projects/7/repository/branches/main": { body: { name: "main", commit: { id: "s1" } } },
      "/api/v4/projects/7/repository/files/a/b": { status: 404 },
      "/api/v4/projects/7/repository/tree": { body: [{ path: "a/b/c" }] },
    };
    await withHost(gitlab, async (hosts, url) => {
      const all = await hosts.repositories(scm("gitlab", url, { owner: "g/s", cloneProtocol: "https" }), [
        { ...none, pathsExist: ["a/b"] },
      ]);
      assert.deepEqual(all, [
        {
          organization: "g/s",
          repository: "web",
          repositoryId: 7,
          url: "https://h/web",
          branch: "main",
          sha: "s1",
          labels: ["t"],
        },
      ]);
    });
    const gitea: Routes = {
      "/api/v1/orgs/o/repos": { body: [REPO("web")] },
      "/api/v1/repos/o/web/labels": { body: [{ name: "t" }] },
      "/api/v1/repos/o/web/branches/main": { body: { name: "main", commit: { id: "s1" } } },
    };
    await withHost(gitea, async (hosts, url) => {
      const [one] = await hosts.repositories(scm("gitea", url), []);
      assert.deepEqual([one?.sha, one?.labels], ["s1", ["t"]]);
    });
    const server: Routes = {
      "/rest/api/1.0/projects/P/repos": {
        body: {
          isLastPage: true,
          values: [
            {
              id: 1,
              name: "web",
              project: { key: "P" },
              links: {
                clone: [
                  { name: "http", href: "https://h/web" },
                  { name: "ssh", href: "ssh://h/web" },
                ],
              },
            },
          ],
        },
      },
      "/rest/api/1.0/projects/P/repos/web/branches/default": { body: { displayId: "main", latestCommit: "s1" } },
    };
    await withHost(server, async (hosts, url) => {
      const [one] = await hosts.repositories(scm("bitbucketServer", url, { owner: "P" }), []);
      assert.deepEqual([one?.url, one?.branch, one?.sha], ["ssh://h/web", "main", "s1"]);
    });
    const cloud: Routes = {
      "/repositories/o": {
        body: {
          values: [
            {
              slug: "web",
              uuid: "{1}",
              mainbranch: { name: "main" },
              links: { clone: [{ name: "https", href: "https://h/web" }] },
            },
          ],
        },
      },
      "/repositories/o/web/refs/branches/main": { body: { name: "main", target: { hash: "s1" } } },
    };
    await withHost(cloud, async (hosts, url) => {
      const [one] = await hosts.repositories(scm("bitbucket", url, { cloneProtocol: "https" }), []);
      assert.deepEqual([one?.url, one?.sha, one?.repositoryId], ["https://h/web", "s1", "{1}"]);
    });
    const azure: Routes = {
      "/o/team/_apis/git/repositories": {
        body: {
          value: [
            { id: "1", name: "web", defaultBranch: "refs/heads/main", remoteUrl: "https://h/web" },
            { id: "2", name: "empty" },
          ],
        },
      },
      "/o/team/_apis/git/repositories/web/stats/branches": ({ query }) =>
        query.get("name") === "main" ? { body: { name: "main", commit: { commitId: "s1" } } } : undefined,
    };
    await withHost(azure, async (hosts, url) => {
      const all = await hosts.repositories(scm("azureDevOps", url, { project: "team" }), []);
      assert.deepEqual(
        all.map(({ repository, branch, sha }) => [repository, branch, sha]),
        [["web", "main", "s1"]],
      );
    });
  });
});

describe("a GitHub App", () => {
  test("signs in with its key, finds its installation, and uses one token for all", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const routes: Routes = {
      "/api/v3/orgs/o/installation": { body: { id: 99 } },
      "/api/v3/app/installations/99/access_tokens": { status: 201, body: { token: "inst", expires_at } },
      "/api/v3/repos/o/r/pulls": { body: [GITHUB_PULL(1)] },
    };
    await withHost(routes, async (hosts, url, requests) => {
      const credentials = {
        type: "githubApp",
        appId: "12",
        installationId: undefined,
        privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
      } as const;
      for (let times = 0; times < 2; times++) await hosts.pullRequests(pull("github", url, { credentials }));
      assert.equal(requests.filter(({ path }) => path.endsWith("access_tokens")).length, 1);
      assert.equal(requests.at(-1)?.headers.authorization, "Bearer inst");
      const jwt = (requests[0]?.headers.authorization ?? "").replace("Bearer ", "").split(".");
      const signature = Buffer.from(jwt[2] ?? "", "base64url");
      assert.ok(createVerify("RSA-SHA256").update(`${jwt[0]}.${jwt[1]}`).verify(publicKey, signature));
      assert.equal((JSON.parse(Buffer.from(jwt[1] ?? "", "base64url").toString()) as { iss: string }).iss, "12");
    });
  });
});

describe("a host that does not answer as it should", () => {
  const cases: readonly (readonly [title: string, answer: StubAnswer, says: RegExp])[] = [
    ["a web page", { body: "<html>sign in</html>" }, /GeneratorHostFailed: .*answers a web page, not JSON/],
    ["an object where a list should be", { body: { a: 1 } }, /answers something else than a list/],
    ["forbidden, with its reason", { status: 403, body: { message: "no access" } }, /answers 403: no access/],
    ["not found", { status: 404, body: {} }, /HostRepositoryNotFound: .*is not there/],
    [
      "too many requests",
      { status: 429, headers: { "retry-after": "120" }, body: {} },
      /limits requests for another 120 s/,
    ],
    [
      "a quota used up",
      {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 90) },
        body: {},
      },
      /limits requests for another (?:8|9)\d s/,
    ],
    ["half a page", { body: [GITHUB_PULL(1)], breaksOff: true }, /GeneratorHostFailed/],
    [
      "a redirect",
      { status: 301, headers: { location: "https://elsewhere" } },
      /redirects \(301\), which is not followed/,
    ],
    [
      "a next page elsewhere",
      { body: [], headers: { link: '<https://elsewhere/x>; rel="next"' } },
      /leads to another host, elsewhere/,
    ],
    ["a server that fails each time", { status: 500 }, /answers 500/],
  ];
  for (const [title, answer, says] of cases) {
    test(title, async () => {
      await withHost({ "/api/v3/repos/o/r/pulls": answer }, async (hosts, url) => {
        assert.match(await failureOf(hosts.pullRequests(pull("github", url))), says);
      });
    });
  }

  test("a failure of a moment is tried again, and a limit is not asked against", async () => {
    let asked = 0;
    await withHost(
      { "/api/v3/repos/o/r/pulls": () => (++asked < 3 ? { status: 502 } : { body: [] }) },
      async (hosts, url) => {
        assert.deepEqual(await hosts.pullRequests(pull("github", url)), []);
        assert.equal(asked, 3);
      },
    );
    const limited: Routes = { "/api/v3/repos/o/r/pulls": { status: 429, headers: { "retry-after": "120" } } };
    await withHost(limited, async (hosts, url, requests) => {
      for (let times = 0; times < 3; times++) await failureOf(hosts.pullRequests(pull("github", url)));
      assert.equal(requests.length, 1);
    });
  });

  test("a million pull requests end at a limit that is told", async () => {
    const endless = ({ path, query }: StubRequest): StubAnswer => {
      const page = Number(query.get("page") ?? "1");
      return {
        body: Array.from({ length: 100 }, (_, index) => GITHUB_PULL(page * 100 + index)),
        headers: { link: `<${path}?page=${page + 1}>; rel="next"` },
      };
    };
    await withHost({ "/api/v3/repos/o/r/pulls": endless }, async (hosts, url) => {
      assert.match(await failureOf(hosts.pullRequests(pull("github", url))), /lists more than 10000/);
    });
  });

  test("a page that did not change costs no quota: it is asked for by its tag", async () => {
    const tagged = ({ headers }: StubRequest): StubAnswer =>
      headers["if-none-match"] === '"v1"' ? { status: 304 } : { body: [GITHUB_PULL(1)], headers: { etag: '"v1"' } };
    await withHost({ "/api/v3/repos/o/r/pulls": tagged }, async (hosts, url, requests) => {
      for (let times = 0; times < 2; times++) assert.equal((await hosts.pullRequests(pull("github", url))).length, 1);
      assert.equal(requests.filter(({ headers }) => headers["if-none-match"] === '"v1"').length, 1);
    });
  });
});

test("a comment is written once, then changed, and left alone when it is the same", async () => {
  let body: string | undefined;
  const routes: Routes = {
    "GET /api/v3/repos/o/r/issues/4/comments": () => ({ body: body === undefined ? [] : [{ id: 8, body }] }),
    "POST /api/v3/repos/o/r/issues/4/comments": (request) => {
      body = (JSON.parse(request.body) as { body: string }).body;
      return { status: 201, body: { id: 8 } };
    },
    "PATCH /api/v3/repos/o/r/issues/comments/8": (request) => {
      body = (JSON.parse(request.body) as { body: string }).body;
      return { body: { id: 8 } };
    },
  };
  await withHost(routes, async (hosts, url, requests) => {
    for (const text of ["<!-- m --> one", "<!-- m --> two", "<!-- m --> two"])
      await hosts.comment(pull("github", url), 4, "<!-- m -->", text);
    assert.equal(body, "<!-- m --> two");
    assert.deepEqual(
      requests.map(({ method }) => method).filter((method) => method !== "GET"),
      ["POST", "PATCH"],
    );
  });
});
