import type { KubeObject } from "@fairlead/apimachinery";
import { fnv1a } from "../api/hash.ts";
import { timeOf } from "../api/time.ts";
import type { Container, ContainerStatus, Pod } from "../api/types.ts";
import { SIMULATOR_LIMITS } from "../limits.ts";
import { scriptOf } from "./log-script.ts";

export interface LogOptions {
  /** Absent: the pod's only container. */
  readonly container?: string | undefined;
  /** The run before this one. */
  readonly previous?: boolean | undefined;
  readonly timestamps?: boolean | undefined;
  readonly tailLines?: number | undefined;
  readonly sinceMs?: number | undefined;
  readonly limitBytes?: number | undefined;
}

/** One line and when it was written. */
interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

/** Why there is no log, in the API server's words. */
export interface LogRefusal {
  readonly refusal: string;
}

/** A running container says something this often. */
const LINE_EVERY_MS = 10_000;

/**
 * What a simulated container would have said until now: always the same for the same pod, so that it can be asked for again and
 * followed. Plausible, not true: nothing runs.
 */
export function podLog(pod: Pod, options: LogOptions, nowMs: number): string | LogRefusal {
  const lines = logLines(pod, options, nowMs);
  if ("refusal" in lines) return lines;
  const since = options.sinceMs ?? Number.NEGATIVE_INFINITY;
  const recent = lines.filter(({ atMs }) => atMs >= since);
  const tail = options.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - options.tailLines));
  const text = tail.map((line) => `${formatLogLine(line, options.timestamps)}\n`).join("");
  return options.limitBytes === undefined ? text : Buffer.from(text).subarray(0, options.limitBytes).toString();
}

/** The line as it goes out, with its time before it where asked for. */
function formatLogLine({ atMs, text }: LogLine, timestamps = false): string {
  return timestamps ? `${new Date(atMs).toISOString().replace("Z", "000000Z")} ${text}` : text;
}

/** When a followed log has its next line; undefined once the container has ended. */
export function nextLogLineAt(pod: Pod, options: LogOptions, nowMs: number): number | undefined {
  const found = statusOf(pod, options.container);
  const startedMs = found && runningSince(found.status);
  if (startedMs === undefined || options.previous === true) return undefined;
  const spoken = Math.floor((nowMs - startedMs) / LINE_EVERY_MS);
  return startedMs + (spoken + 1) * LINE_EVERY_MS;
}

function logLines(pod: Pod, options: LogOptions, nowMs: number): LogLine[] | LogRefusal {
  const { name } = pod.metadata;
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  if (options.container === undefined && pod.spec.containers.length > 1) {
    const names = pod.spec.containers.map((container) => container.name).join(" ");
    return { refusal: `a container name must be specified for pod ${name}, choose one of: [${names}]` };
  }
  if (options.container !== undefined && !containers.some((container) => container.name === options.container)) {
    return { refusal: `container ${options.container} is not valid for pod ${name}` };
  }
  const found = statusOf(pod, options.container);
  if (!found) return { refusal: `pod ${name} does not have a host assigned` };
  const { status, container } = found;
  if (options.previous === true) {
    const last = status.lastState?.["terminated"];
    if (!last) return { refusal: `previous terminated container "${container.name}" in pod "${name}" not found` };
    return runLines(pod, container, status.restartCount - 1, last as Ended, nowMs);
  }
  const startedMs = runningSince(status);
  if (startedMs !== undefined) return runLines(pod, container, status.restartCount, { startedMs }, nowMs);
  const ended = (status.state["terminated"] ?? status.lastState?.["terminated"]) as Ended | undefined;
  if (ended) return runLines(pod, container, status.restartCount, ended, nowMs);
  const waiting = status.state["waiting"] as { reason?: string } | undefined;
  const why =
    waiting?.reason === "ErrImagePull" || waiting?.reason === "ImagePullBackOff"
      ? "is waiting to start: trying and failing to pull image"
      : `is waiting to start: ${waiting?.reason ?? "ContainerCreating"}`;
  return { refusal: `container "${container.name}" in pod "${name}" ${why}` };
}

interface Ended {
  readonly startedMs?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

function runLines(pod: Pod, container: Container, restarts: number, run: Ended, nowMs: number): LogLine[] {
  const startedMs = run.startedMs ?? timeOf(run.startedAt) ?? nowMs;
  const endedMs = timeOf(run.finishedAt);
  const seed = `${pod.metadata.uid}/${container.name}/${restarts}`;
  const script = scriptOf(container.image ?? "", pod);
  const until = endedMs ?? nowMs;
  const lines = script.opening.map((text, index): LogLine => ({ atMs: Math.min(startedMs + index * 20, until), text }));
  const steps = Math.floor(Math.max(0, until - startedMs) / LINE_EVERY_MS);
  const first = Math.max(1, steps - SIMULATOR_LIMITS.logLinesMax + 1);
  for (let step = first; step <= steps; step++) {
    const atMs = startedMs + step * LINE_EVERY_MS;
    lines.push({ atMs, text: script.line(fnv1a(`${seed}/${step}`), atMs) });
  }
  if (endedMs !== undefined) lines.push(...closing(run, endedMs));
  return lines.filter(({ atMs }) => atMs <= nowMs);
}

function closing({ exitCode = 0, reason }: Ended, atMs: number): LogLine[] {
  if (exitCode === 0) return [{ atMs, text: "done, exiting" }];
  // The kernel leaves no time for last words.
  if (reason === "OOMKilled") return [];
  return [
    { atMs, text: "fatal: simulated failure (simulator.fairlead.dev/fail)" },
    { atMs, text: `exiting with code ${exitCode}` },
  ];
}

function statusOf(pod: Pod, name: string | undefined): { status: ContainerStatus; container: Container } | undefined {
  const wanted = name ?? pod.spec.containers[0]?.name;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const status = statuses.find((item) => item.name === wanted);
  const container = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find((item) => item.name === wanted);
  return status && container ? { status, container } : undefined;
}

function runningSince({ state }: ContainerStatus): number | undefined {
  const running = state["running"] as { startedAt?: string } | undefined;
  return timeOf(running?.startedAt);
}

/** The same as a source of logs, in the form in which @fairlead/apiserver takes one: `server.podLogs.use(podLogSource)`. */
export const podLogSource = {
  read: (pod: KubeObject, options: LogOptions, nowMs: number): string | LogRefusal =>
    podLog(pod as Pod, options, nowMs),
  nextAt: (pod: KubeObject, options: LogOptions, nowMs: number): number | undefined =>
    nextLogLineAt(pod as Pod, options, nowMs),
} as const;
