import { decodeDocuments, encodeYaml, parseYaml } from "@fairlead/yaml";
import { cpuOf, median } from "../support/measure.ts";
import type { Bench, BenchRow } from "../types.ts";

const OBJECTS = 2000;
const RUNS = 9;
const MB = 1_000_000;

/** Manifests of the everyday kind: nested mappings, short lists, plain and quoted scalars, a comment now and then. */
function manifests(): string {
  return Array.from(
    { length: OBJECTS },
    (_, index) => `# workload ${index}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: workload-${index}
  namespace: team-${index % 50}
  labels: {app.kubernetes.io/name: workload, app.kubernetes.io/instance: "w-${index}"}
spec:
  replicas: ${index % 7}
  selector:
    matchLabels:
      app.kubernetes.io/instance: w-${index}
  template:
    spec:
      containers:
        - name: main
          image: "registry.example/team/workload:v1.${index}.0"
          args: ["--level=info", --zone, eu-west-1]
          resources:
            limits: {cpu: 500m, memory: 256Mi}
          env:
            - name: GREETING
              value: 'it''s a plain text of some length, as people write them'
            - name: PORT
              value: "8080"
`,
  ).join("---\n");
}

function rate(megabytes: number, step: () => void): number {
  step();
  return megabytes / (median(Array.from({ length: RUNS }, () => cpuOf(step))) / 1000);
}

async function run(): Promise<readonly BenchRow[]> {
  const text = manifests();
  const values = decodeDocuments(text).documents.map(({ value }) => value);
  const emitted = values.map((value) => encodeYaml(value)).join("---\n");
  return [
    {
      what: "decoded into values (CPU)",
      ours: rate(text.length / MB, () => void decodeDocuments(text)),
      unit: "MB/s",
      target: { atLeast: 20 },
    },
    { what: "parsed into trees (CPU)", ours: rate(text.length / MB, () => void parseYaml(text)), unit: "MB/s" },
    {
      what: "encoded (CPU)",
      ours: rate(emitted.length / MB, () => {
        for (const value of values) encodeYaml(value);
      }),
      unit: "MB/s",
      target: { atLeast: 30 },
    },
  ];
}

export const bench: Bench = { name: "yaml", description: "manifests read and written as Go's libraries do", run };
