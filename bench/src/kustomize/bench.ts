import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installTool } from "@fairlead/conformance/tools";
import { buildKustomization, createParseCache } from "@fairlead/kustomize";
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** CPU time of this process, user and system, in milliseconds. */
function cpuOf(step: () => void): number {
  const before = process.cpuUsage();
  step();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

interface ChildRun {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly output: string;
}

/** A process from start to end; CPU as the shell's `times` tells it. */
function child(command: string, args: readonly string[]): ChildRun {
  const started = performance.now();
  const timed = ["-c", 'output=$("$@") || exit 1; times >&2; printf %s "$output" | head -c 64', "sh", command, ...args];
  const { status, stdout, stderr } = spawnSync("sh", timed, { encoding: "utf8", maxBuffer: 512 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  const wallMs = performance.now() - started;
  const children = stderr.trim().split("\n").at(-1) ?? "";
  const cpuMs = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
  return { wallMs, cpuMs, output: stdout };
}

/** Kustomize embedded in a Go program, built on the spot; undefined on a machine without Go. */
function buildKrusty(context: BenchContext, folder: string): string | undefined {
  const binary = join(folder, "krusty");
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -mod=readonly" };
  const { status, stderr } = spawnSync("go", ["build", "-trimpath", "-o", binary, "."], { cwd: KRUSTY, env });
  if (status === 0) return binary;
  context.say(
    `krusty is not measured: ${String(stderr ?? "no go here")
      .trim()
      .split("\n")
      .at(-1)}`,
  );
  return undefined;
}

async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const binary = join(await installTool("kustomize", (line) => context.say(line)), "kustomize");
  const rows: BenchRow[] = [];
  const built = mkdtempSync(join(tmpdir(), "fairlead-bench-krusty-"));
  const krusty = buildKrusty(context, built);
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
  rmSync(built, { recursive: true, force: true });
  return rows;
}

interface Peers {
  readonly kustomize: string;
  readonly krusty: string | undefined;
}

function measure(folder: string, { kustomize: binary, krusty }: Peers, size: (typeof SIZES)[number]): BenchRow[] {
  const overlay = join(folder, "overlays/o0");
  const source = "same run, whole process";
  const real = Array.from({ length: size.coldRuns }, () => child(binary, ["build", overlay]));
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
  child(process.execPath, command);
  const cold = Array.from({ length: size.coldRuns }, () => child(process.execPath, command));
  const coldWall = median(cold.map(({ wallMs }) => wallMs));
  const memory = Number(child(process.execPath, [CHILD, overlay]).output);
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
