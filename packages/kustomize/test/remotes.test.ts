import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryTree } from "@fairlead/base";
import { buildKustomization, buildWithRemotes, MissingRemote, parseRepositoryUrl } from "@fairlead/kustomize";
import { configMap } from "./support.ts";

describe("URLs of repositories", () => {
  const cases = [
    ["https://github.com/org/repo", "https://github.com/org/repo", "", ""],
    ["github.com/org/repo/deep/path?ref=v1", "https://github.com/org/repo", "deep/path", "v1"],
    ["https://git.example/a/b/c.git//x?version=v2", "https://git.example/a/b/c.git", "x", "v2"],
    ["git@github.com:org/repo.git/path", "git@github.com:org/repo.git", "path", ""],
    ["ssh://git@git.example/org/repo//p?ref=main", "ssh://git@git.example/org/repo", "p", "main"],
    ["https://dev.azure.com/o/p/_git/repo/k?ref=x", "https://dev.azure.com/o/p/_git/repo", "k", "x"],
    ["file:///srv/repo//base", "file:///srv/repo", "base", ""],
  ] as const;
  for (const [raw, url, path, ref] of cases) {
    test(raw, () => {
      const spec = parseRepositoryUrl(raw);
      assert.deepEqual([spec?.url, spec?.path, spec?.ref], [url, path, ref]);
    });
  }

  test("what is a path is none", () => {
    for (const path of ["../base", "base", "/abs/base", "a.b/c", "https://host", "github.com/org/repo//../../x"]) {
      assert.equal(parseRepositoryUrl(path), undefined, path);
    }
  });

  test("time and submodules are read from the query", () => {
    const spec = parseRepositoryUrl("https://github.com/o/r?timeout=2m&submodules=false");
    assert.deepEqual([spec?.timeoutMs, spec?.submodules], [120_000, false]);
    assert.equal(parseRepositoryUrl("https://github.com/o/r?timeout=never")?.timeoutMs, 27_000);
  });
});

test("remotes are fetched once each, and the build begins anew", async () => {
  const tree = memoryTree({
    "kustomization.yaml":
      'resources: ["https://git.example/o/r.git//base?ref=v1", "https://git.example/o/r.git//more?ref=v1", "https://files.example/x.yaml"]\nbases: []\n',
  });
  assert.throws(() => buildKustomization(tree, ""), MissingRemote);
  const fetched: string[] = [];
  const warnings: string[] = [];
  const built = await buildWithRemotes(
    tree,
    "",
    { onWarning: ({ message }) => warnings.push(message) },
    {
      repository: async ({ url, ref }) => {
        fetched.push(`${url}@${ref}`);
        return memoryTree({
          "base/kustomization.yaml": "resources: [a.yaml]\n",
          "base/a.yaml": configMap("a"),
          "more/kustomization.yaml": "resources: [b.yaml]\n",
          "more/b.yaml": configMap("b"),
        });
      },
      file: async (url) => {
        fetched.push(url);
        return url.endsWith(".yaml")
          ? { status: 200, body: Buffer.from(configMap("c")) }
          : { status: 404, body: Buffer.alloc(0) };
      },
    },
  );
  // A file over HTTP is asked for first, as the real tool does before it takes the URL for a repository.
  assert.equal(new Set(fetched).size, fetched.length);
  assert.deepEqual(
    built.objects.map(({ object }) => object.metadata.name),
    ["a", "b", "c"],
  );
  assert.equal(warnings.length, 1);
});

test("equal paths of two trees are two files", async () => {
  const tree = memoryTree({
    "kustomization.yaml":
      'resources: [base, "git@git.example:o/r.git//base?ref=v1", "git@git.example:o/r.git//base?ref=v2"]\n',
    "base/kustomization.yaml": "resources: [a.yaml]\n",
    "base/a.yaml": configMap("local"),
  });
  const built = await buildWithRemotes(
    tree,
    "",
    {},
    {
      repository: async ({ ref }) =>
        memoryTree({ "base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": configMap(ref) }),
      file: async () => ({ status: 404, body: Buffer.alloc(0) }),
    },
  );
  assert.deepEqual(
    built.objects.map(({ object, origin }) => [object.metadata.name, origin.file]),
    [
      ["local", "base/a.yaml"],
      ["v1", "git@git.example:o/r.git//base/a.yaml?ref=v1"],
      ["v2", "git@git.example:o/r.git//base/a.yaml?ref=v2"],
    ],
  );
});
