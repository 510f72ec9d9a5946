import { isDeepStrictEqual } from "node:util";
import type { Hooks } from "./hooks.ts";
import type { Case, Step, Target, TargetAnswer } from "./types.ts";

export interface CaseResult {
  readonly name: string;
  /** One answer a step that was reached. */
  readonly answers: readonly TargetAnswer[];
  /** What did not fit the case's own expectations; empty when all did. */
  readonly faults: readonly string[];
}

export interface RunOptions {
  /** How many times longer than usual watches are read, for machines that are busy. */
  readonly pace?: number;
  /** Where webhooks and other servers of the cases are: `{hooks}`, `{hooksPort}`, `{hooksCa}`. */
  readonly hooks?: Hooks;
}

const EVENTUALLY_MS = 60_000;
const RETRY_MS = 60;

/**
 * Runs one case in a namespace of its own, which stays (the server ends with the run).
 */
export async function runCase(
  target: Target,
  testCase: Case,
  namespace: string,
  { pace = 1, hooks }: RunOptions = {},
): Promise<CaseResult> {
  const values = new Map([["ns", namespace]]);
  if (hooks !== undefined) values.set("hooks", hooks.url).set("hooksPort", hooks.port).set("hooksCa", hooks.caBundle);
  const answers: TargetAnswer[] = [];
  const faults: string[] = [];
  const fill = (text: string): string => text.replace(/\{([\w]+)\}/g, (all, name: string) => values.get(name) ?? all);
  for (const [index, step] of testCase.steps.entries()) {
    const answer = await runStep(target, step, fill, pace);
    answers.push(answer);
    const fault = faultOf(step, answer, fill);
    if (fault !== undefined) {
      faults.push(`step ${index + 1} (${fill(step.do)}): ${fault}`);
      break;
    }
    for (const [name, path] of Object.entries(step.keep ?? {})) values.set(name, String(valueAt(answer.body, path)));
  }
  return { name: testCase.name, answers, faults };
}

async function runStep(
  target: Target,
  step: Step,
  fill: (text: string) => string,
  pace: number,
): Promise<TargetAnswer> {
  const [method = "GET", path = ""] = fill(step.do).split(" ");
  const body = step.raw ?? (step.body === undefined ? undefined : JSON.stringify(step.body));
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    "user-agent": "contract/1",
    ...Object.fromEntries(Object.entries(step.headers ?? {}).map(([name, value]) => [name, fill(value)])),
  };
  if (step.webSocket === true && target.webSocket !== undefined)
    return target.webSocket(path, headers, (step.watchMs ?? 0) * pace);
  if (step.watchMs !== undefined) return target.watch(path, headers, step.watchMs * pace);
  const deadline = Date.now() + EVENTUALLY_MS;
  for (;;) {
    const answer = await target.send({ method, path, headers, ...(body === undefined ? {} : { body: fill(body) }) });
    if (step.eventually !== true || faultOf(step, answer, fill) === undefined || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function faultOf(step: Step, answer: TargetAnswer, fill: (text: string) => string): string | undefined {
  if (step.code !== 0 && answer.code !== step.code)
    return `${answer.code} instead of ${step.code}: ${JSON.stringify(answer.body).slice(0, 400)}`;
  for (const [path, wanted] of Object.entries(step.expect ?? {})) {
    const value = valueAt(answer.body, path);
    const filled = wanted === undefined ? undefined : (JSON.parse(fill(JSON.stringify(wanted))) as unknown);
    if (!isDeepStrictEqual(value, filled))
      return `${path} is ${JSON.stringify(value)} instead of ${JSON.stringify(filled)}`;
  }
  return undefined;
}

/** `items[0].metadata.name`, `length` of lists included; a name with dots in brackets: `data[a.b]`. */
function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const part of path.match(/[^.[\]]+|\[[^\]]+\]/g) ?? []) {
    const key = part.startsWith("[") ? part.slice(1, -1) : part;
    value = (value as Record<string, unknown> | undefined | null)?.[key];
  }
  return value;
}
