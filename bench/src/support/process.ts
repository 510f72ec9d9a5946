import { readFileSync } from "node:fs";

const CLOCK_TICKS_PER_SECOND = 100;
const KIB = 1024;

/** CPU seconds of a process so far, user and system. Linux only. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** Resident memory now and at its highest, in MiB. Linux only. */
export function memoryMib(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / KIB;
  return { now: read("VmRSS"), peak: read("VmHWM") };
}
