import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { diskTree } from "@fairlead/base";
import type { CommandIo } from "@fairlead/helm";

export interface Answer {
  readonly out: string;
  readonly error: string;
  readonly code: number;
}

export type Ask = (args: readonly string[], salt?: string) => Promise<Answer>;

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const TIMEOUT_MS = 120_000;
/** Helm looks into these folders; they do not exist, so that no machine's settings take part. */
const NO_HOME = { HELM_CACHE_HOME: "/nonexistent", HELM_CONFIG_HOME: "/nonexistent", HELM_DATA_HOME: "/nonexistent" };

/**
 * Asks the real binary.
 * @param kept a folder in which answers are kept by their arguments, for people who compare a folder of charts again and again
 */
export function askBinary(binary: string, cwd: string, kept: string | undefined): Ask {
  return async (args, salt = "") => {
    const key = createHash("sha256")
      .update(JSON.stringify([binary, cwd, args, salt]))
      .digest("hex");
    const file = kept && join(kept, `${key}.json`);
    if (file && existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Answer;
    const answer = await run(binary, args, cwd);
    if (kept && file) {
      mkdirSync(kept, { recursive: true });
      writeFileSync(file, JSON.stringify(answer));
    }
    return answer;
  };
}

function run(binary: string, args: readonly string[], cwd: string): Promise<Answer> {
  const options = {
    cwd,
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
    timeout: TIMEOUT_MS,
    env: { PATH: process.env["PATH"] ?? "", ...NO_HOME },
  } as const;
  return new Promise((settle) => {
    const child = execFile(binary, [...args], options, (error, out, text) =>
      settle({ out, error: text, code: error ? (typeof error.code === "number" ? error.code : 1) : 0 }),
    );
    child.stdin?.end();
  });
}

/** Runs one of our commands over the real disk, in this process. */
export async function askOurs(
  command: (args: readonly string[], io: CommandIo) => Promise<number>,
  args: readonly string[],
  cwd: string,
): Promise<Answer> {
  let out = "";
  let error = "";
  const at = (path: string): string => resolve(cwd, path);
  const io: CommandIo = {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (error += text) },
    readFile: (path) => (path === "-" ? new Uint8Array() : readFileSync(at(path))),
    absolute: at,
    openChart(path) {
      const found = statSync(at(path), { throwIfNoEntry: false });
      if (!found) return undefined;
      return found.isDirectory() ? diskTree(at(path)) : readFileSync(at(path));
    },
  };
  return { code: await command(args, io), out, error };
}
