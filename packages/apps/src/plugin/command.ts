import { spawn } from "node:child_process";
import { problemError } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import type { PluginCommand } from "./types.ts";

export interface CommandRun {
  readonly command: PluginCommand;
  readonly directory: string;
  /** All there is: nothing of our own environment but PATH and LANG is handed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** For messages, e.g. `plugin kasane, generate`. */
  readonly what: string;
}

type CommandLimits = Pick<
  Readonly<Record<keyof typeof LIMITS, number>>,
  "pluginMemoryBytes" | "pluginTimeMs" | "pluginOutputBytes"
>;

/**
 * Runs a plugin's command in a process group of its own, within limits of time, memory and output, and gives what it printed.
 * @throws ProblemError PluginFailed with the end of what it wrote to standard error
 */
export function runCommand(run: CommandRun, limits: CommandLimits = LIMITS): Promise<string> {
  const { command, directory, environment, what } = run;
  const kilobytes = Math.floor(limits.pluginMemoryBytes / 1024);
  // The shell only lowers its own limit and becomes the command; arguments never pass through it as text.
  const limited = ["-c", `ulimit -v ${kilobytes} 2>/dev/null; exec "$@"`, "sh", ...command.command, ...command.args];
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", limited, {
      cwd: directory,
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: process.env["LANG"] ?? "C.UTF-8", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output: Buffer[] = [];
    let length = 0;
    let errors = "";
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped ??= why;
      output = [];
      killGroup(child.pid);
    };
    const timer = setTimeout(() => stop(`took longer than ${limits.pluginTimeMs / 1000} s`), limits.pluginTimeMs);
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.pluginOutputBytes) return stop(`printed more than ${limits.pluginOutputBytes} bytes`);
      output.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString("utf8")).slice(-LIMITS.messageChars);
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(problemError("PluginFailed", `${what} could not be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      // Whatever it left running ends with it.
      killGroup(child.pid);
      if (stopped === undefined && code === 0) return resolve(Buffer.concat(output).toString("utf8"));
      const how = stopped ?? (signal ? `was ended by ${signal}` : `ended with status ${code}`);
      reject(problemError("PluginFailed", `${what} ${how}${errors.trim() ? `: ${errors.trim()}` : ""}`));
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
