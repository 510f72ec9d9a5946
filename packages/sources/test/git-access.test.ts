import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ProblemError, readText, VirtualClock, type FileTree } from "@fairlead/base";
import { sha256 } from "../src/cache/content.ts";
import { submoduleUrl } from "../src/git/submodules.ts";
import { Repositories, runGit, type RepositoryAccess } from "../src/index.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import { serve } from "./support/server.ts";

const WHO = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always"];
const BASIC = `Basic ${Buffer.from("ann:s3cret").toString("base64")}`;

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no problem",
    (error: unknown) => (error instanceof ProblemError ? error.code : String(error)),
  );
}

describe("a Git repository that not everybody may read", () => {
  let root: string;
  let server: { url: string; close: () => Promise<void> };
  let access: RepositoryAccess = {};
  const git = (repository: string, ...args: string[]): Promise<string> =>
    runGit([...WHO, ...args], { directory: join(root, repository) });
  const open = (more: object = {}): Repositories =>
    new Repositories({ directory: mkdtempSync(join(root, "mirrors-")), accessFor: () => access, ...more });
  const head = async (repositories: Repositories, url: string): Promise<FileTree> => {
    const repository = await repositories.open(url);
    return repository.checkout((await repository.resolve("HEAD")).commit);
  };

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "fairlead-access-"));
    for (const name of ["fleet", "shared"]) {
      mkdirSync(join(root, name));
      await git(name, "init", "-q", "-b", "main");
      writeFileSync(join(root, name, "a.yaml"), `from: ${name}\n`);
      await git(name, "add", "-A");
      await git(name, "commit", "-q", "-m", "first");
    }
    server = await startGitHttpServer(root, BASIC);
  });
  after(async () => {
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });

  test("user and password open it; without, and with wrong ones, the problem says so and holds no secret", async () => {
    const url = `${server.url}/fleet/.git`;
    for (const wrong of [{}, { username: "ann", password: "guess-me-not" }]) {
      access = wrong;
      const repositories = open();
      const error = await repositories.open(url).catch((thrown: unknown) => thrown as ProblemError);
      assert.ok(error instanceof ProblemError);
      assert.equal(error.code, "SourceRefused");
      assert.match(error.problems[0]?.hint ?? "", /repo-creds/);
      assert.doesNotMatch(JSON.stringify(error.problems), /guess-me-not/);
      await repositories.close();
    }
    access = { username: "ann", password: "s3cret" };
    const repositories = open();
    assert.equal(readText(await head(repositories, url), "a.yaml"), "from: fleet\n");
    await repositories.close();
  });

  test("what one project's credentials brought is not another project's", async () => {
    const url = `${server.url}/fleet/.git`;
    const repositories = open({
      accessFor: (_url: string, project?: string) =>
        project === "team" ? { username: "ann", password: "s3cret", project: "team" } : {},
    });
    assert.ok(await repositories.open(url, "team"));
    assert.equal(await codeOf(repositories.open(url, "other")), "SourceRefused");
    await repositories.close();
  });

  test("a repository that is not there, and a host that is down, are told apart; the host is asked once a pause", async () => {
    access = { username: "ann", password: "s3cret" };
    const clock = new VirtualClock(0);
    const repositories = open({ clock });
    assert.equal(await codeOf(repositories.open(`${server.url}/none/.git`)), "RepositoryNotFound");
    const down = await serve(() => ({ status: 503 }));
    const url = `${down.url}/fleet.git`;
    assert.equal(await codeOf(repositories.open(url)), "SourceUnreachable");
    const asked = down.seen.length;
    assert.equal(await codeOf(repositories.open(url)), "SourceUnreachable");
    assert.equal(down.seen.length, asked);
    await clock.advance(1001);
    assert.equal(await codeOf(repositories.open(url)), "SourceUnreachable");
    assert.ok(down.seen.length > asked);
    await repositories.close();
    await down.close();
  });

  test("ssh gets its key and known hosts in files of ours that are gone afterwards, and nothing secret in words", async () => {
    const bin = join(root, "bin");
    mkdirSync(bin);
    const log = join(root, "ssh.log");
    const script = `#!/bin/sh\n{ echo "args: $*"; env; for f in "$@"; do [ -f "$f" ] && { echo "file:"; cat "$f"; stat -c %a "$f"; }; done; } >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`;
    writeFileSync(join(bin, "ssh"), script);
    chmodSync(join(bin, "ssh"), 0o755);
    const path = process.env["PATH"];
    process.env["PATH"] = `${bin}:${path}`;
    try {
      access = { sshPrivateKey: "PRIVATE-KEY-TEXT", knownHosts: "host ssh-ed25519 AAAA" };
      const repositories = open();
      assert.equal(readText(await head(repositories, `ssh://git@host${root}/fleet/.git`), "a.yaml"), "from: fleet\n");
      await repositories.close();
    } finally {
      process.env["PATH"] = path;
    }
    const seen = readFileSync(log, "utf8");
    assert.match(seen, /file:\nPRIVATE-KEY-TEXT\n600\n/);
    assert.match(seen, /StrictHostKeyChecking=yes .*UserKnownHostsFile=/);
    const words = seen.split("\n").filter((line) => line.startsWith("args:") || /^[A-Z_]+=/.test(line));
    assert.doesNotMatch(words.join("\n"), /PRIVATE-KEY-TEXT/);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith("fairlead-git-access-")),
      [],
    );
  });

  test("submodules are there, by relative address too, and can be left away", async () => {
    access = { username: "ann", password: "s3cret" };
    await git("fleet", "submodule", "add", "-q", "../../shared/.git", "lib/shared").catch(async () => {
      await git("fleet", "submodule", "add", "-q", join(root, "shared/.git"), "lib/shared");
    });
    writeFileSync(
      join(root, "fleet/.gitmodules"),
      '[submodule "lib/shared"]\n\tpath = lib/shared\n\turl = ../../shared/.git\n',
    );
    await git("fleet", "add", "-A");
    await git("fleet", "commit", "-q", "-m", "with a submodule");
    const repositories = open();
    const tree = await head(repositories, `${server.url}/fleet/.git`);
    assert.equal(readText(tree, "lib/shared/a.yaml"), "from: shared\n");
    assert.deepEqual(
      tree.list("lib").map(({ name, kind }) => `${kind} ${name}`),
      ["directory shared"],
    );
    await repositories.close();
    const without = open({ submodules: false });
    assert.equal((await head(without, `${server.url}/fleet/.git`)).stat("lib/shared/a.yaml"), undefined);
    await without.close();
  });

  for (const [parent, url, expected] of [
    ["https://host/team/fleet.git", "../shared.git", "https://host/team/shared.git"],
    ["https://host/team/fleet.git", "../../other/x", "https://host/other/x"],
    ["git@host:team/fleet.git", "../shared.git", "git@host:team/shared.git"],
    ["ssh://git@host/team/fleet", "../shared", "ssh://git@host/team/shared"],
    ["https://host/team/fleet.git", "git@other:a/b.git", "git@other:a/b.git"],
    ["file:///srv/fleet", "../shared", "file:///srv/shared"],
    ["https://host/team/fleet.git", "file:///etc", "refused"],
    ["https://host/team/fleet.git", "/srv/secret", "refused"],
    ["https://host/team/fleet.git", "ext::sh -c id", "refused"],
    ["https://host/team/fleet.git", "--upload-pack=id", "refused"],
    ["https://host/team/fleet.git", "-oProxyCommand=id@x:y", "refused"],
  ] as const) {
    test(`the submodule ${url} of ${parent} is ${expected}`, async () => {
      const found = await codeOf(Promise.resolve().then(() => submoduleUrl(parent, url)));
      if (expected === "refused") assert.equal(found, "SourceAddressInvalid");
      else assert.equal(submoduleUrl(parent, url), expected);
    });
  }

  test("pull requests' refs and commits that no branch has are fetched when they are asked for", async () => {
    access = { username: "ann", password: "s3cret" };
    await git("shared", "checkout", "-q", "-b", "aside");
    writeFileSync(join(root, "shared/a.yaml"), "from: a pull request\n");
    await git("shared", "commit", "-q", "-a", "-m", "proposed");
    await git("shared", "update-ref", "refs/pull/7/head", "HEAD");
    await git("shared", "checkout", "-q", "main");
    await git("shared", "branch", "-q", "-D", "aside");
    const repositories = open();
    const repository = await repositories.open(`${server.url}/shared/.git`);
    const { commit, kind } = await repository.resolve("refs/pull/7/head");
    assert.equal(kind, "ref");
    assert.equal(readText(repository.tree(commit), "a.yaml"), "from: a pull request\n");
    assert.equal(await codeOf(repository.resolve("refs/pull/8/head")), "RevisionNotFound");
    assert.equal(await codeOf(repository.resolve("0".repeat(40))), "RevisionNotFound");
    await repositories.close();
  });

  test("a shallow mirror has the depth that is asked for, and follows a history that was forced", async () => {
    access = { username: "ann", password: "s3cret", depth: 1 };
    const repositories = open();
    const repository = await repositories.open(`${server.url}/fleet/.git`);
    const before = (await repository.resolve("main")).commit;
    writeFileSync(join(root, "fleet/a.yaml"), "from: another history\n");
    await git("fleet", "commit", "-q", "-a", "--amend", "-m", "forced");
    assert.equal(await repository.refresh(), true);
    const { commit } = await repository.resolve("main");
    assert.notEqual(commit, before);
    assert.equal(readText(repository.tree(commit), "a.yaml"), "from: another history\n");
    await repositories.close();
  });

  test("a range of versions is the highest tag within it; a prefix keeps components apart", async () => {
    access = { username: "ann", password: "s3cret" };
    for (const tag of ["v1.2.0", "v1.10.0", "v2.0.0-rc.1", "web/1.4.0", "web/2.0.0", "main-1"])
      await git("shared", "tag", tag);
    await git("shared", "tag", "-a", "v1.11.0", "-m", "annotated");
    const repositories = open();
    const repository = await repositories.open(`${server.url}/shared/.git`);
    for (const [wanted, prefix, expected] of [
      ["v1.x", "", "v1.11.0"],
      ["~1.10.0", "", "v1.10.0"],
      [">=1.0.0 <1.3.0", "", "v1.2.0"],
      ["v2.0.0-rc.1", "", "v2.0.0-rc.1"],
      ["1.x", "web/", "web/1.4.0"],
      ["main", "", "main"],
    ] as const) {
      assert.equal(repository.lookUp(wanted, prefix)?.name, expected, wanted);
    }
    assert.equal(repository.lookUp("9.x"), undefined);
    const { commit } = await repository.resolve("v1.11.0");
    assert.match(
      Buffer.from(repository.signedObject("v1.11.0", commit)).toString("utf8"),
      /^object .*\ntype commit\ntag v1\.11\.0\n/,
    );
    assert.match(Buffer.from(repository.signedObject("main", commit)).toString("utf8"), /^tree /);
    await repositories.close();
  });
});

test("files in Git LFS are there where the repository says enableLfs, and their pointers elsewhere", async () => {
  const root = mkdtempSync(join(tmpdir(), "fairlead-lfs-"));
  const content = Buffer.from("kind: ConfigMap\n".repeat(100));
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`;
  const repository = join(root, "r.git");
  mkdirSync(repository);
  const git = (...args: string[]): Promise<string> => runGit([...WHO, ...args], { directory: repository });
  await git("init", "-q", "-b", "main");
  writeFileSync(join(repository, ".gitattributes"), "*.big filter=lfs diff=lfs merge=lfs -text\n");
  writeFileSync(join(repository, "data.big"), pointer);
  writeFileSync(join(repository, "other.txt"), pointer);
  await git("-c", "filter.lfs.process=", "-c", "filter.lfs.clean=cat", "-c", "filter.lfs.required=false", "add", "-A");
  await git("commit", "-q", "-m", "first");
  const backend = await startGitHttpServer(root);
  let sent: Buffer = content;
  const front = await serve(async ({ method, path, headers }, body) => {
    if (path.endsWith("/info/lfs/objects/batch")) {
      assert.equal((JSON.parse(body) as { operation: string }).operation, "download");
      const actions = { download: { href: `${front.url}/store`, header: { Authorization: "token" } } };
      return { body: JSON.stringify({ objects: [{ oid: sha256(content), size: content.length, actions }] }) };
    }
    if (path === "/store") return headers.authorization === "token" ? { body: sent } : { status: 403 };
    const answer = await fetch(`${backend.url}${path.replace("r.git/", "r.git/.git/")}`, {
      method,
      headers: { "content-type": headers["content-type"] ?? "", "git-protocol": String(headers["git-protocol"] ?? "") },
      ...(method === "POST" ? { body } : {}),
    });
    return {
      status: answer.status,
      headers: { "content-type": answer.headers.get("content-type") ?? "" },
      body: Buffer.from(await answer.arrayBuffer()),
    };
  });
  const read = async (enableLfs: boolean): Promise<FileTree> => {
    const repositories = new Repositories({
      directory: mkdtempSync(join(root, "m-")),
      accessFor: () => ({ enableLfs }),
    });
    try {
      const found = await repositories.open(`${front.url}/r.git`);
      return await found.checkout((await found.resolve("main")).commit);
    } finally {
      await repositories.close();
    }
  };
  const tree = await read(true);
  assert.equal(readText(tree, "data.big"), content.toString("utf8"));
  assert.equal(readText(tree, "other.txt"), pointer);
  sent = Buffer.from("something else");
  assert.equal(await codeOf(read(true)), "DigestMismatch");
  await front.close();
  await backend.close();
  rmSync(root, { recursive: true, force: true });
});

test("a GitHub App's claim buys a token, which serves while it is good", async () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const { GithubTokens } = await import("../src/git/github-app.ts");
  const { HttpClient } = await import("../src/http/client.ts");
  const clock = new VirtualClock(0);
  const http = new HttpClient({ clock });
  const api = await serve(({ path, headers }) => {
    assert.match(headers.authorization ?? "", /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
    if (path === "/repos/team/fleet/installation") return { body: '{"id": 99}' };
    return path === "/app/installations/99/access_tokens" ? { status: 201, body: '{"token":"t"}' } : { status: 404 };
  });
  const tokens = new GithubTokens(http, clock);
  const githubApp = { id: "1", installationId: undefined, privateKey, baseUrl: api.url };
  for (let turn = 0; turn < 3; turn++) {
    const access = await tokens.withToken("https://github.com/team/fleet.git", { githubApp });
    assert.deepEqual([access.username, access.password], ["x-access-token", "t"]);
  }
  assert.equal(api.seen.length, 2);
  await clock.advance(60 * 60_000);
  await tokens.withToken("https://github.com/team/fleet.git", { githubApp });
  assert.equal(api.seen.length, 4);
  await http.close();
  await api.close();
});
