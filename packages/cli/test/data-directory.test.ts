import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { DataDirectory } from "../src/up/data-directory.ts";

const root = mkdtempSync(join(tmpdir(), "fairlead-data-"));
after(() => rmSync(root, { recursive: true }));
const fresh = (name: string): string => join(root, name);
const withCode = (code: string) => (error: unknown) => error instanceof ProblemError && error.code === code;

describe("the data directory", () => {
  test("is made, and remembers its state for the next start", () => {
    const first = DataDirectory.open(fresh("a"), { reset: false });
    first.save({ version: 1, ports: { hub: 7443 } });
    first.release();
    assert.deepEqual(DataDirectory.open(fresh("a"), { reset: false }).state.ports, { hub: 7443 });
  });

  test("belongs to one process at a time; a lock whose process is gone is taken over", () => {
    const path = fresh("b");
    mkdirSync(path);
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(join(path, "lock"), `${gone}\n`);
    const taken = DataDirectory.open(path, { reset: false });
    assert.equal(readFileSync(join(path, "lock"), "utf8"), `${process.pid}\n`);
    taken.release();
    assert.ok(!existsSync(join(path, "lock")));

    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    try {
      writeFileSync(join(path, "lock"), `${other.pid}\n`);
      assert.throws(() => DataDirectory.open(path, { reset: false }), withCode("DataDirectoryInUse"));
    } finally {
      other.kill();
    }
  });

  test("that cannot be written is one problem with a hint", () => {
    writeFileSync(fresh("file"), "");
    assert.throws(
      () => DataDirectory.open(join(fresh("file"), "below"), { reset: false }),
      withCode("DataDirectoryUnusable"),
    );
  });

  test("with a damaged state says so; --reset starts anew and touches nothing that is not Fairlead's", () => {
    const path = fresh("c");
    mkdirSync(join(path, "hub"), { recursive: true });
    writeFileSync(join(path, "state.json"), '{"version":1,"por');
    writeFileSync(join(path, "mine.txt"), "keep");
    assert.throws(() => DataDirectory.open(path, { reset: false }), withCode("BrokenState"));
    const data = DataDirectory.open(path, { reset: true });
    assert.deepEqual(data.state, { version: 1, ports: {} });
    assert.ok(!existsSync(data.join("hub")));
    assert.equal(readFileSync(data.join("mine.txt"), "utf8"), "keep");
  });
});
