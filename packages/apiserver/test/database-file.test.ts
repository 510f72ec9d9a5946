import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { storedText } from "../src/storage/body-text.ts";
import { Entry } from "../src/storage/entry.ts";
import { sqliteBackend } from "../src/storage/sqlite.ts";

function change(revision: number): { entry: Entry; deleted: boolean } {
  const key = { resource: "/configmaps", namespace: "default", name: "one" };
  const managedFields = [{ manager: "test", operation: "Update" as const, fieldsV1: { "f:data": {} } }];
  const text = storedText({ metadata: { uid: "u", managedFields } as never, data: { at: `ünï-${revision}` } });
  return { entry: new Entry({ ...key, revision, version: "v1", text }), deleted: false };
}

test("a database that is new is made by its writer, and holds what was written when it is opened again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-database-"));
  try {
    const path = join(folder, "state.db");
    const first = sqliteBackend(path);
    assert.deepEqual([...first.load()], []);
    await first.append([change(1), change(2)]);
    await first.close();
    const again = sqliteBackend(path);
    const rows = [...again.load()].map(({ revision, key, body }) => [revision, key, body.toString("utf8")]);
    await again.close();
    const body = (revision: number): string =>
      `{"metadata":{"uid":"u","managedFields":[{"manager":"test","operation":"Update","fieldsV1":{"f:data":{}}}]},"data":{"at":"ünï-${revision}"}}`;
    assert.equal(again.lastRevision, 2);
    assert.deepEqual(
      rows,
      [1, 2].map((revision) => [revision, "/configmaps/default/one", body(revision)]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a database that cannot be made is told by the first write, with its reason, and closes like any other", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-database-"));
  try {
    const backend = sqliteBackend(join(folder, "missing", "state.db"));
    await assert.rejects(
      async () => backend.append([change(1)]),
      (error) =>
        error instanceof ProblemError &&
        error.code === "DataDirectoryUnusable" &&
        error.message.includes("unable to open database file"),
    );
    await backend.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
