import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { startFairlead } from "./support/fairlead-process.ts";

const root = mkdtempSync(join(tmpdir(), "fairlead-start-"));
after(() => rmSync(root, { recursive: true, force: true }));

describe("a start that cannot be says why in one message, with what to do", () => {
  test("the port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const run = startFairlead(["up", "--data", join(root, "port"), "--port", String(port)]);
    assert.equal(await run.ended, 1);
    assert.match(run.err(), new RegExp(`^fairlead: hub: .*${port}.*\\n  hint: .*--port`));
    other.close();
  });

  test("there is no git", async () => {
    const run = startFairlead(["up", "--demo", "--once", "--data", join(root, "git")], { PATH: "/nowhere" });
    assert.equal(await run.ended, 1);
    assert.match(run.err(), /^fairlead: the git program was not found\n  hint: install git/);
  });

  test("the data directory is below a file", async () => {
    writeFileSync(join(root, "file"), "");
    const run = startFairlead(["up", "--data", join(root, "file", "data")]);
    assert.equal(await run.ended, 1);
    assert.match(run.err(), /^fairlead: cannot write to the data directory .*\n  hint: .*--data/);
  });

  test("the database is damaged", async () => {
    mkdirSync(join(root, "torn", "hub"), { recursive: true });
    writeFileSync(join(root, "torn", "hub", "state.db"), "this is no database, though it stands where one was");
    const run = startFairlead(["up", "--data", join(root, "torn")]);
    assert.equal(await run.ended, 1);
    assert.match(run.err(), /damaged[^]*hint: /);
  });

  test("another process uses the directory", async () => {
    const first = startFairlead(["up", "--data", join(root, "shared")]);
    await first.seen(/hub https:/);
    const second = startFairlead(["up", "--data", join(root, "shared")]);
    assert.equal(await second.ended, 1);
    assert.match(second.err(), new RegExp(`process ${first.child.pid} uses the data directory`));
    first.child.kill("SIGINT");
    assert.equal(await first.ended, 0);
  });

  test("Ctrl-C in the middle of the bootstrap ends it cleanly", async () => {
    const run = startFairlead(["up", "--demo", "--data", join(root, "interrupted")]);
    await run.seen(/root on hub/);
    const asked = Date.now();
    run.child.kill("SIGINT");
    assert.equal(await run.ended, 130);
    assert.ok(Date.now() - asked < 3000);
    assert.equal(run.err(), "");
  });
});
