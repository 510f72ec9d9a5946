import { spawn } from "node:child_process";
import { KUBE_LIMITS } from "../limits.ts";
import type { ProgramResult, RunProgram } from "./types.ts";

/** The real runner: output is bounded, and a program that hangs is ended. What it says to a person goes to standard error. */
export const runProgram: RunProgram = (command, args, { env, interactive, timeoutMs }) =>
  new Promise<ProgramResult>((resolve, reject) => {
    const child = spawn(command, [...args], {
      env,
      stdio: [interactive ? "inherit" : "ignore", "pipe", interactive ? "inherit" : "pipe"],
      timeout: timeoutMs,
    });
    const stdout = collect(child.stdout, () => child.kill());
    const stderr = collect(child.stderr, () => child.kill());
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout: stdout(), stderr: stderr() }));
  });

function collect(stream: NodeJS.ReadableStream | null, tooLong: () => void): () => string {
  const parts: Buffer[] = [];
  let bytes = 0;
  stream?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > KUBE_LIMITS.execOutputBytesMax) tooLong();
    else parts.push(chunk);
  });
  return () => Buffer.concat(parts).toString("utf8");
}
