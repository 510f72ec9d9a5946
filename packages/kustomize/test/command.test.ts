import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryTree, problemError } from "@fairlead/base";
import { type BuildIo, runBuild } from "@fairlead/kustomize";
import { configMap } from "./support.ts";

const FILES = {
  "work/kustomization.yaml": "resources: [a.yaml]\ncommonLabels: {app: x}\n",
  "work/a.yaml": configMap("a"),
  "work/out/keep": "",
  "charts/kustomization.yaml": "helmCharts:\n  - {name: web, releaseName: r, valuesInline: {replicas: 2}}\n",
  "charts/charts/web/Chart.yaml": "name: web\n",
  "charts/charts/web/values.yaml": "replicas: 1\nother: kept\n",
};

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly written: Record<string, string>;
}

async function run(args: readonly string[], helm?: BuildIo["helm"], workingDirectory = "/work"): Promise<Run> {
  const result = { stdout: "", stderr: "", written: {} as Record<string, string> };
  const offline = (): never => {
    throw problemError("KustomizeRemote", "offline");
  };
  const status = await runBuild(args, {
    tree: memoryTree(FILES),
    workingDirectory,
    environment: {},
    stdout: (text) => void (result.stdout += text),
    stderr: (text) => void (result.stderr += text),
    writeFile: (path, text) => void (result.written[path] = text),
    remotes: { repository: offline, file: offline },
    helm,
  });
  return { status, ...result };
}

describe("kustomize build", () => {
  test("prints objects, and warnings apart from them", async () => {
    const { status, stdout, stderr } = await run([]);
    assert.equal(status, 0);
    assert.equal(stdout, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    app: x\n  name: a\n");
    assert.match(stderr, /^# Warning: 'commonLabels' is deprecated/);
  });

  test("writes a file, or a file for each object into a directory", async () => {
    const one = await run(["-o", "all.yaml"]);
    assert.deepEqual(Object.keys(one.written), ["/work/all.yaml"]);
    const many = await run([".", "--output=out"]);
    assert.deepEqual(Object.keys(many.written), ["/work/out/v1_configmap_a.yaml"]);
    assert.equal(many.stdout, "");
  });

  const refused = [
    [["--foo"], "Error: unknown flag: --foo\n"],
    [["-x"], "Error: unknown shorthand flag: 'x' in -x\n"],
    [["-o"], "Error: flag needs an argument: 'o' in -o\n"],
    [["a", "b"], "Error: specify one path to kustomization.yaml\n"],
    [
      ["--enable-helm=maybe"],
      'Error: invalid argument "maybe" for "--enable-helm" flag: strconv.ParseBool: parsing "maybe": invalid syntax\n',
    ],
    [
      ["--load-restrictor", "x"],
      "Error: illegal flag value --load-restrictor x; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]\n",
    ],
  ] as const;
  for (const [args, message] of refused) {
    test(`refuses ${args.join(" ")}`, async () => {
      const { status, stderr } = await run(args);
      assert.deepEqual([status, stderr], [1, message]);
    });
  }

  test("an error has its place and what to do behind it", async () => {
    const { status, stderr } = await run(["/charts"]);
    assert.equal(status, 1);
    assert.match(stderr, /must specify --enable-helm\n {2}at charts\/kustomization.yaml:2:\d+\n {2}hint: /);
  });

  test("inflates charts through the function it was given, with merged values and the flags", async () => {
    const asked: unknown[] = [];
    const helm: BuildIo["helm"] = {
      inflate(inflation) {
        asked.push(inflation.values, inflation.chartPath, inflation.releaseName, inflation.kubeVersion);
        return `---\n# Source: web\n${configMap("from-chart")}`;
      },
    };
    const { status, stdout } = await run(["--enable-helm", "--helm-kube-version", "1.30", "."], helm, "/charts");
    assert.equal(status, 0);
    assert.match(stdout, /name: from-chart/);
    assert.deepEqual(asked, [[{ replicas: 2, other: "kept" }], "charts/charts/web", "r", "1.30"]);
  });
});
