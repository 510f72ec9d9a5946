import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { installTool } from "@fairlead/conformance/tools";
import { diskTree } from "@fairlead/base";
import { loadChart, renderChart } from "@fairlead/helm";
import type { Bench, BenchContext, BenchRow } from "../types.ts";
import { writeChart } from "./chart.ts";

const WORKLOADS = 40;
const COLD_RUNS = 7;
const WARM_RUNS = 40;
/** A cold command may take twice as long as helm; a warm render must be far below what starting helm costs. */
const COLD_RATIO_MAX = 2;
const COMMAND = fileURLToPath(new URL("../../../packages/cli/bin/fairlead.mjs", import.meta.url));
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

interface Run {
  readonly wallMs: number;
  readonly out: string;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function runProcess(command: string, args: readonly string[]): Run {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: OUTPUT_BYTES_MAX });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return { wallMs: performance.now() - started, out: stdout };
}

function timeRender(folder: string): number {
  const chart = loadChart(diskTree(folder));
  const started = performance.now();
  renderChart(chart, { compat: "v4", release: { name: "rel", namespace: "default" } });
  return performance.now() - started;
}

/** `--chart DIR` measures a chart of yours instead. */
async function run(context: BenchContext): Promise<readonly BenchRow[]> {
  const binary = join(await installTool("helm4", (line) => context.say(line)), "helm");
  const at = context.args.indexOf("--chart");
  const made = at < 0 ? mkdtempSync(join(tmpdir(), "fairlead-bench-helm-")) : undefined;
  const folder = made ?? resolve(context.args[at + 1] ?? ".");
  try {
    if (made) writeChart(made, WORKLOADS);
    return measure(folder, binary, made ? `${WORKLOADS} workloads` : folder);
  } finally {
    if (made) rmSync(made, { recursive: true, force: true });
  }
}

function measure(folder: string, binary: string, what: string): BenchRow[] {
  const args = ["template", "rel", folder];
  const ours = [COMMAND, "helm", ...args];
  // Once for the caches of both: compiled code, files.
  const [theirs, own] = [runProcess(binary, args), runProcess(process.execPath, ours)];
  if (theirs.out !== own.out) throw new Error("helm and fairlead print different manifests; the times mean nothing");
  const realWall = median(Array.from({ length: COLD_RUNS }, () => runProcess(binary, args).wallMs));
  const coldWall = median(Array.from({ length: COLD_RUNS }, () => runProcess(process.execPath, ours).wallMs));
  const warm = median(Array.from({ length: WARM_RUNS }, () => timeRender(folder)));
  const source = "helm 4, same run, whole process";
  return [
    {
      what: `${what}: wall of a cold process`,
      ours: coldWall,
      unit: "ms",
      peer: realWall,
      source,
      target: { atMost: realWall * COLD_RATIO_MAX },
    },
    {
      what: `${what}: wall of a warm render`,
      ours: warm,
      unit: "ms",
      peer: realWall,
      source,
      target: { atMost: realWall },
    },
  ];
}

export const bench: Bench = {
  name: "helm",
  description: "charts rendered in process and by the command, beside the helm binary in the same run",
  run,
};
