import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { Readable } from "node:stream";
import { decodeDocuments, encodeYaml } from "@fairlead/yaml";
import type { KubeObject } from "@fairlead/apimachinery";
import { appsetCommand } from "../src/command/index.ts";
import { clusterSecret, setOf } from "./support/facts.ts";
import { stubServer } from "./support/stub-server.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-appset-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, ...objects: readonly unknown[]): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    objects.map((object) => (typeof object === "string" ? object : encodeYaml(object))).join("---\n"),
  );
  return name;
}

function git(directory: string, ...args: readonly string[]): void {
  execFileSync("git", ["-C", directory, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
    stdio: "ignore",
  });
}

/** A clone with main checked out; develop is only the remote's. */
function makeClone(): string {
  const origin = join(folder, "origin");
  mkdirSync(join(origin, "apps/web"), { recursive: true });
  git(origin, "init", "-q", "-b", "main");
  writeFileSync(join(origin, "apps/web/config.json"), '{"app":"web"}');
  git(origin, "add", "-A");
  git(origin, "commit", "-qm", "one");
  git(origin, "checkout", "-qb", "develop");
  writeFileSync(join(origin, "apps/web/config.json"), '{"app":"next"}');
  git(origin, "commit", "-qam", "two");
  git(origin, "checkout", "-q", "main");
  execFileSync("git", ["clone", "-q", origin, join(folder, "clone")], { stdio: "ignore" });
  writeFileSync(join(folder, "clone/apps/web/config.json"), '{"app":"not committed"}');
  return "clone";
}

async function run(
  ...args: readonly string[]
): Promise<{ exit: number; names: string[]; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const io = {
    stdout: { write: (text: string) => void (stdout += text) },
    stderr: { write: (text: string) => void (stderr += text) },
    stdin: Readable.from([]),
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
  };
  const exit = await appsetCommand(args, io);
  const names = args.includes("-o")
    ? []
    : decodeDocuments(stdout).documents.map(({ value }) => (value as unknown as KubeObject).metadata.name ?? "");
  return { exit, names, stdout, stderr };
}

describe("fairlead appset generate", () => {
  test("prints the Applications as YAML documents, from files alone", async () => {
    write("clusters.yaml", clusterSecret("west", { env: "prod" }));
    const set = write(
      "set.yaml",
      setOf([{ clusters: { selector: { matchLabels: { env: "prod" } } } }], "{{name}}-app"),
    );
    const { exit, names, stderr } = await run("generate", set, "--clusters", "clusters.yaml");
    assert.deepEqual([exit, names, stderr], [0, ["west-app"], ""]);
  });

  test("reads revisions of a clone from its objects, branches never checked out too", async () => {
    const clone = makeClone();
    const url = "https://git.example.com/o/config.git";
    const of = (revision: string): unknown => ({
      git: { repoURL: url, revision, files: [{ path: "apps/*/config.json" }] },
    });
    const set = write("git.yaml", setOf([of("main"), of("develop"), of("HEAD")].slice(0, 2), "{{app}}"));
    assert.deepEqual((await run("generate", set, "--repo", `${url}=${clone}`)).names, ["web", "next"]);
    const branches = write(
      "branches.yaml",
      setOf([{ git: { repoURL: url, branches: ["*"] } }], "{{branchNormalized}}"),
    );
    assert.deepEqual((await run("generate", branches, "--repo", `https://git.example.com/o/config=${clone}`)).names, [
      "develop",
      "main",
    ]);
  });

  test("takes pull requests from a file, filters them, and asks nobody", async () => {
    const pulls = write("prs.yaml", [
      {
        number: 1,
        title: "One",
        branch: "feat/a",
        target_branch: "main",
        head_sha: "0123456789",
        labels: ["preview"],
        author: "ann",
      },
      {
        number: 2,
        title: "Two",
        branch: "fix/b",
        target_branch: "main",
        head_sha: "1123456789",
        labels: ["preview"],
        author: "bob",
      },
      {
        number: 3,
        title: "Three",
        branch: "feat/c",
        target_branch: "main",
        head_sha: "2123456789",
        labels: [],
        author: "cid",
      },
    ]);
    const github = {
      owner: "o",
      repo: "r",
      labels: ["preview"],
      tokenRef: { secretName: "github-token", key: "token" },
    };
    const set = write(
      "pr.yaml",
      setOf([{ pullRequest: { github, filters: [{ branchMatch: "^feat/" }] } }], "preview-pr-{{number}}"),
    );
    const { exit, names, stderr } = await run("generate", set, "--pull-requests", pulls);
    assert.deepEqual([exit, names, stderr], [0, ["preview-pr-1"], ""]);
  });

  test("asks a host on this machine over plain http, with the token of a Secret", async () => {
    const pull = {
      number: 5,
      title: "t",
      head: { ref: "b", sha: "s" },
      base: { ref: "main" },
      labels: [],
      user: { login: "a" },
    };
    const server = await stubServer(({ path, headers }) =>
      path === "/repos/o/r/pulls" && headers.authorization === "Bearer tok" ? { body: [pull] } : undefined,
    );
    try {
      const token = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "t", namespace: "argocd" },
        data: { k: Buffer.from("tok\n").toString("base64") },
      };
      write("token.yaml", token);
      const github = { owner: "o", repo: "r", api: server.url, tokenRef: { secretName: "t", key: "k" } };
      const set = write("host.yaml", setOf([{ pullRequest: { github } }], "pr-{{number}}"));
      assert.deepEqual((await run("generate", set, "--clusters", "token.yaml")).names, ["pr-5"]);
    } finally {
      await server.close();
    }
  });

  test("with a fault: exit 1, every fault told, the valid Applications printed", async () => {
    const set = write(
      "faults.yaml",
      setOf([{ list: { elements: [{ n: "good" }, { n: "BAD" }, { n: "{{x}}" }] } }], "{{n}}"),
    );
    const { exit, names, stderr } = await run("generate", set);
    assert.deepEqual([exit, names], [1, ["good"]]);
    assert.match(stderr, /"BAD" is no name for an Application\n {2}hint/);
    assert.match(stderr, /"\{\{x\}\}" is no name/);
  });

  test("with a generator or a template that fails: none", async () => {
    const broken = write(
      "broken.yaml",
      setOf([{ list: { elements: [{ n: "good" }] } }, { clusterDecisionResource: {} }], "{{n}}"),
    );
    const { exit, stdout, stderr } = await run("generate", broken);
    assert.deepEqual([exit, stdout], [1, ""]);
    assert.match(stderr, /spec\.generators\[1\]\.clusterDecisionResource\.configMapRef: is missing/);
  });

  test("files that are not there, no set, or no objects: each is told", async () => {
    const { exit, stderr } = await run(
      "generate",
      "none.yaml",
      "--clusters",
      write("bad.yaml", "a: [\n"),
      "--repo",
      "nonsense",
    );
    assert.equal(exit, 1);
    for (const pattern of [/none\.yaml/, /bad\.yaml:\d+/, /--repo "nonsense" is not of the form URL=DIR/])
      assert.match(stderr, pattern);
    assert.match(
      (await run("generate", write("cm.yaml", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } })))
        .stderr,
      /holds no ApplicationSet/,
    );
    assert.equal((await run("generate")).exit, 2);
  });

  test("names only, and JSON", async () => {
    const set = write("names.yaml", setOf([{ list: { elements: [{ n: "a" }] } }], "{{n}}"));
    assert.equal((await run("generate", set, "-o", "name")).stdout, "application.argoproj.io/a\n");
    assert.equal(
      (JSON.parse((await run("generate", set, "-o", "json")).stdout) as { items: unknown[] }).items.length,
      1,
    );
  });
});
