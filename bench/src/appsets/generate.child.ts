import { memoryTree, type FileTree } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { generateFrom, SetGenerator, type Generation, type ObjectReader, type World } from "@fairlead/appsets";

export interface GenerationFigures {
  readonly coldSeconds: number;
  readonly coldCpuSeconds: number;
  readonly changedMs: number;
  readonly changedCpuMs: number;
  readonly sameMs: number;
  readonly memoryMib: number;
}

const FILES = 100;
const CLUSTERS = 100;
const MIB = 2 ** 20;
const ROUNDS = 5;

const SET = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "fleet", namespace: "argocd", uid: "u" },
  spec: {
    goTemplate: true,
    goTemplateOptions: ["missingkey=error"],
    generators: [
      {
        matrix: {
          generators: [
            {
              git: {
                repoURL: "https://git.example.com/config.git",
                revision: "main",
                files: [{ path: "services/*/config.yaml" }],
              },
            },
            {
              clusters: {
                selector: { matchLabels: { env: "prod" } },
                values: { region: "{{ .metadata.labels.region }}" },
              },
            },
          ],
        },
      },
    ],
    template: {
      metadata: {
        name: "{{ .service }}-{{ .nameNormalized }}",
        labels: { team: "{{ .team }}", region: "{{ .values.region }}" },
        annotations: { "example.com/owner": "{{ .team | upper }}" },
      },
      spec: {
        project: "default",
        source: {
          repoURL: "https://git.example.com/config.git",
          targetRevision: "main",
          path: "{{ .path.path }}",
          helm: {
            valueFiles: ["values.yaml", "values-{{ .values.region }}.yaml"],
            parameters: [{ name: "image.tag", value: "{{ .tag }}" }],
          },
        },
        destination: { server: "{{ .server }}", namespace: "{{ .service }}" },
        syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
      },
    },
  },
} as unknown as KubeObject;

function clusters(): KubeObject[] {
  return Array.from({ length: CLUSTERS }, (_, index) => {
    const name = `cluster-${index}`;
    const data = { name, server: `https://${name}.example.com`, config: "{}" };
    const encoded = Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    );
    const labels = { "argocd.argoproj.io/secret-type": "cluster", env: "prod", region: `r${index % 5}` };
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "argocd", labels },
      data: encoded,
    } as unknown as KubeObject;
  });
}

function files(changed: number): FileTree {
  const all = Array.from({ length: FILES }, (_, index) => {
    const text = `service: svc-${index}\nteam: team-${index % 10}\ntag: v${index === 0 ? changed : 1}\n`;
    return [`services/svc-${index}/config.yaml`, text] as const;
  });
  return memoryTree(Object.fromEntries(all));
}

function readerOf(secrets: readonly KubeObject[]): ObjectReader {
  return {
    clusterSecrets: () => secrets,
    secret: () => undefined,
    configMap: () => undefined,
    project: () => undefined,
    knowsProjects: false,
    knowsClusters: true,
  };
}

function nobody(): never {
  throw new Error("nobody is asked here");
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function measure(run: () => Promise<Generation>): Promise<{ ms: number; cpu: number }> {
  const [startedAt, cpuBefore] = [performance.now(), cpuMs()];
  const { applications, problems } = await run();
  const figures = { ms: performance.now() - startedAt, cpu: cpuMs() - cpuBefore };
  if (applications.length !== FILES * CLUSTERS)
    throw new Error(`${applications.length} applications: ${problems[0]?.message}`);
  return figures;
}

const generator = new SetGenerator();
const reader = readerOf(clusters());
const world = (tree: FileTree): World => ({
  git: async () => ({ commit: "c", tree }),
  branches: nobody,
  resources: nobody,
  plugin: nobody,
  repositories: nobody,
  pullRequests: nobody,
});
const generate = (tree: FileTree): Promise<Generation> => generateFrom(generator, SET, reader, world(tree));
const least = (all: readonly { ms: number; cpu: number }[]): { ms: number; cpu: number } =>
  all.reduce((best, one) => (one.cpu < best.cpu ? one : best));

const cold = await measure(() => generate(files(1)));
const changes: { ms: number; cpu: number }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const tree = files(round + 2);
  changes.push(await measure(() => generate(tree)));
}
const tree = files(ROUNDS + 1);
const same = await measure(() => generate(tree));
const changed = least(changes);
process.send?.({
  coldSeconds: cold.ms / 1000,
  coldCpuSeconds: cold.cpu / 1000,
  changedMs: changed.ms,
  changedCpuMs: changed.cpu,
  sameMs: same.ms,
  memoryMib: process.memoryUsage().rss / MIB,
} satisfies GenerationFigures);
process.disconnect?.();
