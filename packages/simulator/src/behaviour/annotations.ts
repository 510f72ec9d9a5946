import type { KubeObject } from "@fairlead/apimachinery";
import { parseGoDuration } from "@fairlead/base";

/**
 * How a simulated pod behaves, by annotations. They may stand on the pod (by its template), on anything that owns it, or on its
 * namespace; the nearest one counts. See the package's README for each.
 */
const FAIL = "simulator.fairlead.dev/fail";
const FAIL_WHEN_IMAGE = "simulator.fairlead.dev/fail-when-image";
const FAIL_TIMES = "simulator.fairlead.dev/fail-times";
const READY_AFTER = "simulator.fairlead.dev/ready-after";
const RUN_FOR = "simulator.fairlead.dev/run-for";

export type Failure =
  | { readonly kind: "image-pull" }
  | { readonly kind: "crash-loop" }
  | { readonly kind: "never-ready" }
  | { readonly kind: "unschedulable" }
  | { readonly kind: "oom" }
  | { readonly kind: "exit-code"; readonly code: number };

export interface Behaviour {
  readonly failure: Failure | undefined;
  /** A failure happens this often and then no more; undefined: always. */
  readonly failTimes: number | undefined;
  /** From the node until Ready. */
  readonly readyAfterMs: number;
  /** How long a pod that ends by itself runs. */
  readonly runForMs: number;
  /** Annotations that cannot be read, in words for an event. */
  readonly faults: readonly string[];
}

export interface BehaviourDefaults {
  readonly readyAfterMs: number;
  readonly runForMs: number;
}

/** `holders`: the pod, what owns it, its namespace, nearest first. */
export function behaviourOf(
  holders: readonly KubeObject[],
  images: readonly string[],
  defaults: BehaviourDefaults,
): Behaviour {
  const faults: string[] = [];
  const value = (name: string): string | undefined => {
    for (const { metadata } of holders) {
      const text = metadata.annotations?.[name];
      if (text !== undefined) return text.trim();
    }
    return undefined;
  };
  const duration = (name: string, usual: number): number => {
    const text = value(name);
    if (text === undefined) return usual;
    const ms = readDuration(text);
    if (ms === undefined) faults.push(`${name}: "${text}" is not a duration such as 5s or 1m30s`);
    return ms ?? usual;
  };
  const failure = readFailure(value(FAIL), faults);
  const pattern = value(FAIL_WHEN_IMAGE);
  const isMeant = pattern === undefined || images.some((image) => matchesGlob(pattern, image));
  return {
    failure: isMeant ? failure : undefined,
    failTimes: readCount(value(FAIL_TIMES), faults),
    readyAfterMs: duration(READY_AFTER, defaults.readyAfterMs),
    runForMs: duration(RUN_FOR, defaults.runForMs),
    faults,
  };
}

function readFailure(text: string | undefined, faults: string[]): Failure | undefined {
  if (text === undefined || text === "" || text === "none") return undefined;
  switch (text) {
    case "image-pull":
    case "crash-loop":
    case "never-ready":
    case "unschedulable":
    case "oom":
      return { kind: text };
    default: {
      const code = /^exit-code=([0-9]{1,3})$/.exec(text)?.[1];
      if (code !== undefined && Number(code) <= 255) return { kind: "exit-code", code: Number(code) };
      faults.push(
        `${FAIL}: "${text}" is none of image-pull, crash-loop, never-ready, unschedulable, oom, exit-code=0…255, none`,
      );
      return undefined;
    }
  }
}

function readCount(text: string | undefined, faults: string[]): number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  faults.push(`${FAIL_TIMES}: "${text}" is not a whole number`);
  return undefined;
}

function readDuration(text: string): number | undefined {
  try {
    const ms = parseGoDuration(text);
    return ms >= 0 ? ms : undefined;
  } catch {
    return undefined;
  }
}

/** `*` stands for any characters; everything else for itself. */
function matchesGlob(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const first = parts.shift() ?? "";
  if (!text.startsWith(first)) return false;
  if (parts.length === 0) return text === first;
  const last = parts.pop() ?? "";
  let position = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}
