import { execFile } from "node:child_process";
import type { BuildCase } from "./cases.ts";

/** What a build printed and how it ended. */
export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 120_000;
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

/** Nothing is fetched from anywhere but this machine, and fast. */
const OFFLINE = {
  GIT_ALLOW_PROTOCOL: "file",
  GIT_TERMINAL_PROMPT: "0",
  HTTP_PROXY: "http://127.0.0.1:9",
  HTTPS_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1",
};

/** The real tools, by their paths. */
export interface Peers {
  readonly kustomize: string;
  readonly helm: string;
}

/** Builds with the real tool. */
export function realBuild({ kustomize, helm }: Peers, { directory, flags }: BuildCase): Promise<Answer> {
  const helmCommand = flags.includes("--enable-helm") ? ["--helm-command", helm] : [];
  return new Promise((resolve) => {
    execFile(
      kustomize,
      ["build", directory, ...flags, ...helmCommand],
      { env: { ...process.env, ...OFFLINE }, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX, encoding: "utf8" },
      (error, stdout, stderr) => {
        const status = error ? (typeof error.code === "number" ? error.code : -1) : 0;
        resolve({ status, stdout, stderr });
      },
    );
  });
}
