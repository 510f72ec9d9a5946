import { spawn } from "node:child_process";

/** What the judge is asked; see judge/main.go for what each `op` does. */
export interface Request {
  readonly op: "json" | "strict" | "values" | "marshal" | "nodes" | "rewrite3" | "value3" | "decode3" | "kyaml";
  readonly text: string;
  /** What `text` is the JSON of. Not parsed back for us: JSON.parse of Node 26 mixes up keys that are written with escapes. */
  readonly value?: unknown;
  readonly indent?: number;
  readonly compact?: boolean;
}

export interface Answer {
  readonly text: string;
  readonly error?: string;
}

/** Asks all at once; answers come in the order of the requests. */
export function askJudge(binary: string, requests: readonly Request[]): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [], { stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", () => {
      const lines = Buffer.concat(chunks).toString("utf8").split("\n");
      const answers = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Answer);
      if (answers.length === requests.length) resolve(answers);
      else reject(new Error(`the judge gave ${answers.length} answers to ${requests.length} requests`));
    });
    child.stdin.end(requests.map((request) => `${JSON.stringify({ ...request, value: undefined })}\n`).join(""));
  });
}
