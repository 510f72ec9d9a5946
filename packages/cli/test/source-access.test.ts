import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryTree, systemClock } from "@fairlead/base";
import type { RenderRequest, ResolvedSource, SourceAccess } from "@fairlead/apps";
import { packChart } from "@fairlead/helm";
import { RenderPool } from "@fairlead/render";
import { ChartSources, CredentialStore, Repositories, runGit } from "@fairlead/sources";
import { createSourceAccess } from "../src/up/source-access.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("the engine's way to sources", () => {
  let root: string;
  let server: Server;
  let url: string;
  let access: SourceAccess;
  const pool = new RenderPool();
  const credentials = new CredentialStore();
  let repositories: Repositories;
  let charts: ChartSources;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "fairlead-source-access-"));
    const chart = memoryTree({
      "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.0\n",
      "values.yaml": "color: blue\n",
      "templates/c.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-web\ndata:\n  color: {{ .Values.color }}\n",
    });
    const { data } = packChart(chart, "");
    const digest = createHash("sha256").update(data).digest("hex");
    const index = `apiVersion: v1\nentries:\n  web:\n  - version: 1.2.0\n    digest: ${digest}\n    urls: [web.tgz]\n`;
    server = createServer((request, response) => {
      if (request.headers.authorization !== `Basic ${base64("ann:s3cret")}`) response.writeHead(401).end();
      else response.end(request.url === "/charts/index.yaml" ? index : data);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/charts`;
    const problems = credentials.put("creds", {
      metadata: { name: "creds", labels: { "argocd.argoproj.io/secret-type": "repo-creds" } },
      data: { url: base64(new URL(url).origin), username: base64("ann"), password: base64("s3cret") },
    });
    assert.deepEqual(problems, []);
    const files = {
      "apps/shop/Chart.yaml": `apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: web, version: 1.x, repository: "${url}"}\n`,
      "env/prod/1.yaml": "color: green\n",
      "env/prod/2.yaml": "color: red\n",
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, "fleet", path)), { recursive: true });
      writeFileSync(join(root, "fleet", path), text);
    }
    const git = (...args: string[]): Promise<string> =>
      runGit(["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], { directory: join(root, "fleet") });
    await git("init", "-q", "-b", "main");
    await git("add", "-A");
    await git("commit", "-q", "-m", "first");
    const reach = {
      directory: join(root, "data"),
      accessFor: (at: string, project?: string) => credentials.accessFor(at, project),
    };
    repositories = new Repositories(reach);
    charts = new ChartSources(reach);
    access = createSourceAccess({ repositories, charts, credentials, renderKey: "key", clock: systemClock, pool });
  });
  after(async () => {
    await pool.close();
    await repositories.close();
    await charts.close();
    server.close();
    server.closeAllConnections();
    rmSync(root, { recursive: true, force: true });
  });

  async function colors(source: RenderRequest["source"], refs = new Map<string, ResolvedSource>()): Promise<unknown[]> {
    const resolved = await access.resolve(source, undefined, "default");
    const app = {
      name: "shop",
      namespace: "argocd",
      project: "default",
      destinationNamespace: "shop",
      instance: "shop",
    };
    const { objects } = await access.render({ owner: "shop#0", source, resolved, refs, app });
    return objects.map(({ object }) => (object as { data?: { color?: unknown } }).data?.color);
  }

  test("a chart of a private repository renders with the credentials for its host", async () => {
    const source = { repoURL: url, chart: "web", targetRevision: "1.x" };
    assert.equal((await access.resolve(source)).revision, "1.2.0");
    assert.deepEqual(await colors(source), ["blue"]);
  });

  test("value files come from another source by its ref, each that a glob finds, the last one winning", async () => {
    const values = { repoURL: join(root, "fleet"), targetRevision: "main", ref: "values" };
    const refs = new Map([["values", await access.resolve(values)]]);
    const chart = { repoURL: url, chart: "web", targetRevision: "1.2.0" };
    const withFiles = (...valueFiles: string[]): Promise<unknown[]> => colors({ ...chart, helm: { valueFiles } }, refs);
    assert.deepEqual(await withFiles("$values/env/prod/1.yaml"), ["green"]);
    assert.deepEqual(await withFiles("$values/env/*/*.yaml"), ["red"]);
    await assert.rejects(withFiles("$other/env/prod/1.yaml"), /refers to source "other"/);
  });

  test("dependencies that are not in charts/ are fetched when the chart is rendered", async () => {
    assert.deepEqual(await colors({ repoURL: join(root, "fleet"), targetRevision: "main", path: "apps/shop" }), [
      "blue",
    ]);
  });
});
