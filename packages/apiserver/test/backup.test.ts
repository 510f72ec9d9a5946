import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "@fairlead/base";
import { runApiServer, startApiServer } from "@fairlead/apiserver";
import { startForTest, temporaryFolder } from "./support.ts";

function io(): { said: string[]; io: Parameters<typeof runApiServer>[1]; end: AbortController } {
  const said: string[] = [];
  const end = new AbortController();
  const collect = (line: string): void => void said.push(line);
  return { said, end, io: { logger: silentLogger, say: collect, complain: collect, signal: end.signal } };
}

test("a backup of a running server restores objects and keys", async (context) => {
  const folder = temporaryFolder(context);
  const data = join(folder, "data");
  const file = join(folder, "backup");
  const { server, ask } = await startForTest(context, { data });
  await ask("POST /api/v1/namespaces/default/configmaps", { metadata: { name: "kept" } });
  const { said, io: output } = io();
  assert.equal(await runApiServer(["backup", "--data", data, file], output), 0, said.join("\n"));
  assert.equal(await runApiServer(["restore", "--data", join(folder, "copy"), file], output), 0, said.join("\n"));

  const copy = await startForTest(context, { data: join(folder, "copy") });
  assert.equal(copy.server.caData, server.caData);
  assert.equal((await copy.ask("GET /api/v1/namespaces/default/configmaps/kept")).code, 200);
});

test("a restore does not overwrite, and takes no other file for a backup", async (context) => {
  const folder = temporaryFolder(context);
  const data = join(folder, "data");
  await (await startApiServer({ data, logger: silentLogger })).close();
  const file = join(folder, "backup");
  const { said, io: output } = io();
  assert.equal(await runApiServer(["backup", "--data", data, file], output), 0);
  assert.equal(await runApiServer(["restore", "--data", data, file], output), 1);
  assert.match(said.join("\n"), /--force/);
  assert.equal(await runApiServer(["restore", "--data", data, file, "--force"], output), 0);

  writeFileSync(join(folder, "other"), "not a backup".repeat(1000));
  assert.equal(await runApiServer(["restore", "--data", join(folder, "new"), join(folder, "other")], output), 1);
  assert.match(said.at(-1) ?? "", /no backup/);
});

test("the command serves until it is told to stop, and writes a kubeconfig", async (context) => {
  const folder = temporaryFolder(context);
  const { said, io: output, end } = io();
  const ended = runApiServer(["--memory", "--kubeconfig", join(folder, "kubeconfig")], output);
  while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.match(said[0] ?? "", /^ready at https:/);
  end.abort();
  assert.equal(await ended, 0);
});

test("a wrong command line is told with the usage", async () => {
  for (const args of [
    [],
    ["--memory", "--data", "x"],
    ["--memory", "--port", "99999"],
    ["burn"],
    ["backup", "--data", "x"],
  ]) {
    const { said, io: output } = io();
    assert.equal(await runApiServer(args, output), 1);
    assert.match(said.join("\n"), /usage: fairlead apiserver/);
  }
});
