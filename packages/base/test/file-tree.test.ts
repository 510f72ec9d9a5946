import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  diskTree,
  firstChange,
  memoryTree,
  ProblemError,
  readText,
  recordingTree,
  subTree,
  type FileTree,
} from "../src/index.ts";

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ProblemError && error.code === code;
}

/** The same files in memory and on disk: one contract, two implementations. */
const FILES = { "a.yaml": "a: 1\n", "dir/b.txt": "b", "dir/deep/c": "c" };
const LINKS = {
  "dir/up": "../a.yaml",
  escape: "../../etc/passwd",
  absolute: "/etc/passwd",
  loop: "loop",
  "to-dir": "dir/deep",
};

function onDisk(): { tree: FileTree; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "fairlead-tree-"));
  mkdirSync(join(root, "dir/deep"), { recursive: true });
  for (const [path, text] of Object.entries(FILES)) writeFileSync(join(root, path), text);
  for (const [path, target] of Object.entries(LINKS)) symlinkSync(target, join(root, path));
  return { tree: diskTree(root), remove: () => rmSync(root, { recursive: true }) };
}

function inMemory(): { tree: FileTree; remove: () => void } {
  const links = Object.fromEntries(Object.entries(LINKS).map(([path, symlink]) => [path, { symlink }]));
  return { tree: memoryTree({ ...FILES, ...links }), remove: () => undefined };
}

for (const [name, make] of [
  ["in memory", inMemory],
  ["on disk", onDisk],
] as const) {
  describe(`a file tree ${name}`, () => {
    const { tree, remove } = make();
    test("reads files through dots and symlinks, in the middle of a path too", () => {
      assert.equal(readText(tree, "./dir/../a.yaml"), "a: 1\n");
      assert.equal(readText(tree, "dir/up"), "a: 1\n");
      assert.equal(readText(tree, "to-dir/c"), "c");
      assert.equal(tree.stat("to-dir/c")?.path, "dir/deep/c");
    });
    test("lists by name, symlinks as such", () => {
      assert.deepEqual(
        tree.list("").map((entry) => `${entry.name}:${entry.kind}`),
        ["a.yaml:file", "absolute:symlink", "dir:directory", "escape:symlink", "loop:symlink", "to-dir:symlink"],
      );
    });
    test("gives Git's ids to files", () => {
      assert.equal(tree.stat("dir/b.txt")?.id, "63d8dbd40c23542e740659a7168a0ce3138ea748");
    });
    const refused: ReadonlyArray<readonly [path: string, code: string]> = [
      ["../a.yaml", "PathEscapes"],
      ["/etc/passwd", "PathEscapes"],
      ["escape", "PathEscapes"],
      ["absolute", "PathEscapes"],
      ["dir/../../x", "PathEscapes"],
      ["loop", "LimitExceeded"],
      ["none", "FileNotFound"],
      ["a.yaml/below", "FileNotFound"],
      ["dir", "IsADirectory"],
    ];
    for (const [path, code] of refused) {
      test(`refuses to read ${path}: ${code}`, () => assert.throws(() => tree.read(path), withCode(code)));
    }
    test("says what is not there or not a directory", () => {
      assert.equal(tree.stat("none"), undefined);
      assert.throws(() => tree.list("a.yaml"), withCode("NotADirectory"));
      remove();
    });
  });
}

describe("a tree below a directory", () => {
  const outer = memoryTree({ "in/a": "a", out: "o", "in/link": { symlink: "../out" } });
  test("has its own root, also for symlinks that the outer tree would follow", () => {
    const tree = subTree(outer, "in");
    assert.equal(readText(tree, "a"), "a");
    assert.throws(() => tree.read("../out"), withCode("PathEscapes"));
    assert.throws(() => tree.read("link"), withCode("PathEscapes"));
  });
});

describe("what a render read", () => {
  const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const files = fc
    .dictionary(path, fc.constantFrom("1", "2"), { maxKeys: 6 })
    .filter((found) => !Object.keys(found).some((a) => Object.keys(found).some((b) => b.startsWith(`${a}/`))));

  test("reads the same exactly when every answer would be the same", () => {
    const look = (tree: FileTree, probes: readonly string[]): unknown[] =>
      probes.map((probe) => {
        const found = tree.stat(probe);
        if (found?.kind === "directory") return tree.list(probe).map((entry) => entry.name + entry.kind);
        return found ? readText(tree, probe) : null;
      });
    fc.assert(
      fc.property(files, files, fc.array(path, { maxLength: 4 }), (before, after, probes) => {
        const recording = recordingTree(memoryTree(before));
        const first = look(recording.tree, probes);
        const second = look(memoryTree(after), probes);
        const isSame = firstChange(memoryTree(after), recording.reads) === undefined;
        assert.equal(isSame, JSON.stringify(first) === JSON.stringify(second));
      }),
    );
  });

  test("text that is not UTF-8 is refused, a byte order mark is dropped", () => {
    const tree = memoryTree({ bad: Uint8Array.of(0xff, 0xfe), bom: "\uFEFFx" });
    assert.throws(() => readText(tree, "bad"), withCode("InvalidUtf8"));
    assert.equal(readText(tree, "bom"), "x");
  });
});
