import assert from "node:assert/strict";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Logger } from "@fairlead/base";
import { silentLogger } from "@fairlead/base";
import { startApiServer } from "@fairlead/apiserver";
import { httpsTarget } from "./contract/target.ts";
import { temporaryFolder } from "./support.ts";

const CMS = "/api/v1/namespaces/default/configmaps";
const OBJECTS = 300;
const PAGE_BYTES = 4096;

interface Damage {
  readonly name: string;
  damage(path: string): void;
  /** How many of the objects have to be there at least. */
  readonly keptMin: number;
}

const overwrite = (path: string, from: number, bytes: number): void => {
  const content = readFileSync(path);
  content.fill(0xa5, from, from + bytes);
  writeFileSync(path, content);
};

const DAMAGES: readonly Damage[] = [
  { name: "cut off at two thirds", keptMin: 1, damage: (path) => truncateSync(path, pages(path, 2 / 3) * PAGE_BYTES) },
  {
    name: "with a page of something else in the middle",
    keptMin: OBJECTS / 2,
    damage: (path) => overwrite(path, pages(path, 1 / 2) * PAGE_BYTES, PAGE_BYTES),
  },
  {
    name: "with three such pages",
    keptMin: OBJECTS / 2,
    damage: (path) => {
      for (const part of [0.3, 0.5, 0.8]) overwrite(path, pages(path, part) * PAGE_BYTES, PAGE_BYTES);
    },
  },
];

function pages(path: string, part: number): number {
  return Math.floor((readFileSync(path).length / PAGE_BYTES) * part);
}

/** Errors that were logged, with what was said of them. */
function noting(): { readonly logger: Logger; readonly errors: { text: string; more: unknown }[] } {
  const errors: { text: string; more: unknown }[] = [];
  const logger: Logger = { ...silentLogger, error: (text: string, more?: unknown) => void errors.push({ text, more }) };
  return { logger, errors };
}

async function filled(context: TestContext): Promise<string> {
  const data = join(temporaryFolder(context), "data");
  const server = await startApiServer({ data, logger: silentLogger, controllers: false });
  const target = httpsTarget({ name: "first", url: server.url, token: server.adminConfig().bearerToken ?? "" });
  const headers = { "content-type": "application/json" };
  const writes = Array.from({ length: OBJECTS }, (_, index) =>
    target.send({
      method: "POST",
      path: CMS,
      headers,
      body: JSON.stringify({ metadata: { name: `c${index}` }, data: { text: "x".repeat(700) } }),
    }),
  );
  for (const { code } of await Promise.all(writes)) assert.equal(code, 201);
  target.close();
  await server.close();
  return data;
}

for (const { name, damage, keptMin } of DAMAGES) {
  test(`a database ${name} goes on with what can be read, and says what is lost`, async (context) => {
    const data = await filled(context);
    damage(join(data, "state.db"));
    const { logger, errors } = noting();
    const server = await startApiServer({ data, logger, controllers: false });
    const target = httpsTarget({ name: "again", url: server.url, token: server.adminConfig().bearerToken ?? "" });
    const ask = (method: string, path: string, body?: object) =>
      target.send({
        method,
        path,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const list = (await ask("GET", CMS)).body as {
      metadata: { resourceVersion: string };
      items: { data: { text: string }; metadata: { resourceVersion: string } }[];
    };
    assert(list.items.length >= keptMin, `${list.items.length} of ${OBJECTS}`);
    for (const item of list.items) assert.equal(item.data.text, "x".repeat(700));
    assert.match(errors[0]?.text ?? "", /damaged/);
    assert.match(JSON.stringify(errors[0]?.more), /revisionsLost/);
    assert(
      readdirSync(data).some((file) => file.startsWith("state.db.damaged-")),
      "the damaged file is kept",
    );
    // Revisions that clients may have seen are not used again, and a watch from then has to begin anew.
    const made = await ask("POST", CMS, { metadata: { name: "new" } });
    const revision = Number((made.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
    assert(revision > OBJECTS + 100_000);
    const old = await target.watch(`${CMS}?watch=1&resourceVersion=5`, {}, 200);
    assert.equal(old.code, 410);
    target.close();
    await server.close();
    const after = noting();
    await (await startApiServer({ data, logger: after.logger, controllers: false })).close();
    assert.deepEqual(after.errors, [], "the next start has nothing to say");
  });
}

test("a write-ahead log that is cut off loses its end only", async (context) => {
  const data = await filled(context);
  writeFileSync(join(data, "state.db-wal"), Buffer.alloc(100, 7));
  const server = await startApiServer({ data, logger: silentLogger, controllers: false });
  const target = httpsTarget({ name: "again", url: server.url, token: server.adminConfig().bearerToken ?? "" });
  const list = (await target.send({ method: "GET", path: CMS, headers: {} })).body as { items: unknown[] };
  target.close();
  await server.close();
  assert.equal(list.items.length, OBJECTS);
});

test("a database file that is empty is told, as everything in it is gone", async (context) => {
  const data = await filled(context);
  truncateSync(join(data, "state.db"), 0);
  const { logger, errors } = noting();
  await (await startApiServer({ data, logger, controllers: false })).close();
  assert.match(errors[0]?.text ?? "", /empty/);
});
