import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installTool } from "@fairlead/conformance/tools";
import { printSnippet } from "@fairlead/jsonnet";
import { cpuOf, median, runProcess } from "../support/measure.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";

const RUNS = 3;

/** Workloads as people write them: a library of mixins, comprehensions over a fleet, text made with std. */
const LIBRARY = `
{
  labels(name):: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'fleet' },
  workload(name, replicas=1):: {
    local w = self,
    name:: name, port:: 8080,
    apiVersion: 'apps/v1', kind: 'Deployment',
    metadata: { name: w.name, labels: $.labels(w.name) },
    spec: {
      replicas: replicas,
      selector: { matchLabels: $.labels(w.name) },
      template: {
        metadata: { labels: $.labels(w.name) },
        spec: { containers: [{
          name: w.name, image: 'registry.example/%s:v%d' % [w.name, replicas],
          args: ['--level=info', '--port=' + w.port],
          env: [{ name: 'N' + i, value: std.toString(i) } for i in std.range(1, 5)],
        }] },
      },
    },
  },
}
`;

function program(workloads: number): string {
  return `
local lib = import 'lib.libsonnet';
local tune = { spec+: { template+: { spec+: { containers: [c { resources: { limits: { memory: '256Mi' } } } for c in super.containers] } } } };
[
  lib.workload('workload-' + i, i % 7) + tune + { port:: 9000 + i }
  for i in std.range(1, ${workloads})
] + [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'all' }, data: {
    [k]: std.manifestYamlDoc(lib.workload(k)) for k in std.set(['w%03d' % (i % 50) for i in std.range(1, ${workloads})])
  } },
]
`;
}

function rows(name: string, ours: string, binary: string, folder: string): BenchRow[] {
  const read = (path: string): Uint8Array | undefined => (path === "lib.libsonnet" ? Buffer.from(LIBRARY) : undefined);
  const evaluate = (): void =>
    void printSnippet({ name: "main.jsonnet", importName: "main.jsonnet", text: ours }, { read });
  writeFileSync(join(folder, "main.jsonnet"), ours);
  const cold = cpuOf(evaluate);
  const warm = median(Array.from({ length: RUNS }, () => cpuOf(evaluate)));
  const peer = median(Array.from({ length: RUNS }, () => runProcess(binary, [join(folder, "main.jsonnet")]).cpuMs));
  const source = "jsonnet (go-jsonnet 0.22.0), the whole process, same run";
  return [
    { what: `${name}, the first time (CPU)`, ours: cold, unit: "ms", peer, source },
    { what: `${name}, again (CPU)`, ours: warm, unit: "ms", peer, source, target: { atMost: peer } },
  ];
}

async function run({ say }: BenchContext): Promise<readonly BenchRow[]> {
  const binary = join(await installTool("jsonnet", say), "jsonnet");
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-jsonnet-"));
  try {
    writeFileSync(join(folder, "lib.libsonnet"), LIBRARY);
    return [
      ...rows("an application of 20 workloads", program(20), binary, folder),
      ...rows("a fleet of 200 workloads", program(200), binary, folder),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const bench: Bench = { name: "jsonnet", description: "Jsonnet evaluated and printed, beside go-jsonnet", run };
