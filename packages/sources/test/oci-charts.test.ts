import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ProblemError, readText, VirtualClock } from "@fairlead/base";
import { ChartSources, dockerAccess, type RepositoryAccess } from "../src/index.ts";
import { chartArchive, tarEntry, tarGz } from "./support/archive.ts";
import { HELM_CONFIG, HELM_LAYER, startRegistry, type Registry } from "./support/registry.ts";

describe("a registry", () => {
  let directory: string;
  let registry: Registry;
  let charts: ChartSources;
  let access: RepositoryAccess = {};
  const clock = new VirtualClock(0);
  const pushChart = (version: string): string =>
    registry.push(
      "team/web",
      version.replace("+", "_"),
      { type: HELM_LAYER, data: chartArchive("web", version) },
      HELM_CONFIG,
    );
  const get = (version: string): Promise<{ revision: string }> =>
    charts.chart({ repoURL: `oci://${registry.host}/team`, chart: "web", version });
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "no problem",
      (error: unknown) => (error instanceof ProblemError ? error.code : String(error)),
    );

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "fairlead-oci-"));
    registry = await startRegistry();
    access = { isPlainHttp: true };
    charts = new ChartSources({ directory, clock, accessFor: () => access });
    for (const version of ["1.0.0", "1.2.0", "1.10.0+build.5", "2.0.0-rc.1"]) pushChart(version);
  });
  afterEach(async () => {
    await charts.close();
    await registry.close();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [wanted, expected] of [
    ["1.0.0", "1.0.0"],
    ["1.x", "1.10.0+build.5"],
    ["1.10.0+build.5", "1.10.0+build.5"],
    ["", "1.10.0+build.5"],
    ["~1.2.0", "1.2.0"],
    [">=2.0.0-0", "2.0.0-rc.1"],
  ] as const) {
    test(`chart version ${JSON.stringify(wanted)} is ${expected}, however many pages the tags fill`, async () => {
      registry.pageSize = 2;
      assert.equal((await get(wanted)).revision, expected);
    });
  }

  test("a chart's files have Chart.yaml at the root, also as an artifact of its own", async () => {
    const chart = await charts.chart({ repoURL: `${registry.host}/team`, chart: "web", version: "1.2.0" });
    assert.match(readText(chart.tree, "Chart.yaml"), /version: 1\.2\.0/);
    const artifact = await charts.artifact(`oci://${registry.host}/team/web`, "1.2.0");
    assert.match(artifact.revision, /^sha256:[0-9a-f]{64}$/);
    assert.equal(artifact.tree.stat("")?.id, chart.tree.stat("")?.id);
  });

  test("plain manifests are an artifact by tag, digest and range; a moved tag is noticed", async () => {
    const layer = (text: string): { type: string; data: Buffer } => ({
      type: "application/vnd.oci.image.layer.v1.tar+gzip",
      data: tarGz(tarEntry("./app/a.yaml", text)),
    });
    const url = `oci://${registry.host}/team/manifests`;
    const first = registry.push("team/manifests", "1.0.0", layer("a: 1\n"));
    registry.push("team/manifests", "latest", layer("a: 2\n"));
    assert.equal((await charts.artifact(url, "^1")).revision, first);
    assert.equal(readText((await charts.artifact(url, "")).tree, "app/a.yaml"), "a: 2\n");
    assert.equal(readText((await charts.artifact(url, first)).tree, "app/a.yaml"), "a: 1\n");
    registry.push("team/manifests", "latest", layer("a: 3\n"));
    assert.equal(await charts.poke(url), true);
    assert.equal(readText((await charts.artifact(url, "latest")).tree, "app/a.yaml"), "a: 3\n");
  });

  for (const [name, count, type] of [
    ["no layer with files", 1, "application/json"],
    ["a layer that is no archive", 1, "application/vnd.oci.image.layer.v1.tar+gzip"],
  ] as const) {
    test(`an artifact of ${name} is refused`, async () => {
      registry.push("team/odd", "1.0.0", { type, data: Buffer.from("x".repeat(600 * count)) });
      assert.match(
        await codeOf(charts.artifact(`oci://${registry.host}/team/odd`, "1.0.0")),
        /ArtifactInvalid|ArchiveInvalid/,
      );
    });
  }

  test("a manifest or a layer with another digest than promised is refused", async () => {
    registry.answer = ({ path }) =>
      path.includes("/manifests/")
        ? { body: "{}", headers: { "docker-content-digest": `sha256:${"a".repeat(64)}` } }
        : undefined;
    assert.equal(await codeOf(get("1.0.0")), "DigestMismatch");
    registry.answer = ({ path }) => (path.includes("/blobs/") ? { body: "other" } : undefined);
    assert.equal(await codeOf(get("1.0.0")), "DigestMismatch");
  });

  test("what is not there is told apart from what is not allowed", async () => {
    assert.equal(await codeOf(get("9.9.9")), "ChartVersionNotFound");
    assert.equal(await codeOf(get("9.x")), "ChartVersionNotFound");
    registry.answer = () => ({ status: 401, headers: { "www-authenticate": 'Basic realm="registry"' } });
    assert.equal(await codeOf(get("1.0.0")), "SourceRefused");
    for (const url of ["oci://host", "oci://", "oci://HOST/Upper", "oci://host/a/../b"]) {
      assert.equal(await codeOf(charts.artifact(url, "1")), "SourceAddressInvalid", url);
    }
  });

  test("a bearer challenge is met once with the credentials, and the token serves until it runs out", async () => {
    access = { isPlainHttp: true, username: "ann", password: "s3cret" };
    let tokens = 0;
    registry.answer = ({ path, headers }) => {
      if (path.startsWith("/token")) {
        const isAnn = headers.authorization === `Basic ${Buffer.from("ann:s3cret").toString("base64")}`;
        assert.match(path, /service=reg&scope=repository%3Ateam%2Fweb%3Apull/);
        return isAnn ? { body: JSON.stringify({ token: `t${++tokens}`, expires_in: 300 }) } : { status: 401 };
      }
      if (headers.authorization?.startsWith("Bearer t")) return undefined;
      const challenge = `Bearer realm="${registry.url}/token",service="reg",scope="repository:team/web:pull"`;
      return { status: 401, headers: { "www-authenticate": challenge } };
    };
    await get("1.x");
    assert.equal(tokens, 1);
    await clock.advance(300_000);
    await charts.poke(`oci://${registry.host}/team`);
    assert.equal(tokens, 2);
    access = { isPlainHttp: true, username: "eve", password: "guess" };
    assert.equal(await codeOf(get("1.x")), "SourceRefused");
  });

  test("a registry on this machine needs nobody to say that it has no TLS", async () => {
    access = {};
    assert.equal((await get("1.2.0")).revision, "1.2.0");
  });

  test("an index of one manifest stands for it; one of several is refused", async () => {
    const digest = pushChart("1.2.0");
    const index = (manifests: object[]): { body: string } => ({
      body: JSON.stringify({ schemaVersion: 2, manifests }),
    });
    const real = { digest, platform: { os: "linux" } };
    const attestation = { digest: `sha256:${"b".repeat(64)}`, platform: { os: "unknown" } };
    registry.answer = ({ path }) => (path.endsWith("/manifests/7.0.0") ? index([real, attestation]) : undefined);
    assert.equal((await get("7.0.0")).revision, "7.0.0");
    registry.answer = ({ path }) => (path.endsWith("/manifests/8.0.0") ? index([real, real]) : undefined);
    assert.equal(await codeOf(get("8.0.0")), "ArtifactInvalid");
  });
});

test("docker's config.json says who one is at a registry", () => {
  const config = {
    auths: {
      "ghcr.io": { auth: Buffer.from("ann:to:ken").toString("base64") },
      "https://quay.io": { username: "bo", password: "pw" },
    },
  };
  assert.deepEqual(dockerAccess(config, "ghcr.io"), { username: "ann", password: "to:ken" });
  assert.deepEqual(dockerAccess(config, "quay.io"), { username: "bo", password: "pw" });
  assert.equal(dockerAccess(config, "__proto__"), undefined);
  assert.equal(dockerAccess(null, "ghcr.io"), undefined);
});
