import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildProgram } from "../tools/index.ts";

/** One template set and what to execute it on; the first template is the one executed. */
export interface Request {
  readonly templates: ReadonlyArray<readonly [name: string, text: string]>;
  /** JSON; an object with one key that starts with `$` is a value of a Go type, see data.ts and judge/data.go. */
  readonly data?: unknown;
  readonly functions?: "go" | "sprig";
  readonly missingKey?: "default" | "zero" | "error";
  readonly left?: string;
  readonly right?: string;
  /** Give the printed tree instead of executing it. */
  readonly print?: boolean;
}

/** Either output or an error; Go also gives what was written before the error, which we do not compare. */
export interface Answer {
  readonly output: string;
  readonly error: string;
}

/** Go has no limits of its own: what takes longer than this for one template would take for ever. */
const ANSWER_MS_MAX = 60_000;
const source = join(import.meta.dirname, "judge");

/** The judge's binary, built once for its sources into the user's cache. */
export function buildJudge(say: (line: string) => void): string {
  return buildProgram(source, "gotemplate-judge", say);
}

/** The answer to a request that ended the judge: data that holds itself, which Go does not survive, or work without end. */
export const CRASHED = "CRASHED";

/** What Go answers, in the order of the requests. Output is decoded byte for byte into Latin-1 text. */
export async function askGo(binary: string, requests: readonly Request[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < requests.length) {
    await askUntilCrash(binary, requests.slice(answers.length), answers);
    if (answers.length < requests.length) answers.push({ output: "", error: CRASHED });
  }
  return answers;
}

async function askUntilCrash(binary: string, requests: readonly Request[], answers: Answer[]): Promise<void> {
  const child = spawn(binary, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, TZ: "UTC" } });
  // A judge that has gone takes no more requests; its answers tell how far it came.
  child.stdin.on("error", () => {});
  const giveUp = (): void => void child.kill("SIGKILL");
  let timer = setTimeout(giveUp, ANSWER_MS_MAX);
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, ANSWER_MS_MAX);
    const { output, error } = JSON.parse(line) as { output: string | null; error: string };
    answers.push({ output: Buffer.from(output ?? "", "base64").toString("latin1"), error });
  });
  child.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  await new Promise((resolve) => lines.on("close", resolve));
  clearTimeout(timer);
}
