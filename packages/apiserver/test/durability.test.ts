import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { ProblemError, silentLogger } from "@fairlead/base";
import { startApiServer } from "@fairlead/apiserver";
import { httpsTarget } from "./contract/target.ts";
import { startForTest, temporaryFolder } from "./support.ts";

const CMS = "/api/v1/namespaces/default/configmaps";

async function refusal(data: string, port = 0): Promise<ProblemError> {
  try {
    const server = await startApiServer({ data, port, logger: silentLogger });
    await server.close();
  } catch (error) {
    assert(error instanceof ProblemError, String(error));
    return error;
  }
  return assert.fail("it started");
}

test("objects, revisions and keys outlive the process", async (context) => {
  const data = join(temporaryFolder(context), "data");
  const first = await startApiServer({ data, logger: silentLogger });
  const access = first.adminConfig();
  const target = httpsTarget({ name: "first", url: first.url, token: access.bearerToken ?? "" });
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ metadata: { name: "kept" }, data: { a: "1" } });
  const made = await target.send({ method: "POST", path: CMS, headers, body });
  const gone = JSON.stringify({ metadata: { name: "gone" } });
  await target.send({ method: "POST", path: CMS, headers, body: gone });
  await target.send({ method: "DELETE", path: `${CMS}/gone`, headers: {} });
  target.close();
  await first.close();

  const { server, ask } = await startForTest(context, { data });
  assert.equal(server.adminConfig().bearerToken, access.bearerToken);
  assert.equal(server.caData, first.caData);
  const kept = await ask(`GET ${CMS}/kept`);
  assert.deepEqual(kept.body, made.body);
  assert.equal((await ask(`GET ${CMS}/gone`)).code, 404);
  const next = await ask(`POST ${CMS}`, { metadata: { name: "next" } });
  const revision = (answer: { body: unknown }): number =>
    Number((answer.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
  assert(revision(next) > revision(made) + 2, "revisions go on, those of deletions included");
});

test("no acknowledged write is lost to kill -9, and revisions stay in order", async (context) => {
  const data = join(temporaryFolder(context), "data");
  const { port, token, child } = await startChild(context, data);
  const target = httpsTarget({ name: "child", url: `https://127.0.0.1:${port}`, token });
  const acknowledged: string[] = [];
  const writer = async (id: number): Promise<void> => {
    for (let index = 0; ; index++) {
      const name = `w${id}-${index}`;
      const body = JSON.stringify({ metadata: { name }, data: { text: "x".repeat(500) } });
      const headers = { "content-type": "application/json" };
      const answer = await target.send({ method: "POST", path: CMS, headers, body });
      if (answer.code === 201) acknowledged.push(name);
    }
  };
  const writers = Array.from({ length: 8 }, (_, id) => writer(id).catch(() => undefined));
  // In the middle of it, however slow the machine is.
  for (let tries = 0; acknowledged.length < 20 && tries < 6_000; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill("SIGKILL");
  await Promise.all(writers);
  target.close();

  const { ask } = await startForTest(context, { data });
  const list = (await ask(`GET ${CMS}`)).body as { items: { metadata: { name: string; resourceVersion: string } }[] };
  const names = new Set(list.items.map((item) => item.metadata.name));
  assert(acknowledged.length > 0, "something was written before the end");
  assert.deepEqual(
    acknowledged.filter((name) => !names.has(name)),
    [],
  );
  assert.equal(new Set(list.items.map((item) => item.metadata.resourceVersion)).size, list.items.length);
});

test("a watch resumes across a restart without a gap", async (context) => {
  const data = join(temporaryFolder(context), "data");
  const first = await startApiServer({ data, logger: silentLogger, controllers: false });
  const target = httpsTarget({ name: "first", url: first.url, token: first.adminConfig().bearerToken ?? "" });
  const headers = { "content-type": "application/json" };
  const write = (name: string) =>
    target.send({ method: "POST", path: CMS, headers, body: JSON.stringify({ metadata: { name } }) });
  const seen = (await write("a")).body as { metadata: { resourceVersion: string } };
  await write("b");
  await target.send({ method: "DELETE", path: `${CMS}/a`, headers: {} });
  target.close();
  await first.close();

  const second = await startApiServer({ data, logger: silentLogger, controllers: false });
  const again = httpsTarget({ name: "second", url: second.url, token: second.adminConfig().bearerToken ?? "" });
  const path = `${CMS}?watch=1&timeoutSeconds=1&resourceVersion=${seen.metadata.resourceVersion}`;
  const events = (await again.watch(path, {}, 300)).body as { type: string; object: { metadata: { name: string } } }[];
  again.close();
  await second.close();
  assert.deepEqual(
    events.map((event) => `${event.type} ${event.object.metadata.name}`),
    ["ADDED b", "DELETED a"],
  );
});

test("what makes a start impossible is one clear problem", async (context) => {
  const folder = temporaryFolder(context);
  const busy = await startApiServer({ data: join(folder, "busy"), logger: silentLogger });
  context.after(() => busy.close());

  assert.equal((await refusal(join(folder, "busy"))).code, "DataDirectoryInUse");
  assert.equal((await refusal("memory", busy.port)).code, "PortTaken");

  writeFileSync(join(folder, "file"), "");
  assert.equal((await refusal(join(folder, "file", "data"))).code, "DataDirectoryUnusable");

  const foreign = join(folder, "foreign");
  await (await startApiServer({ data: foreign, logger: silentLogger })).close();
  writeFileSync(
    join(foreign, "state.db"),
    "this is no database, but long enough to look like a header of one".repeat(40),
  );
  const damaged = await refusal(foreign);
  assert.equal(damaged.code, "DatabaseDamaged");
  assert.match(damaged.problems[0]?.hint ?? "", /restore/);
});

async function startChild(context: TestContext, data: string) {
  const code = `
    import { startApiServer } from "@fairlead/apiserver";
    import { silentLogger } from "@fairlead/base";
    const server = await startApiServer({ data: ${JSON.stringify(data)}, logger: silentLogger });
    console.log(JSON.stringify({ port: server.port, token: server.adminConfig().bearerToken }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  return { ...(JSON.parse(line) as { port: number; token: string }), child };
}
