import { spawnSync } from "node:child_process";

const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** CPU time of this process, user and system, in milliseconds. */
export function cpuOf(step: () => void): number {
  const before = process.cpuUsage();
  step();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export interface ProcessRun {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly output: string;
}

/** A process from start to end; CPU as the shell's `times` tells it. @throws Error with what it printed when it fails */
export function runProcess(command: string, args: readonly string[]): ProcessRun {
  const started = performance.now();
  const timed = ["-c", '"$@" || exit 1; times >&2', "sh", command, ...args];
  const { status, stdout, stderr } = spawnSync("sh", timed, { encoding: "utf8", maxBuffer: OUTPUT_BYTES_MAX });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  const wallMs = performance.now() - started;
  const ofChildren = stderr.trim().split("\n").at(-1) ?? "";
  const cpuMs = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
  return { wallMs, cpuMs, output: stdout };
}
