import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { memoryTree, ProblemError, type FileTree } from "@fairlead/base";
import {
  buildDependencies,
  ChartSources,
  withDependencies,
  type DependencyResult,
  type PackChart,
} from "../src/index.ts";
import { chartArchive } from "./support/archive.ts";
import { startChartRepository, type ChartRepository } from "./support/chart-repository.ts";

const pack: PackChart = (tree, path) => {
  const [, version = ""] = /version: (\S+)/.exec(Buffer.from(tree.read(`${path}/Chart.yaml`)).toString()) ?? [];
  return { name: "near", version, data: chartArchive("near", version) };
};

describe("dependencies of a chart", () => {
  let directory: string;
  let repository: ChartRepository;
  let charts: ChartSources;
  const app = (dependency: string, more: Record<string, string> = {}): FileTree =>
    memoryTree({
      "apps/web/Chart.yaml": `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n${dependency}`,
      "apps/near/Chart.yaml": "apiVersion: v2\nname: near\nversion: 2.1.0\n",
      ...more,
    });
  const request = (tree: FileTree) => ({ tree, chartPath: "apps/web", charts, pack, repositories: [] });
  const build = (tree: FileTree, mode: "build" | "update" = "update"): Promise<DependencyResult> =>
    buildDependencies({ ...request(tree), mode, generated: "2026-01-01T00:00:00Z" });

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "fairlead-dependencies-"));
    repository = await startChartRepository();
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) repository.add("cache", version);
    charts = new ChartSources({ directory });
  });
  after(async () => {
    await charts.close();
    await repository.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("what is missing is laid over charts/, and nothing is where nothing is missing", async () => {
    const tree = app(`- {name: cache, version: 1.x, repository: "${repository.url}"}\n`);
    const complete = await withDependencies(request(tree));
    assert.deepEqual(
      complete.list("apps/web/charts").map(({ name }) => name),
      ["cache-1.2.0.tgz"],
    );
    assert.notEqual(complete.stat("apps")?.id, tree.stat("apps")?.id);
    assert.equal(complete.stat("apps/near")?.id, tree.stat("apps/near")?.id);
    const there = app(`- {name: cache, version: 1.x, repository: "http://127.0.0.1:1"}\n`, {
      "apps/web/charts/anything/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.0.0\n",
    });
    assert.equal(await withDependencies(request(there)), there);
  });

  test("a lock decides; one that does not belong to Chart.yaml is refused in Helm's words", async () => {
    const dependency = (range: string): string =>
      `- {name: cache, version: "${range}", repository: "${repository.url}"}\n`;
    const { lock } = await build(app(dependency("1.1.x")));
    assert.match(lock?.text ?? "", /version: 1\.1\.0\ndigest: sha256:[0-9a-f]{64}\n/);
    const locked = app(dependency("1.1.x"), { "apps/web/Chart.lock": lock?.text ?? "" });
    repository.add("cache", "1.1.9");
    await charts.poke(repository.url);
    assert.deepEqual([...(await build(locked, "build")).archives.keys()], ["cache-1.1.0.tgz"]);
    assert.deepEqual([...(await build(locked, "update")).archives.keys()], ["cache-1.1.9.tgz"]);
    const stale = app(dependency("1.2.x"), { "apps/web/Chart.lock": lock?.text ?? "" });
    await assert.rejects(build(stale, "build"), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.code, "ChartLockOutOfSync");
      assert.match(error.problems[0]?.message ?? "", /^the lock file \(Chart\.lock\) is out of sync/);
      return true;
    });
  });

  test("a chart beside it comes from the tree, and none comes from outside of it", async () => {
    const near = await build(app('- {name: near, version: ^2, repository: "file://../near"}\n'));
    assert.deepEqual([...near.archives.keys()], ["near-2.1.0.tgz"]);
    for (const [repositoryUrl, code] of [
      ["file://../../../etc", "PathEscapes"],
      ["file://../nowhere", "ChartDependencyInvalid"],
      ["file:///etc", "ChartDependencyInvalid"],
    ] as const) {
      const outside = build(app(`- {name: near, version: ^2, repository: "${repositoryUrl}"}\n`));
      await assert.rejects(outside, (error) => error instanceof ProblemError && error.code === code, repositoryUrl);
    }
  });

  test("every dependency without a fitting version is named", async () => {
    const both = ["8.x", "9.x"].map((range) => `- {name: cache, version: ${range}, repository: "${repository.url}"}\n`);
    await assert.rejects(build(app(both.join(""))), /2 subchart\(s\): "cache" .*"8\.x"\), "cache" .*"9\.x"\)/);
  });

  test("a list with holes in it is refused with each hole", async () => {
    await assert.rejects(
      build(app("- null\n- 7\n")),
      (error) => error instanceof ProblemError && error.problems.length === 2,
    );
  });
});
