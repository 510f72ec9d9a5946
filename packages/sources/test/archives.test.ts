import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { describe, test } from "node:test";
import { memoryTree, ProblemError, readText } from "@fairlead/base";
import fc from "fast-check";
import { archiveTree, overlayTree } from "../src/index.ts";
import { tarEntry, tarGz } from "./support/archive.ts";

function codeOf(action: () => unknown): string {
  try {
    action();
    return "no problem";
  } catch (error) {
    return error instanceof ProblemError ? error.code : String(error);
  }
}

describe("an archive", () => {
  for (const [name, data, code] of [
    ["a symlink", tarGz(tarEntry("a", "", { type: "2", link: "/etc/passwd" })), "ArchiveInvalid"],
    ["a hard link", tarGz(tarEntry("a", "", { type: "1", link: "b" })), "ArchiveInvalid"],
    ["a device", tarGz(tarEntry("a", "", { type: "3" })), "ArchiveInvalid"],
    ["a name that leads out", tarGz(tarEntry("a/../../b", "x")), "ArchiveInvalid"],
    ["a name that leads out the other way", tarGz(tarEntry("a\\..\\..\\b", "x")), "ArchiveInvalid"],
    ["an absolute name", tarGz(tarEntry("/etc/passwd", "x")), "ArchiveInvalid"],
    ["a file where a folder has to be", tarGz(tarEntry("a", "x"), tarEntry("a/b", "y")), "ArchiveInvalid"],
    ["an end in the middle of a file", gzipSync(tarEntry("a", "x".repeat(600)).subarray(0, 700)), "ArchiveInvalid"],
    ["no tar in it", gzipSync(Buffer.alloc(1024, "x")), "ArchiveInvalid"],
    ["a broken gzip stream", Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4]), "ArchiveInvalid"],
    ["more than the limit in it", gzipSync(Buffer.alloc(101 * 1024 * 1024)), "LimitExceeded"],
  ] as const) {
    test(`with ${name} is refused`, () => {
      assert.equal(
        codeOf(() => archiveTree(data, "test.tgz")),
        code,
      );
    });
  }

  test("gives its files; names like __proto__ are names", () => {
    const tree = archiveTree(
      tarGz(tarEntry("./a//b.yaml", "x"), tarEntry("__proto__", "p"), tarEntry("c/", "", { type: "5" })),
      "t",
    );
    assert.equal(readText(tree, "a/b.yaml"), "x");
    assert.equal(readText(tree, "__proto__"), "p");
  });

  test("of any bytes ends in files or in a problem", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2048 }), (bytes) => {
        assert.match(
          codeOf(() => archiveTree(bytes, "any")),
          /no problem|ArchiveInvalid|LimitExceeded|PathEscapes/,
        );
      }),
    );
  });
});

describe("a tree over a tree", () => {
  const base = memoryTree({
    "app/Chart.yaml": "c",
    "app/charts/old/Chart.yaml": "o",
    link: { symlink: "app" },
    "other/a": "1",
  });
  const over = overlayTree(
    base,
    new Map<string, Uint8Array | typeof base>([
      ["app/charts/new.tgz", Buffer.from("n")],
      ["$values", memoryTree({ "prod/v.yaml": "v" })],
    ]),
  );

  test("has both, and what is not below the other is the same", () => {
    assert.deepEqual(
      over.list("app/charts").map(({ name }) => name),
      ["new.tgz", "old"],
    );
    assert.deepEqual(
      over.list("").map(({ name }) => name),
      ["$values", "app", "link", "other"],
    );
    assert.equal(readText(over, "app/charts/new.tgz"), "n");
    assert.equal(readText(over, "$values/prod/v.yaml"), "v");
    assert.equal(over.stat("$values/prod")?.path, "$values/prod");
    assert.equal(over.stat("other")?.id, base.stat("other")?.id);
    assert.notEqual(over.stat("app")?.id, base.stat("app")?.id);
    assert.equal(over.stat("app/charts/none"), undefined);
  });

  test("shows what lies over a directory through a symlink to it too", () => {
    assert.equal(readText(over, "link/charts/new.tgz"), "n");
    assert.deepEqual(
      over.list("link/charts").map(({ name }) => name),
      ["new.tgz", "old"],
    );
  });

  test("keeps each tree's jail", () => {
    assert.equal(
      codeOf(() => over.read("$values/../../x")),
      "PathEscapes",
    );
  });
});
