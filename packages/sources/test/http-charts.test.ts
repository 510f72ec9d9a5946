import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { ProblemError, readText, VirtualClock } from "@fairlead/base";
import { ChartSources, type RepositoryAccess } from "../src/index.ts";
import { chartArchive } from "./support/archive.ts";
import { startChartRepository, type ChartRepository } from "./support/chart-repository.ts";
import { serve } from "./support/server.ts";

describe("a chart from an HTTP repository", () => {
  let directory: string;
  let repository: ChartRepository;
  let charts: ChartSources;
  let clock: VirtualClock;
  let access: RepositoryAccess = {};
  const open = (): ChartSources => new ChartSources({ directory, clock, accessFor: () => access });
  const get = (version: string): Promise<{ revision: string }> =>
    charts.chart({ repoURL: repository.url, chart: "web", version });
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "no problem",
      (error: unknown) => (error instanceof ProblemError ? error.code : String(error)),
    );

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "fairlead-charts-"));
    repository = await startChartRepository();
    for (const version of ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"]) repository.add("web", version);
    access = {};
    clock = new VirtualClock(0);
    charts = open();
  });
  afterEach(async () => {
    await charts.close();
    await repository.close();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [wanted, expected] of [
    ["1.0.0", "1.0.0"],
    ["1.x", "1.10.0"],
    ["~1.2", "1.2.0"],
    ["*", "1.10.0"],
    ["", "1.10.0"],
    ["1", "1.10.0"],
    [">=1.0.0-0", "2.0.0-rc.1"],
    ["2.0.0-rc.1", "2.0.0-rc.1"],
  ] as const) {
    test(`targetRevision ${JSON.stringify(wanted)} is ${expected}`, async () => {
      assert.equal((await get(wanted)).revision, expected);
    });
  }

  test("its files are those of the archive, without the folder they are in", async () => {
    const { tree } = await charts.chart({ repoURL: `${repository.url}/`, chart: "web", version: "1.2.0" });
    assert.match(readText(tree, "Chart.yaml"), /version: 1\.2\.0/);
    assert.deepEqual(
      tree.list("").map(({ name }) => name),
      ["Chart.yaml", "templates", "values.yaml"],
    );
  });

  test("a missing chart, version and repository are told apart, with what there is", async () => {
    assert.equal(await codeOf(charts.chart({ repoURL: repository.url, chart: "none", version: "1" })), "ChartNotFound");
    assert.equal(await codeOf(get("3.x")), "ChartVersionNotFound");
    await assert.rejects(get("3.x"), (error) => /1\.10\.0/.test((error as ProblemError).problems[0]?.hint ?? ""));
    const elsewhere = `${new URL(repository.url).origin}/nothing`;
    assert.equal(await codeOf(charts.chart({ repoURL: elsewhere, chart: "web", version: "1" })), "SourceNotFound");
  });

  test("a thousand questions cost one index and one archive", async () => {
    await Promise.all(Array.from({ length: 1000 }, () => get("1.x")));
    assert.equal(repository.seen.filter(({ path }) => path.endsWith("index.yaml")).length, 1);
    assert.equal(repository.seen.filter(({ path }) => path.endsWith(".tgz")).length, 1);
  });

  test("an exact version that was fetched once needs no host, in the next process too", async () => {
    await get("1.2.0");
    await charts.close();
    repository.answer = () => ({ status: 503 });
    charts = open();
    assert.equal((await get("1.2.0")).revision, "1.2.0");
    assert.equal(await codeOf(get("1.x")), "SourceUnreachable");
  });

  test("an index that did not change is not sent again, and a new version is noticed on a poke", async () => {
    await get("1.x");
    assert.equal(await charts.poke(repository.url), false);
    repository.add("web", "1.11.0");
    let moved = 0;
    const stop = charts.watch(repository.url, () => moved++);
    assert.equal(await charts.poke(repository.url), true);
    assert.equal(moved, 1);
    assert.equal((await get("1.x")).revision, "1.11.0");
    stop();
    const conditional = repository.seen.filter(({ headers }) => headers["if-none-match"] !== undefined);
    assert.ok(conditional.length >= 2);
  });

  test("a chart whose digest is not the index's is refused", async () => {
    repository.add("bad", "1.0.0", { digest: "f".repeat(64) });
    assert.equal(
      await codeOf(charts.chart({ repoURL: repository.url, chart: "bad", version: "1.0.0" })),
      "DigestMismatch",
    );
  });

  test("a host that is down is asked once per pause, and told by name", async () => {
    repository.answer = () => ({ status: 503, body: "down for maintenance" });
    assert.equal(await codeOf(get("1.x")), "SourceUnreachable");
    await assert.rejects(get("1.x"), /503: down for maintenance/);
    assert.equal(repository.seen.length, 1);
    await clock.advance(1001);
    repository.answer = undefined;
    assert.equal((await get("1.x")).revision, "1.10.0");
  });

  test("credentials go with the index and the repository's own archives, and to no other host", async () => {
    const other = await serve(() => ({ body: chartArchive("far", "1.0.0") }));
    repository.add("far", "1.0.0", { url: `${other.url}/far-1.0.0.tgz`, data: chartArchive("far", "1.0.0") });
    access = { username: "ann", password: "s3cret" };
    await charts.chart({ repoURL: repository.url, chart: "web", version: "1.0.0" });
    await charts.chart({ repoURL: repository.url, chart: "far", version: "1.0.0" });
    const basic = `Basic ${Buffer.from("ann:s3cret").toString("base64")}`;
    assert.deepEqual(new Set(repository.seen.map(({ headers }) => headers.authorization)), new Set([basic]));
    assert.equal(other.seen[0]?.headers.authorization, undefined);
    rmSync(directory, { recursive: true, force: true });
    const fresh = open();
    await fresh.chart({ repoURL: repository.url, chart: "far", version: "1.0.0", passCredentials: true });
    assert.equal(other.seen[1]?.headers.authorization, basic);
    await fresh.close();
    await other.close();
  });

  test("wrong credentials are a problem that says what to do and names no password", async () => {
    repository.answer = (_path, authorization) => (authorization === "Bearer good" ? undefined : { status: 401 });
    access = { bearerToken: "bad-token" };
    const error = await get("1.x").catch((thrown: unknown) => thrown as ProblemError);
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, "SourceRefused");
    assert.doesNotMatch(JSON.stringify(error.problems), /bad-token/);
    assert.match(error.problems[0]?.hint ?? "", /secret-type: repository/);
    access = { bearerToken: "good" };
    assert.equal((await get("1.x")).revision, "1.10.0");
  });

  for (const [name, index] of [
    ["not YAML", "entries: {a: [\n"],
    ["without apiVersion", "entries: {}\n"],
    ["a list", "- a\n"],
    ["empty", ""],
  ] as const) {
    test(`an index that is ${name} is refused`, async () => {
      repository.answer = (path) => (path.endsWith("index.yaml") ? { body: index } : undefined);
      assert.equal(await codeOf(get("1.x")), "ChartIndexInvalid");
    });
  }

  test("an index in JSON, with quoted names or with anchors is read too", async () => {
    const entry = { version: "9.0.0", urls: ["web-1.0.0.tgz"] };
    for (const body of [
      JSON.stringify({ apiVersion: "v1", entries: { web: [entry] } }),
      `apiVersion: v1\nentries:\n  "web":\n  - version: 9.0.0\n    urls: [web-1.0.0.tgz]\n`,
      `apiVersion: v1\nshared: &u [web-1.0.0.tgz]\nentries:\n  web:\n  - version: 9.0.0\n    urls: *u\n`,
      `entries:\n    web:\n        - version: 9.0.0\n          urls: [web-1.0.0.tgz]\napiVersion: v1\n`,
    ]) {
      rmSync(directory, { recursive: true, force: true });
      charts = open();
      repository.answer = (path) => (path.endsWith("index.yaml") ? { body } : undefined);
      assert.equal((await get("*")).revision, "9.0.0", body);
    }
  });

  test("a compressed index that grows beyond the limit is stopped", async () => {
    const bomb = gzipSync(Buffer.alloc(130 * 1024 * 1024, "a"));
    repository.answer = () => ({ headers: { "content-encoding": "gzip" }, body: bomb });
    assert.equal(await codeOf(get("1.x")), "LimitExceeded");
  });

  test("redirects are followed, but not in circles", async () => {
    repository.answer = (path) =>
      path.startsWith("/old") ? { status: 302, headers: { location: `/charts${path.slice(4)}` } } : undefined;
    const origin = new URL(repository.url).origin;
    assert.equal((await charts.chart({ repoURL: `${origin}/old`, chart: "web", version: "1.0.0" })).revision, "1.0.0");
    repository.answer = (path) => ({ status: 302, headers: { location: path } });
    assert.equal(await codeOf(get("1.x")), "SourceUnreachable");
  });
});
