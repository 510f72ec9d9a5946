import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ProblemError, readText } from "@fairlead/base";
import { startGitHttpServer } from "./support/git-http-server.ts";
import { Repositories, runGit, type GitRepository } from "../src/index.ts";

const WHO = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];

describe("a local Git repository read from its object database", () => {
  let directory: string;
  let repositories: Repositories;
  let repository: GitRepository;
  const git = (...args: string[]): Promise<string> => runGit([...WHO, ...args], { directory });
  const commitAll = async (message: string): Promise<string> => {
    await git("add", "-A");
    await git("commit", "-q", "-m", message);
    return (await git("rev-parse", "HEAD")).trim();
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "fairlead-git-"));
    await git("init", "-q", "-b", "main");
    mkdirSync(join(directory, "apps/checkout"), { recursive: true });
    writeFileSync(join(directory, "apps/checkout/a.yaml"), "a: 1\n");
    writeFileSync(join(directory, "big.txt"), `${"line of text\n".repeat(5000)}end 1\n`);
    symlinkSync("apps/checkout/a.yaml", join(directory, "link.yaml"));
    symlinkSync("../outside", join(directory, "escape"));
    await commitAll("first");
    repositories = new Repositories({ directory: join(directory, "unused") });
    repository = await repositories.open(`file://${directory}`);
  });
  after(async () => {
    await repositories.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("files, listings and symlinks inside the root are read", async () => {
    const tree = repository.tree((await repository.resolve("HEAD")).commit);
    assert.equal(readText(tree, "link.yaml"), "a: 1\n");
    assert.deepEqual(
      tree.list("").map((entry) => `${entry.kind} ${entry.name}`),
      ["directory apps", "file big.txt", "symlink escape", "symlink link.yaml"],
    );
    assert.equal(tree.stat("apps/checkout/none.yaml"), undefined);
  });

  test("a symlink out of the root is refused", async () => {
    const tree = repository.tree((await repository.resolve("main")).commit);
    assert.throws(
      () => tree.read("escape"),
      (error) => error instanceof ProblemError && error.code === "PathEscapes",
    );
  });

  test("ids are Git's own", async () => {
    const tree = repository.tree((await repository.resolve("main")).commit);
    assert.equal(tree.stat("apps/checkout/a.yaml")?.id, (await git("rev-parse", "HEAD:apps/checkout/a.yaml")).trim());
    assert.equal(tree.stat("apps")?.id, (await git("rev-parse", "HEAD:apps")).trim());
  });

  test("deltas in packs give the same bytes as loose objects", async () => {
    const before = repository.tree((await repository.resolve("main")).commit).read("big.txt");
    writeFileSync(join(directory, "big.txt"), `${"line of text\n".repeat(5000)}end 2\n`);
    const commit = await commitAll("second");
    await git("gc", "-q", "--aggressive", "--prune=now");
    const fresh = await new Repositories({ directory }).open(directory);
    assert.equal(readText(fresh.tree(commit), "big.txt").slice(-6), "end 2\n");
    assert.deepEqual(
      Buffer.from(fresh.tree((await git("rev-parse", "HEAD~1")).trim()).read("big.txt")),
      Buffer.from(before),
    );
    fresh.close();
  });

  test("a commit is noticed from the file system, without polling", async () => {
    const noticed = new Promise<void>((resolve) => {
      const stop = repository.onChange(() => {
        stop();
        resolve();
      });
    });
    writeFileSync(join(directory, "apps/checkout/a.yaml"), "a: 2\n");
    const commit = await commitAll("third");
    await noticed;
    assert.equal(repository.lookUp("main")?.commit, commit);
    assert.equal(readText(repository.tree(commit), "apps/checkout/a.yaml"), "a: 2\n");
  });

  test("tags, short ids and full refs resolve; an unknown name says which branches there are", async () => {
    await git("tag", "-a", "v1", "-m", "release");
    const head = (await git("rev-parse", "HEAD")).trim();
    for (const name of ["v1", "refs/tags/v1", "refs/heads/main", head, head.slice(0, 8)]) {
      assert.equal((await repository.resolve(name)).commit, head, name);
    }
    await assert.rejects(repository.resolve("nope"), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.code, "RevisionNotFound");
      assert.match(error.problems[0]?.hint ?? "", /branches there: main/);
      return true;
    });
  });
});

describe("a remote Git repository", () => {
  test("is mirrored once and follows the remote, its default branch and its deletions, on a poke", async () => {
    const directory = mkdtempSync(join(tmpdir(), "fairlead-mirror-"));
    const remote = join(directory, "remote");
    mkdirSync(remote);
    const server = await startGitHttpServer(directory);
    const git = (...args: string[]): Promise<string> => runGit([...WHO, ...args], { directory: remote });
    await git("init", "-q", "-b", "trunk");
    writeFileSync(join(remote, "a.yaml"), "a: 1\n");
    await git("add", "-A");
    await git("commit", "-q", "-m", "one");
    await git("branch", "old");

    const url = `${server.url}/remote/.git`;
    const repositories = new Repositories({ directory: join(directory, "mirrors") });
    const repository = await repositories.open(url);
    assert.equal(repository.lookUp("")?.name, "trunk");
    assert.ok(repository.lookUp("old"));

    writeFileSync(join(remote, "a.yaml"), "a: 2\n");
    await git("commit", "-q", "-a", "-m", "two");
    await git("branch", "-D", "old");
    assert.equal(await repositories.poke(`${url}/`), true);
    assert.equal(await repositories.poke(url), false);
    assert.equal(readText(repository.tree((await repository.resolve("trunk")).commit), "a.yaml"), "a: 2\n");
    assert.equal(repository.lookUp("old"), undefined);

    await repositories.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("that is not there is one problem that names the address", async () => {
    const repositories = new Repositories({ directory: tmpdir() });
    await assert.rejects(repositories.open("file:///nowhere/at/all"), /nowhere\/at\/all is not a Git repository/);
  });
});
