import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram, goVersion, installTool } from "@fairlead/conformance/tools";
import { diskTree, memoryTree, type FileTree } from "@fairlead/base";
import { loadChart, renderChart } from "@fairlead/helm";
import { cpuOf, median, runProcess } from "../support/measure.ts";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { writeChart } from "./chart.ts";

const WORKLOADS = 40;
const COLD_RUNS = 7;
const WARM_RUNS = 40;
const RENDERS = 1000;
/** A cold command may take twice as long as helm; a warm render a twentieth of the CPU that a whole helm process takes. */
const COLD_RATIO_MAX = 2;
const WARM_SHARE = 1 / 20;
const GROWTH_MIB_MAX = 150;
const COMMAND = fileURLToPath(new URL("../../../packages/cli/bin/fairlead.mjs", import.meta.url));
const CHILD = fileURLToPath(new URL("./memory.child.ts", import.meta.url));
const ENGINE = fileURLToPath(new URL("./engine", import.meta.url));

interface Peers {
  readonly helm: string;
  /** Helm's engine in a Go program of ours; undefined on a machine without Go. */
  readonly engine: string | undefined;
}

/** `--charts DIR` measures every chart in a folder of yours instead. */
async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const helm = join(await installTool("helm4", (line) => context.say(line)), "helm");
  const engine =
    goVersion() === undefined ? undefined : buildProgram(ENGINE, "helm-engine", (line) => context.say(line));
  const at = context.args.indexOf("--charts");
  const made = at < 0 ? mkdtempSync(join(tmpdir(), "fairlead-bench-helm-")) : undefined;
  try {
    if (made) writeChart(made, WORKLOADS);
    const folders = made ? [made] : chartsIn(resolve(context.args[at + 1] ?? "."));
    const rows = folders.flatMap((folder) =>
      measure(folder, { helm, engine }, made ? `${WORKLOADS} workloads` : basename(folder)),
    );
    return [...rows, growth()];
  } finally {
    if (made) rmSync(made, { recursive: true, force: true });
  }
}

function chartsIn(folder: string): string[] {
  if (existsSync(join(folder, "Chart.yaml"))) return [folder];
  return globSync("*/Chart.yaml", { cwd: folder })
    .map((path) => join(folder, dirname(path)))
    .sort();
}

function measure(folder: string, { helm, engine }: Peers, what: string): BenchRow[] {
  const args = ["template", "rel", folder];
  const ours = [COMMAND, "helm", ...args];
  // Once for the caches of both: compiled code, files.
  const [theirs, own] = [runProcess(helm, args), runProcess(process.execPath, ours)];
  if (theirs.output !== own.output) throw new Error(`helm and fairlead print different manifests of ${folder}`);
  const real = Array.from({ length: COLD_RUNS }, () => runProcess(helm, args));
  const cold = Array.from({ length: COLD_RUNS }, () => runProcess(process.execPath, ours));
  const [realWall, realCpu] = [median(real.map(({ wallMs }) => wallMs)), median(real.map(({ cpuMs }) => cpuMs))];
  const onDisk = diskTree(folder);
  const snapshot = memoryTree(filesBelow(folder));
  const warm = warmCpu(onDisk);
  const source = "helm 4, same run, whole process";
  const rows: BenchRow[] = [
    {
      what: `${what}: wall of a cold process`,
      ours: median(cold.map(({ wallMs }) => wallMs)),
      unit: "ms",
      peer: realWall,
      source,
      target: { atMost: realWall * COLD_RATIO_MAX },
    },
    {
      what: `${what}: CPU of a warm load and render, files in memory as from Git`,
      ours: warmCpu(snapshot),
      unit: "ms",
      peer: realCpu,
      source,
      target: { atMost: realCpu * WARM_SHARE },
    },
  ];
  if (engine === undefined) return rows;
  const embedded = Number(runProcess(engine, [folder, String(WARM_RUNS)]).output);
  const beside = { peer: embedded, source: "helm's engine in one Go process, same run", target: { atMost: embedded } };
  return [
    ...rows,
    { what: `${what}: CPU of a warm load and render, files read from disk`, ours: warm, unit: "ms", ...beside },
  ];
}

/**
 * Load and render, as a control plane does it again and again. Files are read and laid out every time; what is kept from the last time
 * is what is known by a text alone: parsed templates, decoded values, compiled schemas, heads of documents that came out before.
 */
function warmCpu(tree: FileTree): number {
  const release = { name: "rel", namespace: "default" };
  return median(
    Array.from({ length: WARM_RUNS }, () => cpuOf(() => void renderChart(loadChart(tree), { compat: "v4", release }))),
  );
}

/** Regular files alone: where a symlink leads is for the row that reads from disk. */
function filesBelow(folder: string): Record<string, Uint8Array> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path).replaceAll("\\", "/"), readFileSync(path)];
    }),
  );
}

function growth(): BenchRow {
  const ours = Number(runProcess(process.execPath, [CHILD, String(RENDERS), String(WORKLOADS)]).output);
  return {
    what: `growth over ${RENDERS} different charts rendered`,
    ours,
    unit: "MiB",
    target: { atMost: GROWTH_MIB_MAX },
  };
}

export const bench: Bench = {
  name: "helm",
  description: "charts rendered in process and by the command, beside the helm binary in the same run",
  run,
};
