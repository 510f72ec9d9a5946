import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram, goVersion, installTool } from "@fairlead/conformance/tools";
import { buildKustomization, createParseCache } from "@fairlead/kustomize";
import { cpuOf, median, runProcess } from "../support/measure.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { memoryFiles } from "./memory-files.ts";
import { writeTree } from "./trees.ts";

const SIZES = [
  { name: "2,300 lines", lines: 2_300, warmRuns: 200, coldRuns: 5, share: 1 / 20, coldRatio: 2 },
  { name: "75,000 lines", lines: 75_000, warmRuns: 8, coldRuns: 3, share: 1 / 3, coldRatio: 1 },
] as const;
const OVERLAYS = 20;
const MEMORY_MIB_MAX = 400;
const COMMAND = fileURLToPath(new URL("../../../packages/cli/bin/fairlead.mjs", import.meta.url));
const CHILD = fileURLToPath(new URL("./memory.child.ts", import.meta.url));
const KRUSTY = fileURLToPath(new URL("./krusty", import.meta.url));

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const binary = join(await installTool("kustomize", (line) => context.say(line)), "kustomize");
  const rows: BenchRow[] = [];
  // Kustomize embedded in a Go program, on a machine with Go.
  const krusty = goVersion() === undefined ? undefined : buildProgram(KRUSTY, "krusty", (line) => context.say(line));
  for (const size of SIZES) {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-kustomize-"));
    try {
      writeTree(folder, size.lines, OVERLAYS);
      context.say(`${size.name}: ${execFileSync(binary, ["version"], { encoding: "utf8" }).trim()}`);
      rows.push(...measure(folder, { kustomize: binary, krusty }, size));
    } finally {
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

interface Peers {
  readonly kustomize: string;
  readonly krusty: string | undefined;
}

function measure(folder: string, { kustomize: binary, krusty }: Peers, size: (typeof SIZES)[number]): BenchRow[] {
  const overlay = join(folder, "overlays/o0");
  const source = "same run, whole process";
  const real = Array.from({ length: size.coldRuns }, () => runProcess(binary, ["build", overlay]));
  const realCpu = median(real.map(({ cpuMs }) => cpuMs));
  const realWall = median(real.map(({ wallMs }) => wallMs));
  const runs = String(Math.max(5, size.warmRuns / 10));
  const embedded = krusty && Number(execFileSync(krusty, [overlay, runs], { encoding: "utf8" }));
  const tree = memoryFiles(folder);
  const cache = createParseCache();
  const build = (path: string): void => void buildKustomization(tree, path, { cache }).yaml();
  const warm = median(Array.from({ length: size.warmRuns }, () => cpuOf(() => build("overlays/o0"))));
  const parsedAnew = median(
    Array.from({ length: Math.ceil(size.warmRuns / 4) }, () =>
      cpuOf(() => void buildKustomization(tree, "overlays/o0").yaml()),
    ),
  );
  const all = cpuOf(() => {
    for (let index = 0; index < OVERLAYS; index++) build(`overlays/o${index}`);
  });
  const command = [COMMAND, "kustomize", "build", overlay];
  runProcess(process.execPath, command);
  const cold = Array.from({ length: size.coldRuns }, () => runProcess(process.execPath, command));
  const coldWall = median(cold.map(({ wallMs }) => wallMs));
  const memory = Number(runProcess(process.execPath, [CHILD, overlay]).output);
  const what = (text: string): string => `${size.name}: ${text}`;
  const ratio = { atMost: realCpu * size.share };
  return [
    { what: what("CPU of a warm build"), ours: warm, unit: "ms", peer: realCpu, source, target: ratio },
    ...(embedded
      ? [
          {
            what: what("CPU of a warm build, beside krusty"),
            ours: warm,
            unit: "ms",
            peer: embedded,
            source: "same run, one Go process",
            target: { atMost: embedded },
          },
        ]
      : []),
    { what: what("CPU of a warm build, all files changed"), ours: parsedAnew, unit: "ms", peer: realCpu, source },
    {
      what: what(`CPU of ${OVERLAYS} overlays over one base`),
      ours: all,
      unit: "ms",
      peer: realCpu * OVERLAYS,
      source,
    },
    {
      what: what("wall of a cold process"),
      ours: coldWall,
      unit: "ms",
      peer: realWall,
      source,
      target: { atMost: realWall * size.coldRatio },
    },
    { what: what("memory of a cold process"), ours: memory, unit: "MiB", target: { atMost: MEMORY_MIB_MAX } },
  ];
}

export const bench: Bench = {
  name: "kustomize",
  description: "kustomizations built in process, beside the kustomize binary in the same run",
  run,
};
